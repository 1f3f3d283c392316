// How many samples (or tokens, or pixels) each class has in each split.

#include <fmt/format.h>

#include <algorithm>

#include "audit/checks.h"
#include "audit/samples.h"
#include "base/text.h"
#include "base/units.h"

namespace dlrun {
namespace {

constexpr double uneven = 10.0;  // times as many samples of the largest class as of the smallest

using Counts = std::vector<int64_t>;

Counts counts_of(const AuditInput& input, const Split& split) {
  Counts counts(input.splits.info.classes().size());
  const int64_t first = 0;
  const Batch sample = split.gather(std::span(&first, 1));
  if (sample.has("target") && sample["target"].dim() > 1) {  // one for each token or pixel
    for_batches(split, Walk::in_order, [&](int64_t, const Batch& batch) {
      const at::Tensor target = batch["target"].contiguous();
      const int64_t* label = target.const_data_ptr<int64_t>();
      for (int64_t i = 0; i < target.numel(); ++i)
        if (label[i] >= 0) ++counts[static_cast<size_t>(label[i])];
    });
  } else if (sample.has("mask")) {
    const at::Tensor marked = sample["target"].masked_select(sample["mask"]).contiguous();
    for (int64_t i = 0; i < marked.numel(); ++i) ++counts[static_cast<size_t>(marked.const_data_ptr<int64_t>()[i])];
  } else {
    for (const int64_t label : classes_of(input, split)) ++counts[static_cast<size_t>(label)];
  }
  return counts;
}

}  // namespace

void check_balance(const AuditInput& input, DataFindings& findings) {
  const std::vector<std::string>& classes = input.splits.info.classes();
  if (classes.empty()) return;
  nlohmann::ordered_json table;
  Counts train;
  for (const auto& [name, split] : named_splits(input.splits)) {
    const Counts counts = counts_of(input, *split);
    if (name == "train") train = counts;
    std::vector<std::string> absent;
    for (size_t c = 0; c < classes.size(); ++c) {
      table[name][classes[c]] = counts[c];
      if (counts[c] == 0) absent.push_back("'" + classes[c] + "'");
    }
    if (absent.empty()) continue;
    DataFinding finding{"missing_class", Gravity::warning};
    finding.count = static_cast<int64_t>(absent.size());
    finding.of = static_cast<int64_t>(classes.size());
    finding.what = fmt::format("{} has no sample of {} of {} classes: ", name, absent.size(), classes.size());
    finding.what +=
        join({absent.begin(), absent.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(5, absent.size()))}, ", ") +
        (absent.size() > 5 ? ", ..." : "");
    finding.advice = name == "train" ? "A network cannot learn a class it never sees."
                                     : "Nothing is measured about it there: split with stratify: true.";
    finding.numbers["split"] = name;
    findings.push_back(std::move(finding));
  }
  const auto [smallest, largest] = std::minmax_element(train.begin(), train.end());
  const double ratio = static_cast<double>(*largest) / static_cast<double>(std::max<int64_t>(1, *smallest));
  DataFinding finding{ratio >= uneven ? "class_imbalance" : "class_balance",
                      ratio >= uneven ? Gravity::warning : Gravity::note};
  const auto named = [&](const Counts::iterator& place) {
    return fmt::format("{} of '{}'", count_text(*place), classes[static_cast<size_t>(place - train.begin())]);
  };
  finding.count = *smallest;
  finding.of = *largest;
  finding.what = fmt::format("{} classes; train has from {} to {} (1 : {:.1f})", classes.size(), named(smallest),
                             named(largest), ratio);
  if (ratio >= uneven)
    finding.advice =
        "Look at every class in the results, not at accuracy alone; get more samples of the rare ones; stratify.";
  finding.numbers["counts"] = std::move(table);
  findings.push_back(std::move(finding));
}

}  // namespace dlrun
