// All checks of the data in their order.

#include "audit/checks.h"
#include "audit/samples.h"
#include "base/units.h"

#include <fmt/format.h>

namespace dlrun {

std::vector<DataFinding> audit(const AuditInput& input) {
  DataFindings findings;
  for (const auto check : {check_unreadable, check_duplicates, check_near_pictures, check_near_rows, check_near_text,
                           check_groups, check_times, check_target_copies, check_labels, check_balance, check_columns})
    check(input, findings);
  for (DataFinding& finding : findings) {
    if (finding.gravity != Gravity::error || !input.settings.allows(finding.name)) continue;
    finding.gravity = Gravity::note;
    finding.what += " (allowed by data_check.allow)";
  }
  return findings;
}

SampleRef sample_ref(const AuditInput& input, const std::string& split_name, const Split& split, int64_t index,
                     int64_t label) {
  const std::vector<std::string>& classes = input.splits.info.classes();
  const bool named = label >= 0 && label < static_cast<int64_t>(classes.size());
  return {split_name, index, split.describe(index), named ? classes[static_cast<size_t>(label)] : ""};
}

std::vector<int64_t> classes_of(const AuditInput& input, const Split& split) {
  if (input.splits.info.classes().empty()) return {};
  const int64_t first = 0;
  const Batch sample = split.gather(std::span(&first, 1));
  if (!sample.has("target") || sample.has("mask") || sample["target"].dim() != 1) return {};
  std::vector<int64_t> labels(static_cast<size_t>(split.size()));
  for_batches(split, Walk::parallel, [&](int64_t start, const Batch& batch) {
    const at::Tensor target = batch["target"].to(at::kLong).contiguous();
    std::copy_n(target.const_data_ptr<int64_t>(), target.numel(), labels.data() + start);
  });
  return labels;
}

void check_unreadable(const AuditInput& input, DataFindings& findings) {
  if (input.unreadable.empty()) return;
  int64_t readable = 0;
  for (const auto& [name, split] : named_splits(input.splits)) readable += split->size();
  DataFinding finding{"unreadable_samples", Gravity::error};
  finding.count = static_cast<int64_t>(input.unreadable.size());
  finding.of = readable + finding.count;
  finding.what = fmt::format("{} of {} pictures cannot be read", count_text(finding.count), count_text(finding.of));
  finding.advice = "Remove or replace these files; training would stop at the first one.";
  for (const Unreadable& bad : input.unreadable) finding.examples.push_back({{{"", -1, bad.sample, ""}}, bad.problem});
  findings.push_back(std::move(finding));
}

}  // namespace dlrun
