// The block `data_check` of a recipe.

#include "audit/settings.h"

#include <algorithm>

namespace dlrun {

std::vector<Field> DataCheckSettings::fields() {
  return {
      field("allow", allow,
            "Findings that are known and no error: same samples in two splits, pictures that cannot be read, "
            "groups in "
            "two splits, training rows later than test rows, and with --resume data that have changed.",
            one_of("exact_overlap", "unreadable_samples", "group_leakage", "time_leakage", "changed_data")),
      field("group_column", group_column,
            "Column of a table (a patient, a house) whose values may not be in two splits."),
      field("group_pattern", group_pattern,
            "The same for samples in files: a regular expression whose first group finds it in a sample's name.",
            is_capture()),
      field("time_column", time_column,
            "Column of a table with numbers or ISO 8601 dates: no training row may be later than a test row."),
      field("picture_similarity", picture_similarity, "Correlation of the pixels that near duplicates have at least.",
            between(0.5, 1)),
      field("picture_ratio", picture_ratio,
            "Near duplicates differ (1 - correlation) at most this share of what a rival does: the tenth most alike "
            "picture "
            "among 60,000.",
            between(0, 1)),
      field("row_distance", row_distance,
            "Standard deviations by which each number of two rows may differ for near duplicates.", at_least(0)),
      field("text_share", text_share,
            "Share of a passage that must be in another split, in pieces, for a near duplicate.", more_than(0),
            at_most(1)),
  };
}

bool DataCheckSettings::allows(const std::string& finding) const {
  return std::find(allow.begin(), allow.end(), finding) != allow.end();
}

}  // namespace dlrun
