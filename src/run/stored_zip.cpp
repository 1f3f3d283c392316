// Reading stored zip archives from files we do not trust.

#include "run/stored_zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string_view>

#include "base/error.h"
#include "run/pickle.h"

namespace dlrun {
namespace {

constexpr uint32_t local_mark = 0x04034b50, central_mark = 0x02014b50, end_mark = 0x06054b50;
constexpr uint32_t end64_mark = 0x06064b50, locator_mark = 0x07064b50;
constexpr uint64_t local_size = 30, central_size = 46, end_size = 22, end64_size = 56, locator_size = 20;

class Reader {
 public:
  Reader(const std::string& path, std::span<std::byte> bytes) : path_(path), bytes_(bytes) {}

  std::vector<ZipEntry> run() {
    find_directory();
    std::vector<Found> found;
    uint64_t at = directory_;
    while (at < directory_end_) {
      if (found.size() == entries_) fail("its directory holds more than it says");
      found.push_back(central(at));
    }
    if (found.size() != entries_) fail("its directory holds less than it says");
    return placed(std::move(found));
  }

 private:
  struct Found {
    ZipEntry entry;
    uint64_t header = 0, size = 0;
  };

  [[noreturn]] void fail(const std::string& what) const {
    throw UserError(ExitCode::bad_data, fmt::format("{}: not a readable zip archive: {}", path_, what));
  }
  [[noreturn]] void fail(const ZipEntry& entry, const char* what) const {
    fail(fmt::format("its entry '{}' {}", printable(entry.name), what));
  }

  // `size` bytes at `at`, little endian.
  uint64_t number(uint64_t at, uint64_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) fail("it is cut short");
    uint64_t value = 0;
    std::memcpy(&value, bytes_.data() + at, size);
    return value;
  }
  std::string_view text(uint64_t at, uint64_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) fail("it is cut short");
    return {reinterpret_cast<const char*>(bytes_.data()) + at, size};
  }

  // The end record is the last thing in the file but a comment, whose length it states.
  uint64_t find_end() const {
    if (bytes_.size() < end_size) fail("it is cut short");
    const uint64_t last = bytes_.size() - end_size, most = 0xffff;
    for (uint64_t comment = 0; comment <= std::min(last, most); ++comment)
      if (number(last - comment, 4) == end_mark && number(last - comment + 20, 2) == comment) return last - comment;
    fail("its end is missing: it is cut short");
  }

  void find_directory() {
    const uint64_t end = find_end();
    uint64_t size = number(end + 12, 4);
    entries_ = number(end + 10, 2);
    directory_ = number(end + 16, 4);
    directory_end_ = end;
    if (number(end + 4, 2) != 0 && number(end + 4, 2) != 0xffff) fail("it is one of several parts");
    if (end >= locator_size && number(end - locator_size, 4) == locator_mark) {
      const uint64_t end64 = number(end - locator_size + 8, 8);
      if (end64 > end || end - end64 < end64_size + locator_size || number(end64, 4) != end64_mark)
        fail("its zip64 end is not where it says");
      entries_ = number(end64 + 32, 8);
      size = number(end64 + 40, 8);
      directory_ = number(end64 + 48, 8);
      directory_end_ = end64;
    }
    if (directory_ > directory_end_ || directory_end_ - directory_ != size) fail("its directory is not where it says");
    if (entries_ > size / central_size) fail("its directory holds less than it says");
  }

  // The entry of the directory at `at`, which moves behind it.
  Found central(uint64_t& at) const {
    if (directory_end_ - at < central_size || number(at, 4) != central_mark) fail("its directory is damaged");
    const uint64_t flags = number(at + 8, 2), method = number(at + 10, 2), packed = number(at + 20, 4);
    const uint64_t name = number(at + 28, 2), extra = number(at + 30, 2), comment = number(at + 32, 2);
    if (directory_end_ - at - central_size < name + extra + comment) fail("its directory is damaged");
    Found found;
    found.entry.name = text(at + central_size, name);
    found.entry.sum = static_cast<uint32_t>(number(at + 16, 4));
    found.size = number(at + 24, 4);
    found.header = number(at + 42, 4);
    if (flags & 1) fail(found.entry, "is encrypted");
    if (method != 0) fail(found.entry, "is compressed; PyTorch stores entries as they are");
    if (packed != found.size) fail(found.entry, "states two sizes");
    widen(found, at + central_size + name, extra);
    at += central_size + name + extra + comment;
    return found;
  }

  // Sizes and places beyond 32 bits stand in an extra field, in this order, those that are needed.
  void widen(Found& found, uint64_t at, uint64_t size) const {
    constexpr uint64_t elsewhere = 0xffffffff;
    if (found.size != elsewhere && found.header != elsewhere) return;
    for (const uint64_t end = at + size; end - at >= 4;) {
      const uint64_t kind = number(at, 2), length = number(at + 2, 2);
      at += 4;
      if (length > end - at) break;
      if (kind == 1) {
        const uint64_t sizes = found.size == elsewhere ? 16 : 0, header = found.header == elsewhere ? 8 : 0;
        if (length < sizes + header) break;
        if (sizes > 0 && number(at, 8) != number(at + 8, 8)) fail(found.entry, "states two sizes");
        if (sizes > 0) found.size = number(at, 8);
        if (header > 0) found.header = number(at + sizes, 8);
        return;
      }
      at += length;
    }
    fail(found.entry, "states no size");
  }

  std::vector<ZipEntry> placed(std::vector<Found> found) const {
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.header < b.header; });
    std::set<std::string_view> names;
    std::vector<ZipEntry> entries;
    uint64_t free_from = 0;
    for (Found& each : found) {
      if (!names.insert(each.entry.name).second) fail(each.entry, "stands there twice");
      if (each.header < free_from) fail(each.entry, "overlaps another one");
      if (each.header > directory_ || directory_ - each.header < local_size || number(each.header, 4) != local_mark)
        fail(each.entry, "is not where the directory says");
      const uint64_t name = number(each.header + 26, 2), extra = number(each.header + 28, 2);
      const uint64_t begin = each.header + local_size + name + extra;
      if (begin > directory_ || directory_ - begin < each.size) fail(each.entry, "is cut short");
      if (text(each.header + local_size, name) != each.entry.name) fail(each.entry, "has two names");
      each.entry.content = bytes_.subspan(begin, each.size);
      free_from = begin + each.size;
    }
    for (Found& each : found) entries.push_back(std::move(each.entry));
    return entries;
  }

  const std::string& path_;
  std::span<std::byte> bytes_;
  uint64_t entries_ = 0, directory_ = 0, directory_end_ = 0;
};

}  // namespace

std::vector<ZipEntry> read_stored_zip(const std::string& path, std::span<std::byte> bytes) {
  return Reader(path, bytes).run();
}

void check_sum(const std::string& path, const ZipEntry& entry) {
  uLong sum = crc32(0, nullptr, 0);
  for (std::span<std::byte> rest = entry.content; !rest.empty();) {
    const size_t size = std::min<size_t>(rest.size(), size_t{1} << 30);
    sum = crc32(sum, reinterpret_cast<const Bytef*>(rest.data()), static_cast<uInt>(size));
    rest = rest.subspan(size);
  }
  if (sum == entry.sum) return;
  throw UserError(
      ExitCode::bad_data,
      fmt::format("{}: its entry '{}' is damaged: the sum of its bytes is {:08x}, expected {:08x}. (Files "
                  "written after torch.serialization.set_crc32_options(False) have no sums; write it anew.)",
                  path, printable(entry.name), sum, entry.sum));
}

}  // namespace dlrun
