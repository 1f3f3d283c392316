// The cache of overlaps: when an answer holds, and that nothing about it can go wrong.

#include "audit/overlap_cache.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "data/components.h"

namespace dlrun::overlap_cache_test {
namespace {

namespace fs = std::filesystem;

// XDG_CACHE_HOME for one scope.
class CacheHome {
 public:
  explicit CacheHome(const std::string& folder) {
    if (const char* old = std::getenv("XDG_CACHE_HOME")) old_ = old;
    setenv("XDG_CACHE_HOME", folder.c_str(), 1);
  }
  ~CacheHome() { old_.empty() ? unsetenv("XDG_CACHE_HOME") : setenv("XDG_CACHE_HOME", old_.c_str(), 1); }

 private:
  std::string old_;
};

void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(3100)); }

KnownData answer(int64_t count) {
  return {{{"test", "train", "samples", count, 100, 1, {{"a", "b", 1, 2, true}}}}, {{"train", "abc"}}};
}

}  // namespace

TEST_CASE("an answer holds until a file, a parameter or the seed changes") {
  const test::TempDir dir;
  const CacheHome home(dir / "cache");
  dir.write("data/a.csv", "x,y\n1,2\n");
  dir.write("data/deep/b.csv", "x,y\n1,2\n");
  const auto reader = test::dataset("csv", {{"path", dir / "data"}, {"target", "y"}});
  const auto cache = [&](uint64_t seed = 1, bool classes = false) {
    return OverlapCache("csv", *reader, {.seed = seed, .classification = classes});
  };
  CHECK(cache().path().empty());  // changed just now: it may change again within the same tick of the clock
  settle();
  REQUIRE(!cache().path().empty());
  CHECK(!cache().load());
  cache().store(answer(3));
  REQUIRE(cache().load());
  CHECK(to_json(cache().load()->overlaps) == to_json(answer(3).overlaps));
  CHECK(cache().load()->contents == answer(3).contents);
  CHECK(!cache(2).load());
  CHECK(!cache(1, true).load());
  CHECK(!OverlapCache("text", *reader, {.seed = 1}).load());
  const auto other = test::dataset("csv", {{"path", dir / "data"}, {"target", "y"}, {"header", false}});
  CHECK(!OverlapCache("csv", *other, {.seed = 1}).load());

  dir.write("data/deep/b.csv", "x,y\n1,3\n");  // as long as before
  settle();
  CHECK(!cache().load());
  cache().store(answer(4));
  CHECK(cache().load()->overlaps.at(0).count == 4);
  dir.write("data/deep/c.csv", "");
  settle();
  CHECK(!cache().load());
}

TEST_CASE("a cache that is damaged, missing or cannot be written costs nothing but time") {
  const test::TempDir dir;
  const auto reader = test::dataset("csv", {{"path", dir.write("a.csv", "x,y\n1,2\n")}, {"target", "y"}});
  settle();
  {
    const CacheHome home(dir / "cache");
    const OverlapCache cache("csv", *reader, {});
    cache.store(answer(3));
    const std::string whole = test::read_bytes(cache.path());
    for (const std::string& damaged :
         {std::string(), std::string("{}"), std::string("{\"overlaps\":[{\"held_out\":3}]}"),
          std::string("\xff\x00[", 3), whole.substr(0, whole.size() / 2), std::string(4096, '['), "[" + whole + "]"}) {
      std::ofstream(cache.path(), std::ios::binary) << damaged;
      CHECK(!cache.load());
    }
    cache.store(answer(5));
    CHECK(cache.load()->overlaps.at(0).count == 5);
  }
  {
    const CacheHome home(dir.write("file", "no folder"));
    const OverlapCache cache("csv", *reader, {});
    CHECK_NOTHROW(cache.store(answer(3)));
    CHECK(!cache.load());
  }
  {
    const CacheHome home("relative/folder");  // does not count, says the standard: HOME does
    CHECK(OverlapCache("csv", *reader, {}).path().find("relative") == std::string::npos);
  }
}

}  // namespace dlrun::overlap_cache_test
