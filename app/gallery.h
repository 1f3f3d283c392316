// The recipes that come with dlrun, found from the program: in the source tree it was built in, or in the installation.

#pragma once

#include <string>
#include <vector>

namespace dlrun {

struct GalleryRecipe {
  std::string name;        // of the file, without ending: "mlp_abalone"
  std::string file;        // as it can be opened from here
  std::string task, data;  // "regression", "csv abalone/abalone.csv"; empty where the file cannot be read
  std::string shows;       // the first sentence of its head
  std::string measured;    // the rest of the head, up to the commands: where it ran, how long, what came out
};

// The folder that holds `recipes`, to which their paths are relative; empty where dlrun has been taken out of its tree.
std::string gallery_home();

// The recipes of a folder, sorted by name; none where there is no such folder. What is unreadable has its name alone.
std::vector<GalleryRecipe> recipes_in(const std::string& folder);

// Those that come with dlrun.
std::vector<GalleryRecipe> gallery();

// One by its name, with or without ".yaml". Throws UserError(usage), with the name that was probably meant; no_input
// where there is no gallery.
GalleryRecipe find_in_gallery(const std::string& name);

}  // namespace dlrun
