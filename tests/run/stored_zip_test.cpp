// Zip archives: Python's are read, hostile ones are refused.

#include "run/stored_zip.h"

#include <zlib.h>

#include <catch2/catch.hpp>

#include "base/error.h"

namespace dlrun::stored_zip_test {
namespace {

std::string number(uint64_t value, size_t size) {
  std::string text;
  for (size_t i = 0; i < size; ++i, value >>= 8) text += static_cast<char>(value);
  return text;
}

// An entry, every number of which a test may change.
struct Part {
  std::string name, content;
  uint64_t method = 0, flags = 0, size = content.size(), packed = content.size();
  int64_t header = -1;                     // where the directory says it is; -1: where it is
  std::string local_name = name, extra{};  // extra: of the directory
};

struct End {
  int64_t entries = -1, size = -1, start = -1;  // -1: what is right
  std::string comment{};
  bool wide = false;  // zip64
};

std::string archive(const std::vector<Part>& parts, const End& end = {}) {
  std::string text, directory;
  for (const Part& part : parts) {
    const auto* bytes = reinterpret_cast<const Bytef*>(part.content.data());
    const uint64_t sum = crc32(0, bytes, static_cast<uInt>(part.content.size()));
    const std::string middle = number(0, 4) + number(sum, 4) + number(part.packed, 4) + number(part.size, 4);
    const uint64_t header = part.header < 0 ? text.size() : static_cast<uint64_t>(part.header);
    directory += number(0x02014b50, 4) + number(0, 4) + number(part.flags, 2) + number(part.method, 2) + middle +
                 number(part.name.size(), 2) + number(part.extra.size(), 2) + number(0, 10) + number(header, 4) +
                 part.name + part.extra;
    text += number(0x04034b50, 4) + number(0, 2) + number(part.flags, 2) + number(part.method, 2) + middle +
            number(part.local_name.size(), 2) + number(0, 2) + part.local_name + part.content;
  }
  const uint64_t entries = end.entries < 0 ? parts.size() : static_cast<uint64_t>(end.entries);
  const uint64_t size = end.size < 0 ? directory.size() : static_cast<uint64_t>(end.size);
  const uint64_t start = end.start < 0 ? text.size() : static_cast<uint64_t>(end.start);
  text += directory;
  if (end.wide) {
    const uint64_t place = text.size();
    text += number(0x06064b50, 4) + number(44, 8) + number(0, 12) + number(entries, 8) + number(entries, 8) +
            number(size, 8) + number(start, 8) + number(0x07064b50, 4) + number(0, 4) + number(place, 8) + number(1, 4);
    return text + number(0x06054b50, 4) + number(0, 4) + number(0xffff, 2) + number(0xffff, 2) + number(0xffffffff, 4) +
           number(0xffffffff, 4) + number(0, 2);
  }
  return text + number(0x06054b50, 4) + number(0, 4) + number(entries, 2) + number(entries, 2) + number(size, 4) +
         number(start, 4) + number(end.comment.size(), 2) + end.comment;
}

std::string read(std::string bytes) {
  try {
    std::string found;
    for (const ZipEntry& entry : read_stored_zip("w", std::as_writable_bytes(std::span(bytes.data(), bytes.size())))) {
      check_sum("w", entry);
      found += entry.name + "=" +
               std::string(reinterpret_cast<const char*>(entry.content.data()), entry.content.size()) + ";";
    }
    return found;
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    return error.what();
  }
}

TEST_CASE("stored entries are found, with comments and in zip64") {
  const std::vector<Part> parts = {{"a", "one"}, {"b/c", ""}, {"d", "three"}};
  CHECK(read(archive(parts)) == "a=one;b/c=;d=three;");
  CHECK(read(archive(parts, {.comment = "a comment"})) == "a=one;b/c=;d=three;");
  CHECK(read(archive(parts, {.wide = true})) == "a=one;b/c=;d=three;");
  CHECK(read(archive({})).empty());
  const uint64_t all = 0xffffffff;
  const std::string wide = number(1, 2) + number(24, 2) + number(3, 8) + number(3, 8) + number(0, 8);
  CHECK(read(archive(
            {{.name = "a", .content = "one", .size = all, .packed = all, .header = 0xffffffff, .extra = wide}})) ==
        "a=one;");
}

TEST_CASE("archives that lie about themselves are refused with the reason") {
  const uint64_t all = 0xffffffff;
  const std::pair<std::string, std::string> table[] = {
      {"", "cut short"},
      {std::string(100, 'x'), "its end is missing"},
      {archive({{"a", "one"}}).substr(0, 40), "its end is missing"},
      {archive({{.name = "a", .content = "one", .method = 8}}), "'a' is compressed"},
      {archive({{.name = "a", .content = "one", .flags = 1}}), "'a' is encrypted"},
      {archive({{.name = "a", .content = "one", .size = 1000000}}), "'a' states two sizes"},
      {archive({{.name = "a", .content = "one", .size = 1000000, .packed = 1000000}}), "'a' is cut short"},
      {archive({{.name = "a", .content = "one", .header = 1}}), "'a' is not where the directory says"},
      {archive({{.name = "a", .content = "one", .header = 0x7fffffff}}), "'a' is not where the directory says"},
      {archive({{.name = "a", .content = "one", .local_name = "b"}}), "'a' has two names"},
      {archive({{"a", "one"}, {"a", "two"}}), "'a' stands there twice"},
      {archive({{"a", "one"}, {.name = "b", .content = "two", .header = 0}}), "overlaps another one"},
      {archive({{.name = "a", .content = "one", .size = all, .packed = all}}), "'a' states no size"},
      {archive({{.name = "a",
                 .content = "one",
                 .size = all,
                 .packed = all,
                 .extra = number(1, 2) + number(16, 2) + number(uint64_t{1} << 60, 8) + number(uint64_t{1} << 60, 8)}}),
       "'a' is cut short"},
      {archive({{"a", "one"}}, {.entries = 2}), "holds less than it says"},
      {archive({{"a", "one"}, {"b", "two"}}, {.entries = 1}), "holds more than it says"},
      {archive({{"a", "one"}}, {.entries = 65000, .wide = true}), "holds less than it says"},
      {archive({{"a", "one"}}, {.size = 3}), "its directory is not where it says"},
      {archive({{"a", "one"}}, {.start = 1}), "its directory is not where it says"},
      {archive({{"a", "one"}}, {.start = 0x7fffffff}), "its directory is not where it says"},
  };
  for (const auto& [bytes, problem] : table) {
    INFO(problem);
    CHECK_THAT(read(bytes), Catch::Contains(problem));
  }
  std::string changed = archive({{"a", "one"}});
  changed[changed.find("one")] = 'x';
  CHECK_THAT(read(changed), Catch::Contains("'a' is damaged"));
}

}  // namespace
}  // namespace dlrun::stored_zip_test
