// Exact duplicates: across splits, within a split, and with other labels.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "audit/checks.h"
#include "audit/overlap.h"
#include "audit/samples.h"
#include "base/units.h"
#include "data/source.h"

namespace dlrun {
namespace {

SampleRef ref_of(const AuditInput& input, const std::string& split, const std::string& name, int64_t index,
                 bool is_sample) {
  const Split& samples = split == "train" ? *input.splits.train
                         : split == "val" ? *input.splits.val
                                          : *input.splits.test;
  if (!is_sample) return {split, -1, name, ""};
  const std::vector<std::string>& classes = input.splits.info.classes();
  int64_t label = -1;
  if (!classes.empty()) {
    const at::Tensor target = samples.gather(std::span(&index, 1))["target"];
    if (target.dim() == 1) label = target.item<int64_t>();  // not of tokens or pixels
  }
  return sample_ref(input, split, samples, index, label);
}

void report(const AuditInput& input, const Overlap& overlap, DataFindings& findings) {
  Overlap counted = overlap;
  counted.pairs.clear();
  DataFinding finding{"exact_overlap", Gravity::error, overlap_text(counted)};
  finding.advice = "Remove them from " + overlap.other + ", or from " + overlap.held_out +
                   "; where they are truly different things that look the same, allow it: "
                   "data_check: {allow: [exact_overlap]}.";
  finding.count = overlap.count;
  finding.of = overlap.of;
  finding.numbers = {
      {"split", overlap.held_out}, {"also_in", overlap.other}, {"under_another_label", overlap.other_label}};
  const bool samples = overlap.unit == "samples";
  for (const SamePair& pair : overlap.pairs)
    finding.examples.push_back({{ref_of(input, overlap.held_out, pair.held_out, pair.held_out_index, samples),
                                 ref_of(input, overlap.other, pair.other, pair.other_index, samples)},
                                pair.other_label ? "another label" : ""});
  findings.push_back(std::move(finding));
}

// Samples of one split that are there before, and groups of equal samples that do not agree on the label.
void check_within(const AuditInput& input, const std::string& name, const Split& split, DataFindings& findings) {
  const Fingerprints prints = fingerprints(split);
  if (prints.nodes) return;
  std::vector<size_t> order(prints.hashes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return std::tie(prints.hashes[a], a) < std::tie(prints.hashes[b], b); });
  const bool classes = !input.splits.info.classes().empty() && !prints.labels.empty();
  const auto ref = [&](size_t i) {
    return sample_ref(input, name, split, prints.ids[i], classes ? prints.labels[i] : -1);
  };
  DataFinding repeated{"duplicates", Gravity::note}, conflicts{"conflicting_labels", Gravity::warning};
  for (size_t first = 0, end = 0; first < order.size(); first = end) {
    for (end = first + 1; end < order.size() && prints.hashes[order[end]] == prints.hashes[order[first]];) ++end;
    if (end == first + 1) continue;
    repeated.count += static_cast<int64_t>(end - first - 1);
    const auto other = std::find_if(
        order.begin() + static_cast<std::ptrdiff_t>(first), order.begin() + static_cast<std::ptrdiff_t>(end),
        [&](size_t i) { return !prints.labels.empty() && prints.labels[i] != prints.labels[order[first]]; });
    const bool conflict = other != order.begin() + static_cast<std::ptrdiff_t>(end);
    if (conflict) conflicts.count += static_cast<int64_t>(end - first);
    DataFinding& told = conflict ? conflicts : repeated;
    if (told.examples.size() < most_examples)
      told.examples.push_back({{ref(order[first]), ref(conflict ? *other : order[first + 1])}, ""});
  }
  repeated.of = conflicts.of = static_cast<int64_t>(order.size());
  repeated.numbers["split"] = conflicts.numbers["split"] = name;
  if (repeated.count > 0) {
    repeated.what = fmt::format("{} of {} {} samples repeat another one of the split", count_text(repeated.count),
                                count_text(repeated.of), name);
    repeated.advice = "They count several times; remove them unless that is meant.";
    findings.push_back(std::move(repeated));
  }
  if (conflicts.count > 0) {
    conflicts.what = fmt::format("{} of {} {} samples equal another one with another {}", count_text(conflicts.count),
                                 count_text(conflicts.of), name, classes ? "label" : "target");
    conflicts.advice = "No network can be right about both: correct or remove them, or add the input that is missing.";
    findings.push_back(std::move(conflicts));
  }
}

}  // namespace

void check_duplicates(const AuditInput& input, DataFindings& findings) {
  for (const Overlap& overlap : find_overlaps(input.splits, most_examples))
    if (overlap.count > 0) report(input, overlap, findings);
  for (const auto& [name, split] : named_splits(input.splits))
    if (!split->text_written()) check_within(input, name, *split, findings);
}

}  // namespace dlrun
