// Whose a folder is: the file by which dlrun knows a run folder as its own, and what it may delete there.

#pragma once

#include <string>
#include <string_view>

namespace dlrun {

// The weights that several trainings of one run became together (repeat.soup).
inline constexpr const char* soup_name = "soup.safetensors";

// TensorBoard's event files (logging.tensorboard): "events.out.tfevents.1764387600.dlrun", and with ".result" behind it
// what the end of the training came to.
bool is_event_file(const std::string& name);

// The folders in wandb/ of a run (logging.wandb): "offline-run-20260131_120000-0a1b2c3d".
inline constexpr const char* wandb_prefix = "offline-run-";
bool is_wandb_folder(const std::string& name);

enum class Ownership {
  nobody,   // there is no folder yet, or it is empty
  run,      // a run folder: it has the marker, or checkpoints with manifests from before there were markers
  foreign,  // anything else, whatever its files are called
};

struct FolderState {
  Ownership ownership = Ownership::nobody;
  std::string holds;  // of a foreign folder: "recipe.yaml, pictures and 3 more"
};

// Throws UserError(no_input) where it cannot be told.
FolderState look_at(const std::string& folder);

// Makes the folder a run's, durably; `recipe` is the text that recipe.yaml will hold, remembered by its hash.
void write_marker(const std::string& folder, std::string_view recipe = {});
// Whether recipe.yaml is missing, or as dlrun wrote it. Folders without a marker count as written by dlrun.
bool recipe_is_ours(const std::string& folder);

// Removes what a training and its exports wrote, and nothing else: files of somebody else stay wherever they lie, and
// links stay links. recipe.yaml goes last. Gives how many files of others were passed.
int clear_run(const std::string& folder);

}  // namespace dlrun
