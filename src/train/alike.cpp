// What rank 0 has, compared by every other one.

#include "train/alike.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/hash.h"
#include "dist/agreement.h"
#include "spec/read.h"
#include "spec/write.h"

namespace dlrun {
namespace {

constexpr int64_t samples_compared = 8;

// A hash over some samples of a split, evenly spread.
std::string fingerprint(const Split& split) {
  Hasher hasher;
  const int64_t count = std::min(samples_compared, split.size());
  for (int64_t i = 0; i < count; ++i) {
    const int64_t index[] = {i * split.size() / count};
    const Batch sample = split.gather(index);
    for (const Batch::Item& item : sample.items()) {
      const at::Tensor whole = item.value.contiguous();
      hasher.update({static_cast<const std::byte*>(whole.const_data_ptr()), static_cast<size_t>(whole.nbytes())});
    }
  }
  return hasher.hex();
}

nlohmann::json describe(const Experiment& experiment) {
  nlohmann::json all = nlohmann::json::object();
  const Splits& splits = experiment.splits;
  for (const auto& [name, split] : {std::pair("train", splits.train), std::pair("val", splits.val),
                                    std::pair("test", splits.test), std::pair("unlabelled", splits.unlabelled)})
    if (split) all[name] = fmt::format("{} samples", split->size());
  all["fitted"] = hash_hex(experiment.fitted.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  if (splits.train) all["samples"] = fingerprint(*splits.train);
  return all;
}

}  // namespace

void require_same_recipe(Group& group, Recipe& recipe) {
  if (group.size() == 1) return;
  const std::string first = text_of_rank(group, 0, write_yaml(recipe));
  on_every_rank(group, [&] {
    Recipe of_first;
    read_text(first, "recipe of rank 0", {}, of_first);
    std::string differing;
    for (const Difference& difference : diff(of_first, recipe))
      if (difference.path != "hardware.threads")
        differing += "\n  " + difference.path + ": " + difference.left + " on rank 0, " + difference.right + " here";
    if (!differing.empty())
      throw UserError(ExitCode::bad_recipe, "the recipe is not the same on all ranks:" + differing +
                                                "\nAll must be started with the same file and the same overrides.");
  });
}

void require_same_data(Group& group, const Experiment& experiment) {
  if (group.size() == 1) return;
  std::string mine;
  on_every_rank(group, [&] { mine = describe(experiment).dump(); });
  const std::string first = text_of_rank(group, 0, mine);
  on_every_rank(group, [&] {
    if (first == mine) return;
    const nlohmann::json theirs = nlohmann::json::parse(first), ours = nlohmann::json::parse(mine);
    std::string what = "what was fitted on them differs";
    for (const char* split : {"train", "val", "test", "unlabelled"}) {
      const std::string there = theirs.value(split, "none"), here = ours.value(split, "none");
      if (there != here) {
        what = fmt::format("{}: {} on rank 0, {} here", split, there, here);
        break;
      }
      if (theirs.value("samples", "") != ours.value("samples", "")) what = "train: as many samples, with other content";
    }
    throw UserError(ExitCode::bad_data, "data: not the same on all ranks: " + what +
                                            ". Every machine must read the same files (data.path).");
  });
}

}  // namespace dlrun
