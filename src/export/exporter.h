// The interface of exporters: a trained run as files for other programs.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiment/restored.h"
#include "rehearsal/export_check.h"
#include "spec/field.h"

namespace dlrun {

struct Exported {
  std::vector<std::string> files;  // paths; what makes others readable (an index) last
  nlohmann::ordered_json facts;    // what --json adds to the record of the export; null for nothing
  std::vector<std::string> lines;  // the same for people, printed before the files
};

struct Exporter : Params, ExportCheck {
  static constexpr const char* kind = "exporter";
  // Whether write() reads samples: the data of the recipe are opened before it.
  virtual bool needs_data() const { return false; }
  // Before training: what write() will want of the network. Exporters that take every network have nothing to say.
  std::string check_export(const Experiment& experiment) const override { return {}; }
  // Writes into `folder`, which is empty and not yet where the files will lie: they are put in place together, in the
  // order of `files`, once this returns. Throws UserError.
  virtual Exported write(const Restored& run, const std::string& folder) const = 0;
};

}  // namespace dlrun
