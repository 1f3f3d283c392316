// Checkpoints: the whole state of a run at a step, which survives crashes at any moment.
//
// A checkpoint is a folder `step-00000500` with `rank-0.safetensors` and `manifest.json`. It is written as
// `step-00000500.tmp`, synced, and renamed: a folder without that ending is complete. The manifest holds the size and
// hash of every file and a hash of itself; one that does not match is reported and passed over.

#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/named_tensor.h"

namespace dlrun {

// Everything a run needs to go on as if it had never stopped. Names are unique; values may hold any JSON, and doubles
// that are not finite.
struct State {
  TensorList tensors;
  nlohmann::json values = nlohmann::json::object();
};
// The bytes a checkpoint of this state takes, roughly.
uint64_t checkpoint_bytes(const State& state);

// What a checkpoint was worth: the monitored metric when it was taken.
struct Score {
  std::string name;
  double value = 0;
  std::optional<double> loss = {};  // of the same validation
};

// A checkpoint as its manifest describes it.
struct Checkpoint {
  int64_t step = 0;
  std::string folder;
  std::string recipe_hash;
  int64_t world_size = 1;
  std::optional<Score> score;
  nlohmann::json values;
};

enum class Better { lower, higher };

// The checkpoints of one run. One process writes (the run folder's lock sees to that), any may read; not thread-safe.
// Damage is what does not match its size or hash, and nothing else: a checkpoint that cannot be read just now (a broken
// disk or network, a closed folder) throws UserError(io_error) and counts as nothing.
class CheckpointStore {
 public:
  explicit CheckpointStore(std::string folder) : folder_(std::move(folder)) {}
  static bool is_name(std::string_view name);  // "step-00000500"
  std::string recipe_hash;                     // written into every manifest

  // For the process that will write: creates the folder and removes what a crash left half done.
  void recover();

  // Returns when the checkpoint is durable. One of the same step that is there already is replaced, and stays until
  // then. Throws UserError as FileSystem does; then nothing but this checkpoint is missing. `others`: what ranks from 1
  // on have that rank 0 has not, whose state this is.
  void save(int64_t step, const State& state, const std::optional<Score>& score = {},
            const std::vector<TensorList>& others = {});

  // Checkpoints with a sound manifest and files of the right size, lowest step first.
  std::vector<Checkpoint> list() const;
  // The highest step whose contents match its hashes. Broken ones above it are reported as warnings. Throws
  // UserError(bad_data) where there are checkpoints, and all of them are damaged.
  std::optional<Checkpoint> latest() const;
  // The best finite score of that name, verified like latest(): of equals the one with the lowest loss, then the
  // latest.
  std::optional<Checkpoint> best(const std::string& score, Better better) const;
  // Maps the tensors that were saved for this rank. Throws UserError(bad_data) when a file does not match its hash.
  State load(const Checkpoint& checkpoint, int64_t rank = 0) const;

  // Throws UserError(bad_data) for a checkpoint that is damaged, and when there is none.
  void require_all_sound() const;

  // Deletes all others, once the highest of `steps` has been read back and verified; throws UserError(io_error) and
  // deletes nothing when that fails.
  void keep_only(const std::vector<int64_t>& steps);
  // Deletes checkpoints above this step: those of a future that a run resumed from here will not have.
  void remove_after(int64_t step);

 private:
  std::string path(int64_t step) const;
  void remove(const std::string& folder);
  bool any() const;  // whole or damaged

  std::string folder_;
};

}  // namespace dlrun
