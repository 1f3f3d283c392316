// dlrun reference FOLDER: writes the reference pages and their index. For scripts/reference.sh and the installation;
// not in the help.

#include "spec/reference.h"

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "catalog_data.h"
#include "verb.h"

namespace dlrun {
namespace {

int write_pages(const std::filesystem::path& folder) {
  engine_catalog();
  for (const auto& [name, text] : reference_pages()) {
    const std::filesystem::path path = folder / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file << text;
    if (!file.flush()) throw UserError(ExitCode::cannot_write, path.string() + ": cannot be written");
  }
  return 0;
}

std::function<int()> define(CLI::App& app) {
  auto folder = std::make_shared<std::string>();
  app.add_option("FOLDER", *folder, "Where the pages go")->required()->type_name("");
  return [folder] { return write_pages(*folder); };
}

const RegisteredVerb verb{
    {"reference", "Write the reference pages", "dlrun reference docs/reference", define, /*hidden=*/true}};

}  // namespace
}  // namespace dlrun
