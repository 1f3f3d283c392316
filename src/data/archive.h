// Reads the files in a tar or zip archive into memory, without ever writing one to disk.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace dlrun {

struct ArchiveLimits {
  int64_t files = 20'000'000;
  int64_t file_bytes = int64_t{1} << 28;   // of one file, unpacked
  int64_t total_bytes = int64_t{1} << 35;  // of all, unpacked
};

// "x.tar", "x.tar.gz", "x.tgz", "x.tar.xz", "x.tar.zst", "x.zip".
bool is_archive_name(const std::string& path);

// The first bytes of a file in the archive (at most 16), unpacked when they are asked for.
using FirstBytes = std::function<std::string_view()>;

// Calls `take(name, bytes)` for every regular file that `wanted(name, first bytes)`, in the archive's order. Names are
// relative, with "/" between folders. Throws UserError: no_input; bad_data for damaged or truncated archives, encrypted
// files, links that are wanted (they have no first bytes), names that lead out of the archive, and anything over the
// limits.
void read_archive(const std::string& path, const ArchiveLimits& limits,
                  const std::function<bool(const std::string&, const FirstBytes&)>& wanted,
                  const std::function<void(const std::string&, std::string)>& take);

}  // namespace dlrun
