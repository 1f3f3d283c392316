// Runs as a picture of text, by what lies in their folders.

#include "watch/watch_picture.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "base/error.h"
#include "base/text.h"
#include "run/status.h"

#include "support.h"

namespace dlrun::watch_picture_test {
namespace {

void append(const std::string& file, const std::string& text) { std::ofstream(file, std::ios::app) << text; }

void write_run(const test::TempDir& folder) {
  append(folder / "recipe.yaml", "version: 1\n");
  append(folder / "metrics.jsonl",
         "{\"event\":\"step\",\"step\":5,\"train/loss\":2.0,\"samples_per_second\":1200.0}\n"
         "{\"event\":\"validation\",\"step\":10,\"train/loss\":9.0,\"val/loss\":1.5,\"val/"
         "accuracy\":0.5,\"seconds\":4.0}\n"
         "{\"event\":\"step\",\"step\":15,\"train/loss\":1.0}\n"
         "{\"event\":\"validation\",\"step\":20,\"val/loss\":\"NaN\",\"val/accuracy\":0.75,\"seconds\":8.0}\n"
         "{\"event\":\"ste");
}

TEST_CASE("a picture says state, step, time left and every series with its last value and range") {
  const test::TempDir folder;
  write_run(folder);
  write_status(folder.path(), {.state = "running", .step = 10, .total_steps = 40});
  std::vector<WatchedRun> runs;
  runs.emplace_back(folder.path());
  runs[0].look();
  const std::string picture = watch_picture(runs, {.width = 100});
  CHECK(picture.find(folder.path().string() + "  running\n") != std::string::npos);
  CHECK(picture.find("step 20/40  50 %") != std::string::npos);
  CHECK(picture.find("8.00 s, 8.00 s left") != std::string::npos);
  CHECK(picture.find("  train/loss       1.0000  █▁  1.0000 to 2.0000\n") != std::string::npos);
  CHECK(picture.find("  val/accuracy     0.7500  ▁█  0.5000 to 0.7500\n") != std::string::npos);
  CHECK(picture.find("  val/loss         1.5000") != std::string::npos);  // the one that is a number

  // The rest of the line that was half there, and more; a run that goes on from a checkpoint cuts its file.
  append(folder / "metrics.jsonl", "p\",\"step\":25,\"train/loss\":0.5}\n");
  runs[0].look();
  CHECK(runs[0].step() == 25);
  std::filesystem::resize_file(folder / "metrics.jsonl", 0);
  append(folder / "metrics.jsonl", "{\"event\":\"step\",\"step\":5,\"train/loss\":2.0}\n");
  runs[0].look();
  REQUIRE(runs[0].series().size() == 1);
  CHECK(runs[0].series()[0].points.size() == 1);
}

TEST_CASE("no line is wider than the terminal") {
  const test::TempDir folder;
  write_run(folder);
  append(folder / "metrics.jsonl", "\n{\"event\":\"diagnosis\",\"step\":20,\"seen\":\"31 of 64 units are dead\"}\n");
  write_status(folder.path(), {.state = "failed", .step = 20, .total_steps = 40, .reason = "a long reason\nin lines"});
  std::vector<WatchedRun> runs;
  runs.emplace_back(folder.path());
  runs[0].look();
  CHECK(runs[0].ended());
  for (int width = 1; width <= 120; ++width)
    for (const std::string& line : split(watch_picture(runs, {.width = width}), '\n')) {
      CAPTURE(width, line);
      REQUIRE(text_width(line) <= width);
    }
  CHECK(watch_picture(runs, {.width = 80}).find("noticed (1): 31 of 64") != std::string::npos);
}

TEST_CASE("a run whose process is gone was killed, and a folder without a run is refused") {
  const test::TempDir folder;
  append(folder / "recipe.yaml", "version: 1\n");
  WatchedRun run(folder.path());
  run.look();
  CHECK(run.state() == "not begun");
  const pid_t gone = fork();
  if (gone == 0) {
    write_status(folder.path(), {.state = "running", .total_steps = 10});
    _exit(0);
  }
  for (int i = 0; i < 500 && !read_status(folder.path()); ++i) usleep(10000);
  REQUIRE(read_status(folder.path()));
  waitpid(gone, nullptr, 0);
  run.look();
  CHECK(run.state() == "killed");
  CHECK_THROWS_AS(WatchedRun(folder / "none"), UserError);
}

TEST_CASE("a row of blocks shows the course, and many lines are cut with a word about it") {
  CHECK(sparkline({{1, 0.0}, {2, 1.0}, {3, 2.0}, {4, 3.0}}, 4) == "▁▃▆█");
  CHECK(sparkline({{1, 0.0}, {2, 2.0}, {3, 4.0}, {4, 6.0}}, 2) == "▁█");
  CHECK(sparkline({{1, 5.0}}, 4) == "▁");
  CHECK(sparkline({}, 4).empty());
  CHECK(first_lines("a\nb\nc\n", 3) == "a\nb\nc\n");
  CHECK(first_lines("a\nb\nc\n", 2) == "a\n(2 more lines)\n");
}

}  // namespace
}  // namespace dlrun::watch_picture_test
