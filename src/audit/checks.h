// The checks of data, one file each. Each adds what it finds, and nothing where it does not apply.

#pragma once

#include <vector>

#include "audit/finding.h"

namespace dlrun {

using DataFindings = std::vector<DataFinding>;

void check_unreadable(const AuditInput& input, DataFindings& findings);  // unreadable_samples
void check_duplicates(const AuditInput& input,
                      DataFindings& findings);  // exact_overlap, duplicates, conflicting_labels
void check_near_pictures(const AuditInput& input, DataFindings& findings);  // near_duplicates
void check_near_rows(const AuditInput& input, DataFindings& findings);      // near_duplicates
void check_near_text(const AuditInput& input, DataFindings& findings);      // near_duplicates
void check_groups(const AuditInput& input, DataFindings& findings);         // group_leakage
void check_times(const AuditInput& input, DataFindings& findings);          // time_leakage
void check_target_copies(const AuditInput& input, DataFindings& findings);  // target_copy
void check_columns(const AuditInput& input, DataFindings& findings);  // id_column, constant_column, missing_values
void check_balance(const AuditInput& input, DataFindings& findings);  // class_imbalance, missing_class, class_balance
void check_labels(const AuditInput& input, DataFindings& findings);   // suspected_label_errors

// A sample with its name and, for classification, the name of its class. `label` -1: none.
SampleRef sample_ref(const AuditInput& input, const std::string& split_name, const Split& split, int64_t index,
                     int64_t label = -1);
// Classes of all samples of a split; empty where the target is no class.
std::vector<int64_t> classes_of(const AuditInput& input, const Split& split);

}  // namespace dlrun
