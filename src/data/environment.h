// The interface of environments: data that answer to actions. Tasks that act learn from them (tasks/plays.h).

#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace dlrun {

// What became of one action in each of B episodes.
struct Moved {
  at::Tensor states;      // [B, S] float64
  at::Tensor reward;      // [B] float
  at::Tensor terminated;  // [B] bool: nothing comes after this state
  at::Tensor truncated;   // [B] bool: a time limit ended the episode; its state could have gone on
};

// A world of which everything that changes is in rows of numbers, one for each episode: an episode can be gone on with
// from its row alone, here or in another process, and as many are played at once as there are rows. All functions are
// pure; tensors are on the CPU. Every episode ends.
//
// As data it has ordinary splits, which are pure functions of the seed. "train" holds first moves, with every field of
// a training batch: "input", "action" int64, "reward", "next.input", "ended" (float, 1 where the episode was
// terminated). "val" and "test" hold beginnings of episodes: "input", and "start" int64 [], which start() makes it
// from; "train" has that too. What a training learns from is played as it goes on.
struct Environment : Dataset {
  int64_t val_episodes = 100;
  int64_t test_episodes = 100;
  int64_t epoch_steps = 1000;

  virtual std::vector<std::string> observed() const = 0;           // names of the numbers of an observation
  virtual std::vector<std::string> actions() const = 0;            // their names, by index
  virtual at::Tensor start(const at::Tensor& starts) const = 0;    // [B] int64, any numbers -> states [B, S] float64
  virtual at::Tensor observe(const at::Tensor& states) const = 0;  // [B, S] -> [B, numbers] float
  // actions [B] int64. No row may be of an episode that has ended.
  virtual Moved move(const at::Tensor& states, const at::Tensor& actions) const = 0;

  Splits open(const OpenOptions& options) const final;
  // Throws UserError(usage): an environment has no files.
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const final;

 protected:
  // The fields above; each environment puts its own first.
  std::vector<Field> with_common(std::vector<Field> fields);
};

// What the draws of a run of `seed` in an environment are for: streams of base/random.h of their own.
enum class Chance : uint32_t { start_train = 0xE0000000, start_val, start_test, start_play, act, remember };

// Numbers `first` to `first + count - 1` of an endless list that a run of `seed` makes its episodes of: int64 [count].
at::Tensor episode_starts(uint64_t seed, Chance chance, int64_t first, int64_t count);

}  // namespace dlrun
