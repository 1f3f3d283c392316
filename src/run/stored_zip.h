// Zip archives whose entries are stored as they are: PyTorch's, which are mapped and read in place.
//
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dlrun {

struct ZipEntry {
  std::string name;
  std::span<std::byte> content;  // in the bytes that were read
  uint32_t sum = 0;              // CRC-32, as the archive states it
};

// The entries, in the order of their bytes. Zip64 too. `path` is for messages only. Throws UserError(bad_data) for
// damaged and truncated archives, entries that are compressed, encrypted, repeated or overlap: an entry takes as many
// bytes as it holds, so no archive unpacks to more than its size.
std::vector<ZipEntry> read_stored_zip(const std::string& path, std::span<std::byte> bytes);

// Throws UserError(bad_data) when the content of the entry is not what its sum says.
void check_sum(const std::string& path, const ZipEntry& entry);

}  // namespace dlrun
