// dlrun reference FOLDER: writes the reference pages and their index, with --man the manual pages. For
// scripts/reference.sh and the installation; not in the help.

#include "spec/reference.h"

#include <filesystem>

#include "base/files.h"
#include "catalog_data.h"
#include "man_pages.h"
#include "verb.h"

namespace dlrun {
namespace {

int write_pages(const std::filesystem::path& folder, bool manual) {
  engine_catalog();
  for (const auto& [name, text] : manual ? man_pages() : reference_pages()) {
    const std::filesystem::path path = folder / name;
    FileSystem::instance().create_folders(parent_folder(path.string()));
    write_text_atomically(path.string(), text);
  }
  return 0;
}

std::function<int()> define(CLI::App& app) {
  auto folder = std::make_shared<std::string>();
  auto manual = std::make_shared<bool>(false);
  app.add_option("FOLDER", *folder, "Where the pages go")->required()->type_name("");
  app.add_flag("--man", *manual, "Pages for man, of the verbs");
  return [folder, manual] { return write_pages(*folder, *manual); };
}

const RegisteredVerb verb{
    {"reference", "Write the reference pages", "dlrun reference docs/reference", define, /*hidden=*/true}};

}  // namespace
}  // namespace dlrun
