// What an exporter can say before there is anything to export.

#pragma once

#include <string>

#include "experiment/experiment.h"

namespace dlrun {

// Exporters lie in a room above; those of a recipe are asked through this.
struct ExportCheck {
  virtual ~ExportCheck() = default;
  // What of the network was looked at, for a person. It may be on `meta`: c10::NotImplementedError where it would have
  // to have values. Throws UserError as the export itself would.
  virtual std::string check_export(const Experiment& experiment) const = 0;
};

}  // namespace dlrun
