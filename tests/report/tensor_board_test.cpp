// Which files a run's events go into, and what of a recipe and of records they hold.

#include "report/tensor_board.h"

#include <catch2/catch.hpp>

#include "run/run_marker.h"
#include "spec/read.h"

#include "support.h"

namespace dlrun::tensor_board_test {
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

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names = FileSystem::instance().list(folder);
  std::erase_if(names, [](const std::string& name) { return !is_event_file(name); });
  return names;
}

bool holds(const std::string& file, const std::string& text) { return read_text(file).find(text) != std::string::npos; }

TEST_CASE("event_values gives what decides a result by dotted keys") {
  const std::unique_ptr<Recipe> read = recipe();
  const EventValues values = event_values(*read);
  const auto value = [&](const std::string& key) -> EventValue {
    for (const auto& [name, value] : values)
      if (name == key) return value;
    return "no such key";
  };
  CHECK(value("optimizer.lr") == EventValue(1e-3));
  CHECK(value("optimizer.type") == EventValue("adam"));
  CHECK(value("architecture.widths") == EventValue("[8, 4]"));
  CHECK(value("trainer.drop_last") == EventValue(true));
  CHECK(value("seed") == EventValue(0.0));
  CHECK(value("hardware.precision") == EventValue("auto"));
  CHECK(value("name") == EventValue("no such key"));
  CHECK(value("logging.csv") == EventValue("no such key"));
}

TEST_CASE("a training that goes on has a file behind the earlier ones, and the numbers of its end are taken back") {
  const test::TempDir folder;
  const std::string path = folder.path().string();
  const std::unique_ptr<Recipe> read = recipe();
  {
    TensorBoard board(path, *read, "the text", 0);
    board.record({{"event", "step"}, {"step", 50}, {"epoch", 1}, {"train/loss", 1.5}, {"lr", 0.1}});
    board.record({{"event", "validation"}, {"step", 60}, {"train/loss", 1.25}, {"val/loss", "NaN"}, {"seconds", 3.5}});
    board.record({{"event", "diagnosis"}, {"step", 60}, {"name", "dead_relus"}, {"share", 0.5}});
    board.record({{"event", "test"}, {"step", 60}, {"split", "test"}, {"test/loss", 2.0}});
    board.end(60);
  }
  std::vector<std::string> files = files_in(path);
  REQUIRE(files.size() == 2);
  const std::string first = path + "/" + files[0];
  CHECK(files[1] == files[0] + ".result");
  for (const char* there : {"the text", "optimizer.lr", "train_step/loss", "train/loss", "val/loss"})
    CHECK(holds(first, there));
  // A tag stands behind its length; keys of the recipe have seconds in their names too.
  for (const char* absent : {"\x07seconds", "share", "test/loss"}) CHECK_FALSE(holds(first, absent));
  CHECK(holds(first + ".result", "test/loss"));
  CHECK(holds(first + ".result", "session_end_info"));

  { TensorBoard board(path, *read, "the text", 61); }
  files = files_in(path);
  REQUIRE(files.size() == 2);
  CHECK(first == path + "/" + files[0]);
  CHECK_FALSE(files[1].ends_with(".result"));
  CHECK(files[1] > files[0]);
  CHECK_FALSE(holds(path + "/" + files[1], "the text"));  // it stands in the first

  { TensorBoard board(path, *read, "the text", 0); }  // no checkpoint: all of it comes again
  files = files_in(path);
  REQUIRE(files.size() == 3);
  CHECK(holds(path + "/" + files[2], "the text"));
}

TEST_CASE("a run that is overwritten takes its event files with it, and nobody else's") {
  const test::TempDir folder;
  const std::string path = folder.path().string();
  for (const char* name : {"events.out.tfevents.1764387600.dlrun", "events.out.tfevents.1764387600.dlrun.result",
                           "events.out.tfevents.1764387600.host.1.0", "events.out.tfevents.x.dlrun"})
    write_text_atomically(path + "/" + name, "");
  CHECK(clear_run(path) == 0);
  CHECK(FileSystem::instance().list(path) ==
        std::vector<std::string>{"events.out.tfevents.1764387600.host.1.0", "events.out.tfevents.x.dlrun"});
}

}  // namespace
}  // namespace dlrun::tensor_board_test
