// dlrun reference FOLDER: writes the reference pages and their index. For scripts/reference.sh and the installation;
// not in the help.

#include "spec/reference.h"

#include <filesystem>

#include "base/files.h"
#include "catalog_data.h"
#include "verb.h"

namespace dlrun {
namespace {

int write_pages(const std::filesystem::path& folder) {
  engine_catalog();
  for (const auto& [name, text] : reference_pages()) {
    const std::filesystem::path path = folder / name;
    FileSystem::instance().create_folders(parent_folder(path.string()));
    write_text_atomically(path.string(), text);
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
