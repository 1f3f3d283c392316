// A run as TensorBoard sees it while it trains: event files in its folder (logging.tensorboard).

#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "experiment/recipe.h"
#include "report/event_file.h"
#include "report/event_summary.h"
#include "tensor/named_tensor.h"

namespace dlrun {

// What a recipe says that can decide a result, by dotted keys: numbers, truth values and texts; lists of them as text.
EventValues event_values(Recipe& recipe);

// One process's share of a run, used by one thread.
class TensorBoard {
 public:
  // Begins a file in the run folder. Where there are some it sorts behind them, makes readers drop what they hold of
  // step `from`, the first to come, and of later ones, and takes the numbers of an earlier end back. The first file
  // begins with the recipe: its text, as the run folder has it, and its values. Throws UserError(cannot_write).
  TensorBoard(const std::string& run_folder, Recipe& recipe, const std::string& recipe_text, int64_t from);
  // A record of metrics.jsonl. Its numbers (report/event_numbers.h) are scalars at its step; those of the end go into a
  // file of their own.
  void record(const nlohmann::ordered_json& record);
  void picture(int64_t step, const std::string& png_file);
  void histograms(int64_t step, const std::vector<NamedTensor>& parameters);
  // The training has ended well.
  void end(int64_t step);

 private:
  EventFile& result();
  std::string path_;
  bool later_;  // than other files
  EventFile file_;
  std::optional<EventFile> result_;
};

}  // namespace dlrun
