// A recipe that a verb writes for a person to go on with.

#include "new_file.h"

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/shell.h"
#include "base/terminal.h"
#include "gallery.h"

namespace dlrun {
namespace {

std::string editor_line() {
  const std::string home = gallery_home(), schema = home + "/recipe.schema.json";
  if (home.empty() || !FileSystem::instance().exists(schema)) return "";
  return "# yaml-language-server: $schema=" + schema + "\n";
}

}  // namespace

void require_new(const std::string& file) {
  if (FileSystem::instance().exists(file))
    throw UserError(ExitCode::cannot_write,
                    visible(file, false) + ": is there already, and is left as it is; name another file");
}

void write_new_recipe(const std::string& file, const std::string& text, const std::string& event, bool json) {
  require_new(file);
  FileSystem::instance().create_folders(parent_folder(file));
  write_text_atomically(file, editor_line() + text);
  if (json)
    std::cout << nlohmann::ordered_json{{"event", event}, {"version", 1}, {"file", file}}.dump(
                     -1, ' ', false, nlohmann::json::error_handler_t::replace)
              << "\n";
  else
    std::cout << visible(file, false) << "\n\nnext:\n  dlrun validate " << shell_word(file) << "\n  dlrun train "
              << shell_word(file) << "\n";
}

}  // namespace dlrun
