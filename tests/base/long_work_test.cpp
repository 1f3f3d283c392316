// The live line of long work: late, on a terminal alone, and for whoever asked for it.

#include "base/long_work.h"

#include <catch2/catch.hpp>
#include <thread>

#include "base/written.h"

namespace dlrun::long_work_test {
namespace {

void work(double seconds) {
  LongWork reading("reading pictures", 200);
  const int pieces = static_cast<int>(seconds * 100);
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < pieces / 2; ++i) {
        usleep(20000);
        reading.done();
      }
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("work that takes more than a second says on a terminal how far it is, and takes the line away again") {
  show_long_work(true);
  const std::string text = test::written(true, [] { work(1.6); });
  show_long_work(false);
  const size_t first = text.find("reading pictures ");
  REQUIRE(first != std::string::npos);
  // Nothing before the first second was over: two threads did about 50 pieces each by then.
  CHECK(std::stoi(text.substr(first + 17)) > 10);
  CHECK(text.find("/200") != std::string::npos);
  CHECK(text.ends_with("\r\033[K"));
}

TEST_CASE("a line says how far, how fast and how long still, in parts that are cut whole") {
  CHECK(progress_text("reading", 1200, 50000, 1200, 0.4) == "reading 1200/50000  3.00k/s  16 s left");
  CHECK(progress_text("reading", 0, 50000, 0, 3) == "reading 0/50000");
  CHECK(progress_text("reading", 50, 50, 50, 2) == "reading 50/50  25.0/s");
  // Bytes that were there before are no part of the rate.
  CHECK(progress_text("fetching a", 3 << 20, 5 << 20, 1 << 20, 2, Counted::bytes) ==
        "fetching a 3.0 MiB/5.0 MiB  512 KiB/s  4.00 s left");
}

TEST_CASE("what has not begun has no pace") {
  Pace pace;
  CHECK(pace.text("validating", 0, 20) == "validating 0/20");
  CHECK_THAT(pace.text("validating", 5, 20), Catch::StartsWith("validating 5/20  ") && Catch::EndsWith(" left"));
  CHECK(pace.text("validating", 0, 20) == "validating 0/20");
}

TEST_CASE("short work, work that nobody watches and work that is not to be shown say nothing") {
  show_long_work(true);
  CHECK(test::written(true, [] { work(0.3); }).empty());
  CHECK(test::written(false, [] { work(1.4); }).empty());
  show_long_work(false);
  CHECK(test::written(true, [] { work(1.4); }).empty());
}

}  // namespace
}  // namespace dlrun::long_work_test
