// Blocks, fragments, sums.

#include "report/wandb_file.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

namespace dlrun {
namespace {

constexpr uint64_t block_bytes = 32768, head_bytes = 7;
constexpr std::string_view file_head(":W&B\xe1\xbe\0", 7);  // then 0xbee1, and the version of the log, 0

// Fields of Record, HeaderRecord and VersionInfo.
constexpr uint32_t field_num = 1, field_header = 21, field_version = 1, field_producer = 1, field_min_consumer = 2;

enum Part : char { whole = 1, first, middle, last };  // of a record, in a block

// Sum of what it is and of the bytes, length, what it is, the bytes.
std::string fragment(Part part, std::string_view bytes) {
  uLong sum = crc32(0, reinterpret_cast<const Bytef*>(&part), 1);
  sum = crc32(sum, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  std::string head;
  for (int i = 0; i < 4; ++i) head += static_cast<char>(sum >> 8 * i & 0xff);
  for (int i = 0; i < 2; ++i) head += static_cast<char>(bytes.size() >> 8 * i & 0xff);
  return head + static_cast<char>(part) + std::string(bytes);
}

}  // namespace

WandbFile::WandbFile(const std::string& path)
    : file_(FileSystem::instance().open_for_writing(path, WriteMode::truncate)), position_(file_head.size()) {
  file_->write(file_head);
  WireWriter version, header;
  version.text(field_producer, "dlrun");
  version.text(field_min_consumer, "0.65.0");  // what the wandb package itself writes
  header.message(field_version, std::move(version));
  record(field_header, std::move(header));
}

void WandbFile::record(uint32_t field, WireWriter&& content) {
  WireWriter record;
  record.integer(field_num, ++count_);
  record.message(field, std::move(content));
  log(record.all());
}

void WandbFile::log(std::string_view bytes) {
  std::string text;
  bool begun = false;
  do {
    uint64_t room = block_bytes - (position_ + text.size()) % block_bytes;
    if (room < head_bytes) {  // too little for a head: the rest of the block stays empty
      text.append(room, '\0');
      room = block_bytes;
    }
    const std::string_view here = bytes.substr(0, room - head_bytes);
    bytes.remove_prefix(here.size());
    const bool ends = bytes.empty();
    text += fragment(begun ? ends ? last : middle : ends ? whole : first, here);
    begun = true;
  } while (!bytes.empty());
  file_->write(text);
  position_ += text.size();
}

}  // namespace dlrun
