// Exports as a whole: old files or new ones whenever it ends, and nobody else's harmed.

#include "run/output_folder.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "fake_files.h"
#include "support.h"

namespace dlrun::output_folder_test {
namespace {

FileSystem& files() { return FileSystem::instance(); }

void put(const std::string& path, const std::string& text) {
  auto file = files().open_for_writing(path, WriteMode::truncate);
  file->write(text);
  file->sync();
}

// Files whose text is `text`, committed in the order of `names`.
void commit(const std::string& folder, const std::vector<std::string>& names, const std::string& text) {
  OutputFolder output(folder);
  for (const std::string& name : names) put(output.staging() + "/" + name, text);
  output.commit(names);
}

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  for (const std::string& name : files().list(folder))
    if (name != ".dlrun-export.json") names.insert(name);
  return names;
}

const std::vector<std::string> three = {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                                        "model.safetensors.index.json"};
const std::vector<std::string> one = {"model.safetensors"};

TEST_CASE("what is exported again replaces what was exported, and nothing of anybody else") {
  test::TempDir temp;
  const std::string folder = temp / "out";
  commit(folder, three, "old");
  CHECK(names_in(folder) == std::set<std::string>(three.begin(), three.end()));
  temp.write("out/notes.txt", "mine");
  temp.write("out/model.onnx", "mine");
  commit(folder, one, "new");
  CHECK(names_in(folder) == std::set<std::string>{"model.safetensors", "notes.txt", "model.onnx"});
  commit(folder, one, "newer");
  CHECK(read_text(folder + "/model.safetensors") == "newer");
  CHECK(read_text(folder + "/model.onnx") == "mine");
}

TEST_CASE("files of others that stand in the way are named, and nothing is changed") {
  test::TempDir temp;
  const std::string folder = temp / "out";
  for (const char* name : {"model-00003-of-00004.safetensors", "model.safetensors.index.json", "model.safetensors"}) {
    temp.write("out/" + std::string(name), "theirs");
    CHECK_THROWS_WITH(commit(folder, one, "ours"), Catch::Contains(std::string(name) + ": is there already"));
    CHECK(names_in(folder) == std::set<std::string>{name});
    CHECK(read_text(folder + "/" + name) == "theirs");
    files().remove(folder + "/" + name);
  }
  // An ONNX model is not read together with them.
  temp.write("out/model-00001-of-00002.safetensors", "theirs");
  commit(folder, {"model.onnx"}, "ours");
  CHECK(read_text(folder + "/model-00001-of-00002.safetensors") == "theirs");
  // One that somebody changed is theirs from then on.
  temp.write("out/model.onnx", "edited");
  CHECK_THROWS_WITH(commit(folder, {"model.onnx"}, "ours"), Catch::Contains("model.onnx: is there already"));
  CHECK(read_text(folder + "/model.onnx") == "edited");
}

TEST_CASE("exports from before there were lists are known by the dlrun.json beside them") {
  test::TempDir temp;
  const std::string folder = temp / "out";
  for (const std::string& name : three) temp.write("out/" + name, "old");
  temp.write("out/dlrun.json",
             R"({"format": "dlrun", "files": ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                 "model.safetensors.index.json", "../../../etc/passwd"]})");
  commit(folder, {"model.safetensors", "dlrun.json"}, "new");
  CHECK(names_in(folder) == std::set<std::string>{"model.safetensors", "dlrun.json"});
}

TEST_CASE("one process exports into a folder at a time, and one that fails leaves nothing") {
  test::TempDir temp;
  const std::string folder = temp / "out";
  commit(folder, one, "old");
  {
    OutputFolder first(folder);
    put(first.staging() + "/model.safetensors", "never committed");
    CHECK_THROWS_WITH(OutputFolder(folder), Catch::Contains("another dlrun"));
  }
  CHECK(names_in(folder) == std::set<std::string>{"model.safetensors"});
  CHECK(read_text(folder + "/model.safetensors") == "old");
  CHECK(OutputFolder::remove_from(folder) == 0);
  CHECK_FALSE(files().exists(folder));
  commit(folder, one, "old");
  temp.write("out/mine.txt", "mine");
  CHECK(OutputFolder::remove_from(folder) == 1);
  CHECK(names_in(folder) == std::set<std::string>{"mine.txt"});
}

// Whether what is there could be read as a model made of two exports.
bool mixed(const std::string& folder) {
  std::set<std::string> texts;
  for (const std::string& name : files().list(folder))
    if (name.starts_with("model")) texts.insert(read_text(folder + "/" + name));
  return texts.size() > 1;
}

TEST_CASE("whatever call fails and wherever a crash comes, old and new are never mixed, and the next export works") {
  const std::string lock = "/tmp";  // Locks are of the real file system.
  test::TempDir real;
  for (const auto& [first, second] : {std::pair(three, one), std::pair(one, three), std::pair(three, three)}) {
    int64_t all = 0;
    {
      test::FakeFiles fake;
      fake.install();
      const std::string folder = real.path().string();
      commit(folder, first, "old");
      const int64_t before = fake.calls;
      commit(folder, second, "new");
      all = fake.calls - before;
    }
    REQUIRE(all > 10);
    Random random(3, 1);
    for (int64_t call = 0; call < all; ++call) {
      INFO("call " << call);
      test::FakeFiles fake;
      fake.install();
      const std::string folder = real.path().string();
      commit(folder, first, "old");
      fake.fail_all_from = fake.calls + call;
      try {
        commit(folder, second, "new");
        // Only clearing up failed: what is there is the new export, whole.
        std::set<std::string> names = names_in(folder);
        std::erase_if(names, [](const std::string& name) { return name.starts_with(".dlrun-"); });
        CHECK(names == std::set<std::string>(second.begin(), second.end()));
      } catch (const UserError&) {
      }
      fake.fail_all_from = -1;
      CHECK_FALSE(mixed(folder));
      test::FakeFiles after = fake.after_crash(test::FakeFiles::Crash::prefix, random);
      after.install();
      CHECK_FALSE(mixed(folder));
      commit(folder, second, "newest");
      CHECK(names_in(folder) == std::set<std::string>(second.begin(), second.end()));
      CHECK(read_text(folder + "/" + second.front()) == "newest");
    }
  }
}

}  // namespace
}  // namespace dlrun::output_folder_test
