// The recipes that come with dlrun.

#include "gallery.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/terminal.h"
#include "base/text.h"
#include "spec/compose.h"

namespace dlrun {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t most_bytes = 256 * 1024;

// The head's prose, before the commands, as one line.
std::string prose_of(const std::string& text) {
  std::string prose;
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with("# yaml-language-server")) continue;
    if (!line.starts_with("# ") || line.starts_with("#   ")) break;
    prose += (prose.empty() ? "" : " ") + line.substr(2);
  }
  return visible(prose, /*lines=*/false);
}

// Where the first sentence ends: at a full stop before a capital letter.
size_t end_of_sentence(const std::string& prose) {
  for (size_t i = 0; i + 2 < prose.size(); ++i)
    if (prose[i] == '.' && prose[i + 1] == ' ' && std::isupper(static_cast<unsigned char>(prose[i + 2]))) return i + 1;
  return prose.size();
}

// "csv abalone/abalone.csv": the reader, and what it reads below the folder of all data.
std::string data_of(Node& recipe) {
  const Node* type = find_path(recipe, "data.type");
  if (!type) type = find_path(recipe, "data");
  if (!type || !type->is_scalar()) return "";
  const Node* path = find_path(recipe, "data.path");
  if (!path || !path->is_scalar()) return type->text;
  std::string place = path->text;
  for (const std::string prefix : {"${env:DLRUN_DATA,data}/", "recipes/data/"})
    if (place.starts_with(prefix)) place.erase(0, prefix.size());
  return visible(type->text + " " + place, /*lines=*/false);
}

void read(GalleryRecipe& recipe) {
  try {
    const std::string prose = prose_of(read_text(recipe.file, most_bytes));
    const size_t end = end_of_sentence(prose);
    recipe.shows = prose.substr(0, end);
    recipe.measured = prose.substr(std::min(prose.size(), end + 1));
    std::vector<Complaint> complaints;
    Node tree = compose_file(recipe.file, complaints);
    if (const Node* task = tree.find("task"); task && task->is_scalar()) recipe.task = visible(task->text, false);
    if (const Node* type = find_path(tree, "task.type"); type && type->is_scalar())
      recipe.task = visible(type->text, false);
    recipe.data = data_of(tree);
  } catch (const UserError&) {
  }
}

}  // namespace

std::string gallery_home() {
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& home : {folder.parent_path() / "share/dlrun", folder.parent_path()})
    if (fs::is_directory(home / "recipes", error)) return home.string();
  return "";
}

std::vector<GalleryRecipe> recipes_in(const std::string& folder) {
  std::vector<GalleryRecipe> recipes;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".yaml") continue;
    recipes.push_back({.name = visible(entry.path().stem().string(), false), .file = entry.path().string()});
  }
  std::sort(recipes.begin(), recipes.end(),
            [](const GalleryRecipe& a, const GalleryRecipe& b) { return a.name < b.name; });
  for (GalleryRecipe& recipe : recipes) read(recipe);
  return recipes;
}

std::vector<GalleryRecipe> gallery() {
  const std::string home = gallery_home();
  return home.empty() ? std::vector<GalleryRecipe>() : recipes_in(home + "/recipes");
}

GalleryRecipe find_in_gallery(const std::string& name) {
  const std::string wanted = fs::path(name).extension() == ".yaml" ? fs::path(name).stem().string() : name;
  std::vector<std::string> names;
  for (const GalleryRecipe& recipe : gallery()) {
    if (recipe.name == wanted) return recipe;
    names.push_back(recipe.name);
  }
  if (names.empty())
    throw UserError(ExitCode::no_input,
                    "dlrun: the recipes that come with it are neither in ../share/dlrun nor in .. of the program");
  const std::string near = nearest(wanted, names);
  throw UserError(ExitCode::usage, "dlrun: no recipe that comes with it is called '" + visible(name, false) + "'" +
                                       (near.empty() ? "" : "; did you mean '" + near + "'?") +
                                       " See dlrun list recipes.");
}

}  // namespace dlrun
