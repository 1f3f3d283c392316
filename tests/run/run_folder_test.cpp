// The run folder: who may write into it, what is kept, what is never deleted.

#include "run/run_folder.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/log.h"
#include "support.h"

namespace dlrun::run_folder_test {
namespace {

std::string refusal(const std::string& path, Start start) {
  try {
    RunFolder::create(path, start);
    return "";
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::cannot_write);
    std::string text = error.what();
    CHECK(text.starts_with(path + ": "));
    return text.substr(path.size() + 2);
  }
}

// A folder that looks as if a run had worked in it.
void fill(const test::TempDir& folder, const std::string& name, bool finished) {
  RunFolder run = RunFolder::create(folder / name, Start::fresh);
  run.begin("name: one\n");
  run.write_environment({{"a", 1}});
  folder.write(name + "/metrics.jsonl", "{}\n");
  folder.write(name + "/checkpoints/step-00000001/manifest.json", "{}");
  if (finished) run.finish({{"accuracy", 0.5}});
}

TEST_CASE("a fresh run creates its folder, a second one is refused with the ways out") {
  test::TempDir folder;
  fill(folder, "a/b", false);
  CHECK(refusal(folder / "a/b", Start::fresh) ==
        "holds an unfinished run already. Continue it with --resume, replace it with --overwrite, or choose another "
        "place: output_dir=" +
            (folder / "a/b") + "-2");
  fill(folder, "c", true);
  fill(folder, "c-2", true);
  CHECK(refusal(folder / "c", Start::fresh) ==
        "holds a finished run already. Continue it with --resume, replace it with --overwrite, or choose another "
        "place: output_dir=" +
            (folder / "c") + "-3");
}

TEST_CASE("resuming keeps everything, and begins where there is nothing") {
  test::TempDir folder;
  CHECK_FALSE(RunFolder::create(folder / "new", Start::resume).resumed());
  fill(folder, "a", true);
  RunFolder run = RunFolder::create(folder / "a", Start::resume);
  CHECK(run.resumed());
  CHECK(run.recipe_text() == "name: one\n");
  CHECK(run.finished());
  run.begin("name: one\ntrainer: {epochs: 20}\n");
  CHECK_FALSE(run.finished());
  CHECK(test::read_bytes(run.metrics_file()) == "{}\n");
}

TEST_CASE("overwriting deletes the run and leaves what is not its own") {
  test::TempDir folder;
  fill(folder, "a", true);
  folder.write("a/notes.md", "mine");
  folder.write("a/pictures/step-00000001.png", "a picture of the run");
  folder.write("a/pictures/cat.png", "mine");
  folder.write("a/checkpoints/step-00000001/why.txt", "mine");
  folder.write("a/samples/notes.txt", "mine");
  RunFolder run = RunFolder::create(folder / "a", Start::overwrite);
  CHECK_FALSE(run.resumed());
  CHECK(run.finished());  // the old one: the new one may still be refused
  CHECK(test::read_bytes(run.metrics_file()) == "{}\n");
  set_log_verbosity(-2);
  run.begin("name: two\n");
  set_log_verbosity(0);
  CHECK_FALSE(run.finished());
  CHECK(FileSystem::instance().list(folder / "a") == std::vector<std::string>{".dlrun-lock", ".dlrun-run.json",
                                                                              "checkpoints", "notes.md", "pictures",
                                                                              "recipe.yaml", "samples"});
  CHECK(FileSystem::instance().list(folder / "a/pictures") == std::vector<std::string>{"cat.png"});
  CHECK(FileSystem::instance().list(folder / "a/checkpoints/step-00000001") == std::vector<std::string>{"why.txt"});
  CHECK(run.recipe_text() == "name: two\n");
}

TEST_CASE("a folder that holds something else is never touched, whatever its files are called") {
  test::TempDir folder;
  folder.write("home/thesis.tex", "years of work");
  for (const char* name : {"recipe.yaml", "log.txt", "pictures/cat.png", "checkpoints/mine.pt", "result.json"})
    folder.write(std::string("shop/") + name, "mine");
  folder.write("lists/metrics.jsonl", "{}\n");
  folder.write("lists/recipe.yaml", "name: mine\n");
  folder.write("marked/.dlrun-run.json", "{\"format\": \"something else\"}");
  for (Start start : {Start::fresh, Start::resume, Start::overwrite}) {
    CHECK(refusal(folder / "home", start).starts_with("this folder is not empty and holds no run (it has thesis.tex)"));
    CHECK(refusal(folder / "shop", start)
              .starts_with("this folder is not empty and holds no run (it has checkpoints, log.txt, pictures and 2 "
                           "more)"));
    CHECK(refusal(folder / "lists", start).starts_with("this folder is not empty and holds no run"));
    CHECK(refusal(folder / "marked", start).starts_with("this folder is not empty and holds no run"));
  }
  CHECK(FileSystem::instance().list(folder / "home") == std::vector<std::string>{"thesis.tex"});
  CHECK(FileSystem::instance().list(folder / "shop").size() == 5);
  folder.write("file", "");
  CHECK(refusal(folder / "file", Start::fresh).starts_with("this is not a folder"));
}

TEST_CASE("what was refused before it began leaves no traces") {
  test::TempDir folder;
  std::filesystem::create_directories(folder / "empty");
  for (const char* name : {"new", "empty"}) RunFolder::create(folder / name, Start::fresh);
  CHECK_FALSE(FileSystem::instance().exists(folder / "new"));
  CHECK(FileSystem::instance().list(folder / "empty").empty());
}

TEST_CASE("runs from before there were markers are known by their checkpoints") {
  test::TempDir folder;
  fill(folder, "a", false);
  FileSystem::instance().remove(folder / "a/.dlrun-run.json");
  CHECK(refusal(folder / "a", Start::resume).starts_with("this folder is not empty"));  // its manifest is none
  folder.write("a/checkpoints/step-00000001/manifest.json", "{\n  \"xxh3_128\": \"0\"\n}\n");
  CHECK(refusal(folder / "a", Start::fresh).starts_with("holds an unfinished run already"));
  RunFolder run = RunFolder::create(folder / "a", Start::resume);
  CHECK(run.resumed());
  run.begin("name: one\n");
  CHECK(FileSystem::instance().exists(folder / "a/.dlrun-run.json"));
}

TEST_CASE("in a run folder too, a file of somebody else is not written over") {
  test::TempDir folder;
  RunFolder::create(folder / "a", Start::fresh).begin("name: one\n");
  folder.write("a/recipe.yaml", "# my own words\nname: one\n");
  for (Start start : {Start::fresh, Start::overwrite}) {
    try {
      RunFolder::create(folder / "a", start);
      FAIL();
    } catch (const UserError& error) {
      CHECK(std::string(error.what()).starts_with(folder / "a/recipe.yaml: dlrun did not write this file"));
    }
  }
  folder.write("a/recipe.yaml", "name: one\n");
  CHECK(refusal(folder / "a", Start::fresh).empty());
}

TEST_CASE("links stay links") {
  test::TempDir folder;
  fill(folder, "a", true);
  folder.write("elsewhere/metrics.jsonl", "mine");
  std::filesystem::create_directories(folder / "scratch");
  std::filesystem::remove(folder / "a/metrics.jsonl");
  std::filesystem::create_symlink(folder / "elsewhere/metrics.jsonl", folder / "a/metrics.jsonl");
  for (Start start : {Start::fresh, Start::resume, Start::overwrite})
    CHECK_THROWS_AS(RunFolder::create(folder / "a", start), UserError);
  CHECK(test::read_bytes(folder / "elsewhere/metrics.jsonl") == "mine");
  std::filesystem::remove(folder / "a/metrics.jsonl");
  // Checkpoints on another disk: its content is the run's, the link is not.
  std::filesystem::rename(folder / "a/checkpoints", folder / "scratch/checkpoints");
  std::filesystem::create_symlink(folder / "scratch/checkpoints", folder / "a/checkpoints");
  RunFolder::create(folder / "a", Start::overwrite).begin("name: two\n");
  CHECK(FileSystem::instance().is_link(folder / "a/checkpoints"));
  CHECK(FileSystem::instance().list(folder / "scratch/checkpoints").empty());
}

TEST_CASE("a run that got nowhere does not stand in the way") {
  test::TempDir folder;
  {
    RunFolder run = RunFolder::create(folder / "a", Start::fresh);
    run.begin("name: one\n");
    folder.write("a/log.txt", "error: no data\n");
    folder.write("a/metrics.jsonl", "");
  }
  RunFolder run = RunFolder::create(folder / "a", Start::fresh);
  run.begin("name: two\n");
  CHECK_FALSE(FileSystem::instance().exists(folder / "a/log.txt"));
}

TEST_CASE("two processes never write one run") {
  test::TempDir folder;
  int ready[2], done[2];
  REQUIRE(pipe(ready) == 0);
  REQUIRE(pipe(done) == 0);
  pid_t child = fork();
  if (child == 0) {
    close(done[1]);
    RunFolder run = RunFolder::create(folder / "a", Start::fresh);
    run.begin("name: one\n");
    char sign = 'x';
    if (write(ready[1], &sign, 1) != 1 || read(done[0], &sign, 1) < 0) _exit(1);
    _exit(0);  // without destructors, as in a crash
  }
  char sign;
  REQUIRE(read(ready[0], &sign, 1) == 1);
  for (Start start : {Start::fresh, Start::resume, Start::overwrite}) {
    CHECK(refusal(folder / "a", start).starts_with("another dlrun (process " + std::to_string(child) + ") is writing"));
  }
  close(done[1]);
  waitpid(child, nullptr, 0);
  CHECK(refusal(folder / "a", Start::fresh).empty());
  for (int each : {ready[0], ready[1], done[0]}) close(each);
}

TEST_CASE("opening for reading wants a run") {
  test::TempDir folder;
  fill(folder, "a", true);
  CHECK(RunFolder::open(folder / "a").recipe_text() == "name: one\n");
  for (const std::string& path : {folder / "none", folder.path().string()}) {
    try {
      RunFolder::open(path);
      FAIL();
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::no_input);
    }
  }
}

}  // namespace
}  // namespace dlrun::run_folder_test
