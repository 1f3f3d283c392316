// The metric stream: exact numbers, one line at a time, and cutting back to where a checkpoint was taken.

#include "run/metrics_stream.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/log.h"
#include "fake_files.h"
#include "support.h"

namespace dlrun::metrics_stream_test {
namespace {

using Json = nlohmann::ordered_json;

TEST_CASE("records keep their order, and numbers read back exactly") {
  test::TempDir folder;
  double infinity = std::numeric_limits<double>::infinity();
  {
    MetricsStream stream(folder / "metrics.jsonl");
    stream.write({{"step", 1}, {"loss", 0.1}, {"a", 1e-300}, {"third", 1.0 / 3}, {"whole", 2.0}});
    stream.write({{"nan", std::nan("")}, {"up", infinity}, {"list", {-infinity, 1.5}}});
    CHECK(test::read_bytes(folder / "metrics.jsonl").empty());  // not before flush()
    stream.flush();
  }
  CHECK(test::read_bytes(folder / "metrics.jsonl") ==
        "{\"step\":1,\"loss\":0.1,\"a\":1e-300,\"third\":0.3333333333333333,\"whole\":2.0}\n"
        "{\"nan\":\"NaN\",\"up\":\"Infinity\",\"list\":[\"-Infinity\",1.5]}\n");
}

TEST_CASE("a resumed stream goes on where the checkpoint was taken") {
  test::TempDir folder;
  std::string path = folder / "metrics.jsonl";
  int64_t position = 0;
  {
    MetricsStream stream(path);
    stream.write({{"step", 1}});
    position = stream.commit();
    stream.write({{"step", 2}});
    stream.flush();
  }
  folder.write("metrics.jsonl", test::read_bytes(path) + "{\"step\":3,\"lo");  // torn
  MetricsStream stream(path, position);
  stream.write({{"step", 2}, {"again", true}});
  int64_t end = stream.commit();
  CHECK(end == static_cast<int64_t>(test::read_bytes(path).size()));
  CHECK(test::read_bytes(path) == "{\"step\":1}\n{\"step\":2,\"again\":true}\n");
}

TEST_CASE("a stream without a checkpoint begins anew") {
  test::TempDir folder;
  std::string path = folder.write("metrics.jsonl", "{\"step\":1}\n{\"ste");
  MetricsStream stream(path);
  CHECK(test::read_bytes(path).empty());
}

TEST_CASE("a file shorter than the checkpoint says is kept up to its last complete line") {
  set_log_verbosity(-2);
  test::TempDir folder;
  std::string path = folder.write("metrics.jsonl", "{\"step\":1}\n{\"ste");
  MetricsStream stream(path, 1000);
  CHECK(stream.commit() == 11);
  CHECK(test::read_bytes(path) == "{\"step\":1}\n");
  std::string none = folder.write("none.jsonl", "torn");
  CHECK(MetricsStream(none, 1000).commit() == 0);
  set_log_verbosity(0);
}

TEST_CASE("what was committed is there after a crash") {
  test::FakeFiles files;
  files.install();
  files.create_folders("/run");
  MetricsStream stream("/run/metrics.jsonl");
  for (int step = 0; step < 5; ++step) stream.write({{"step", step}});
  int64_t position = stream.commit();
  Random random(1, 1);
  for (int repeat = 0; repeat < 20; ++repeat) {
    test::FakeFiles found = files.after_crash(static_cast<test::FakeFiles::Crash>(repeat % 4), random);
    REQUIRE(static_cast<int64_t>(found.size("/run/metrics.jsonl")) >= position);
    REQUIRE(found.map("/run/metrics.jsonl").text() == files.map("/run/metrics.jsonl").text());
  }
}

TEST_CASE("clock fields can be taken out of a line") {
  CHECK(without_clock(R"({"step":1,"time":"now","seconds":1.5,"loss":0.1,"samples_per_second":3})") ==
        R"({"step":1,"loss":0.1})");
}

}  // namespace
}  // namespace dlrun::metrics_stream_test
