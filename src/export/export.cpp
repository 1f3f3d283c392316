// The verb export: run folder -> deployable files.

#include "export/export.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "export/exporter.h"
#include "spec/catalog.h"

int dlrun_export(const dlrun::ExportOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  const Entry* entry = Catalog::instance().find(Exporter::kind, options.format);
  if (!entry) {
    std::vector<std::string> names;
    for (const Entry* other : Catalog::instance().entries(Exporter::kind)) names.push_back(other->name);
    throw UserError(ExitCode::usage, "--format: no exporter \"" + options.format + "\"; there is " + join_or(names));
  }
  const Restored run = restore({options.run, options.checkpoint, options.overrides, {}, /*data=*/false});
  const std::string folder = options.output.empty() ? options.run + "/export" : options.output;
  FileSystem::instance().create_folders(folder);
  const auto exporter = std::static_pointer_cast<Exporter>(entry->make());
  for (const std::string& file : exporter->write(run, folder)) {
    if (options.json)
      fmt::print("{}\n", nlohmann::json{{"event", "export"}, {"version", 1}, {"file", file}}.dump());
    else
      fmt::print("{}\n", file);
  }
  return 0;
}
