// What of a run its file for Weights & Biases holds, and which file that is.

#include "report/wandb_run.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "run/run_marker.h"
#include "spec/read.h"

#include "support.h"

namespace dlrun::wandb_run_test {
namespace {

const char* recipe_text = R"(version: 1
name: board
task: regression
data: {type: csv, path: a.csv, target: y}
architecture: {type: mlp, widths: [8, 4], dropout: 0.5}
optimizer: {type: adam, lr: 1e-3}
)";

std::unique_ptr<Recipe> recipe() {
  auto recipe = std::make_unique<Recipe>();
  read_text(recipe_text, "recipe.yaml", {}, *recipe);
  return recipe;
}

// The one file of the run, and its bytes.
std::string file_in(const std::string& folder) {
  const std::vector<std::string> runs = FileSystem::instance().list(folder + "/wandb");
  REQUIRE(runs.size() == 1);
  REQUIRE(is_wandb_folder(runs[0]));
  const std::string run = folder + "/wandb/" + runs[0];
  const std::vector<std::string> files = FileSystem::instance().list(run);
  REQUIRE(files == std::vector<std::string>{"run-" + runs[0].substr(runs[0].size() - 8) + ".wandb"});
  return run + "/" + files[0];
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// How often a value stands in an item: field 16, its length, the text.
size_t values_of(const std::string& bytes, const std::string& text) {
  return count_of(bytes, "\x82\x01" + std::string(1, static_cast<char>(text.size())) + text);
}

TEST_CASE("a run that goes on is the same one, written anew from what metrics.jsonl holds") {
  const test::TempDir folder;
  const std::string path = folder.path().string();
  const std::unique_ptr<Recipe> read = recipe();
  {
    WandbRun run(path, *read);
    run.record({{"event", "step"}, {"step", 50}, {"epoch", 1}, {"train/loss", 1.5}, {"lr", 0.25}});
    run.record({{"event", "validation"}, {"step", 50}, {"train/loss", 1.25}, {"val/loss", NAN}, {"seconds", 3.5}});
    run.record({{"event", "diagnosis"}, {"step", 60}, {"name", "dead_relus"}, {"share", 0.5}});
    run.record({{"event", "step"}, {"step", 60}, {"train/loss", 1.125}});
  }
  const std::string file = file_in(path);
  std::string bytes = read_text(file);
  for (const char* there : {"uncategorized", "{\"type\":\"mlp\"", "\x0atrain/loss", "train_step/loss", "_timestamp"})
    CHECK(bytes.find(there) != std::string::npos);
  CHECK(bytes.find("\x12\x05"
                   "share") == std::string::npos);
  CHECK(values_of(bytes, "1.5") == 2);  // a row, and the summary of it
  CHECK(count_of(bytes,
                 "\x82\x01\x03"
                 "NaN") == 2);            // in the row of the step, and not in one of its own
  CHECK(values_of(bytes, "1.125") == 2);  // the last row, though nobody ended the run
  CHECK(count_of(bytes,
                 "\x12\x05"
                 "_step") == 4);  // two rows and their summaries

  // From the checkpoint of step 50; the step behind it comes again.
  folder.write("metrics.jsonl",
               "{\"event\":\"step\",\"step\":50,\"train/loss\":1.5}\n"
               "{\"event\":\"validation\",\"step\":50,\"val/loss\":\"NaN\",\"seconds\":3.5}\n");
  {
    WandbRun run(path, *read);
    run.record({{"event", "step"}, {"step", 60}, {"train/loss", 1.0625}});
    run.record({{"event", "test"}, {"step", 50}, {"split", "test"}, {"test/loss", 2.75}});
    run.end();
  }
  CHECK(file_in(path) == file);
  bytes = read_text(file);
  CHECK(values_of(bytes, "1.125") == 0);
  CHECK(values_of(bytes, "1.5") == 2);
  CHECK(values_of(bytes, "1.0625") == 2);
  CHECK(values_of(bytes, "2.75") == 1);  // the checkpoint's step is over: of the summary alone
}

TEST_CASE("a run that is overwritten takes its file with it, and nobody else's") {
  const test::TempDir folder;
  const std::string own = "wandb/offline-run-20260131_120000-0a1b2c3d/";
  for (const std::string& name :
       {own + "run-0a1b2c3d.wandb", own + "run-0a1b2c3d.wandb.synced", std::string("wandb/notes/run-0a1b2c3d.wandb")})
    folder.write(name, "");
  CHECK(clear_run(folder.path().string()) == 1);
  CHECK(FileSystem::instance().list(folder.path().string() + "/wandb") == std::vector<std::string>{"notes"});
}

}  // namespace
}  // namespace dlrun::wandb_run_test
