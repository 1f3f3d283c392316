// The interface of exporters: a trained run as files for other programs.

#pragma once

#include <string>
#include <vector>

#include "experiment/restored.h"
#include "spec/field.h"

namespace dlrun {

struct Exporter : Params {
  static constexpr const char* kind = "exporter";
  // Writes into `folder`, which exists; returns the files. Throws UserError.
  virtual std::vector<std::string> write(const Restored& run, const std::string& folder) const = 0;
};

}  // namespace dlrun
