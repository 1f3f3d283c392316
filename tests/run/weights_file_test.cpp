// Weights as users have them: files, shards and folders, told apart by what they hold.

#include "run/weights_file.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/error.h"
#include "run/safetensors.h"
#include "support.h"

namespace dlrun::weights_file_test {
namespace {

namespace fs = std::filesystem;

const char* index_name = "model.safetensors.index.json";

std::string golden(const std::string& name) { return (test::source_dir() / "tests/golden/weights" / name).string(); }

struct Problem {
  ExitCode code = ExitCode::ok;
  std::string text;
};
Problem problem_of(const std::string& path) {
  try {
    read_weights(path);
    return {};
  } catch (const UserError& error) {
    return {error.code(), error.what()};
  }
}

// Two shards with an index.
void write_shards(const test::TempDir& folder) {
  write_safetensors(folder / "m1.safetensors", {{"a", at::ones({2})}, {"b", at::zeros({3})}});
  write_safetensors(folder / "m2.safetensors", {{"c", at::full({1}, 7.0)}});
  folder.write(index_name, R"({"weight_map":{"a":"m1.safetensors","b":"m1.safetensors","c":"m2.safetensors"}})");
}

TEST_CASE("shards that transformers wrote are read by folder, by index and one by one") {
  for (const std::string& path : {golden("gpt2_shards"), golden("gpt2_shards/model.safetensors.index.json")}) {
    const WeightsFile file = read_weights(path);
    CHECK(file.tensors.size() == 28);
    CHECK(file.files.size() == 4);
    CHECK(file.notes.empty());
  }
  CHECK(read_weights(golden("gpt2_shards/model-00001-of-00004.safetensors")).tensors.size() == 10);
}

TEST_CASE("PyTorch files with an index are read by folder and by index, and checked against it") {
  const fs::path shards = test::source_dir() / "tests/golden/weights_company/shards";
  for (const fs::path& path : {shards, shards / "pytorch_model.bin.index.json"}) {
    const WeightsFile file = read_weights(path.string());
    REQUIRE(file.tensors.size() == 2);
    CHECK(file.tensors[0].first == "a.weight");
    CHECK(at::equal(file.tensors[0].second, at::arange(24, at::kFloat).reshape({4, 6})));
    CHECK(at::equal(file.tensors[1].second, at::arange(6, at::kFloat)));
    CHECK(file.files.size() == 2);
    CHECK(file.notes.empty());
  }
  test::TempDir folder;
  fs::copy(shards, folder.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const auto index = [&](const std::string& map) { folder.write("pytorch_model.bin.index.json", map); };
  index(R"({"weight_map":{"a.weight":"pytorch_model-00001-of-00002.bin"}})");
  CHECK(read_weights(folder.path()).tensors.size() == 1);
  index(R"({"weight_map":{"b":"pytorch_model-00001-of-00002.bin"}})");
  CHECK_THAT(problem_of(folder.path()).text,
             Catch::Contains("tensor 'b' should be in pytorch_model-00001-of-00002.bin, but is not there"));
  index(R"({"weight_map":{"a.weight":"pytorch_model-00003-of-00003.bin"}})");
  CHECK(problem_of(folder.path()).code == ExitCode::no_input);
  fs::copy_file(golden("gpt2_tied.bin"), folder / "pytorch_model.bin");
  CHECK_THAT(problem_of(folder.path()).text,
             Catch::Contains("holds both pytorch_model.bin and pytorch_model.bin.index.json; name one of them"));
}

TEST_CASE("a format is told by its first bytes, not by its name") {
  test::TempDir folder;
  fs::copy_file(golden("views.pt"), folder / "a.safetensors");
  fs::copy_file(golden("views_legacy.pt"), folder / "b.bin");
  fs::copy_file(golden("gpt2_old_names.safetensors"), folder / "c.pt");
  CHECK(read_weights(folder / "a.safetensors").tensors.size() == 8);
  CHECK(read_weights(folder / "b.bin").tensors.size() == 8);
  CHECK(read_weights(folder / "c.pt").tensors.size() == 32);
  folder.write("d.pt", "something else");
  CHECK(problem_of(folder / "d.pt").code == ExitCode::bad_data);
  CHECK_THAT(problem_of(folder / "d.pt").text, Catch::Contains("none of a safetensors file"));
  folder.write("e.safetensors", "");
  CHECK_THAT(problem_of(folder / "e.safetensors").text, Catch::Contains("it has only 0 bytes"));
  folder.write("f.safetensors", std::string("\0\0\0\0\0\0\0\x10{}", 10));  // a header of 2^60 bytes
  CHECK_THAT(problem_of(folder / "f.safetensors").text, Catch::Contains("its header claims 1152921504606846976 bytes"));
  CHECK(problem_of(folder / "nothing.pt").code == ExitCode::no_input);
}

TEST_CASE("a folder is read when one set of weights is in it") {
  test::TempDir folder;
  CHECK(problem_of(folder.path()).code == ExitCode::no_input);
  write_safetensors(folder / "other.safetensors", {});
  CHECK_THAT(problem_of(folder.path()).text, Catch::Contains("name a file of it: other.safetensors"));
  fs::copy_file(golden("gpt2_tied.bin"), folder / "pytorch_model.bin");
  CHECK(read_weights(folder.path()).tensors.size() == 29);
  write_shards(folder);
  CHECK(read_weights(folder.path()).tensors.size() == 3);
  write_safetensors(folder / "model.safetensors", {});
  CHECK(problem_of(folder.path()).code == ExitCode::bad_data);
  CHECK_THAT(problem_of(folder.path()).text, Catch::Contains("holds both"));
}

TEST_CASE("an index and its files agree, or both are refused") {
  struct Row {
    const char *index, *problem;
    ExitCode code;
  };
  const Row rows[] = {
      {R"({"weight_map":{"a":"m1.safetensors","b":"m1.safetensors","c":"m2.safetensors"}})", "", ExitCode::ok},
      {R"({"weight_map":{"a":"m1.safetensors","b":"m1.safetensors","c":"m3.safetensors"}})",
       "m3.safetensors: no such file", ExitCode::no_input},
      {R"({"weight_map":{"a":"m1.safetensors","b":"m2.safetensors","c":"m2.safetensors"}})",
       "m1.safetensors holds tensor 'b', which the index does not list there", ExitCode::bad_data},
      {R"({"weight_map":{"a":"m1.safetensors","b":"m1.safetensors","d":"m2.safetensors"}})",
       "tensor 'd' should be in m2.safetensors, but is not there", ExitCode::bad_data},
      {R"({"weight_map":{"a":"m1.safetensors","c":"m2.safetensors"}})", "m1.safetensors holds tensor 'b'",
       ExitCode::bad_data},
  };
  for (const Row& row : rows) {
    test::TempDir folder;
    write_shards(folder);
    folder.write(index_name, row.index);
    const Problem problem = problem_of(folder.path());
    INFO(row.index);
    CHECK(problem.code == row.code);
    CHECK_THAT(problem.text, Catch::Contains(row.problem));
  }
  test::TempDir folder;
  write_shards(folder);
  folder.write(index_name, R"({"metadata":{"total_size":5},"weight_map":{"a":"m1.safetensors","b":"m1.safetensors",)"
                           R"("c":"m2.safetensors"}})");
  REQUIRE(read_weights(folder.path()).notes.size() == 1);
  CHECK_THAT(read_weights(folder.path()).notes[0], Catch::Contains("total_size of 5 bytes, its tensors take 24"));
  fs::resize_file(folder / "m1.safetensors", fs::file_size(folder / "m1.safetensors") - 1);
  CHECK_THAT(problem_of(folder.path()).text, Catch::Contains("cut short"));
}

TEST_CASE("links must stay in the folder, or lead into Hugging Face's cache") {
  test::TempDir outside, folder;
  write_safetensors(outside / "m2.safetensors", {{"c", at::ones({1})}});
  write_shards(folder);
  fs::remove(folder / "m2.safetensors");
  fs::create_symlink(outside / "m2.safetensors", folder / "m2.safetensors");
  CHECK(problem_of(folder.path()).code == ExitCode::bad_data);
  CHECK_THAT(problem_of(folder.path()).text, Catch::Contains("leads out of its folder"));
  fs::rename(folder / "m1.safetensors", folder / "real.safetensors");
  fs::create_symlink("real.safetensors", folder / "m1.safetensors");
  fs::remove(folder / "m2.safetensors");
  fs::copy_file(outside / "m2.safetensors", folder / "m2.safetensors");
  CHECK(read_weights(folder.path()).tensors.size() == 3);

  test::TempDir cache;
  fs::create_directories(cache / "blobs");
  fs::create_directories(cache / "snapshots/1");
  fs::copy_file(outside / "m2.safetensors", cache / "blobs/beef");
  fs::create_symlink("../../blobs/beef", cache / "snapshots/1/model.safetensors");
  CHECK(read_weights(cache / "snapshots/1").tensors.size() == 1);
  fs::remove(cache / "snapshots/1/model.safetensors");
  fs::create_symlink("../../other", cache / "snapshots/1/model.safetensors");
  fs::copy_file(outside / "m2.safetensors", cache / "other");
  CHECK(problem_of(cache / "snapshots/1").code == ExitCode::bad_data);
}

}  // namespace
}  // namespace dlrun::weights_file_test
