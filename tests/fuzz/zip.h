// A zip archive of stored entries with right sums, as torch.save writes it.

#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>

namespace dlrun::fuzz {

inline void put(std::string& text, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i, value >>= 8) text += static_cast<char>(value);
}

class Zip {
 public:
  void add(const std::string& name, const std::string& content) {
    const uLong sum = crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    std::string common;  // from the version to the length of the extra field
    put(common, 0, 10);
    put(common, sum, 4);
    put(common, content.size(), 4);
    put(common, content.size(), 4);
    put(common, name.size(), 2);
    put(common, 0, 2);
    put(directory_, 0x02014b50, 4);
    put(directory_, 0, 2);
    directory_ += common;
    put(directory_, 0, 10);
    put(directory_, text_.size(), 4);
    directory_ += name;
    put(text_, 0x04034b50, 4);
    text_ += common + name + content;
    ++entries_;
  }
  std::string finish() {
    const size_t start = text_.size();
    text_ += directory_;
    put(text_, 0x06054b50, 4);
    put(text_, 0, 4);
    put(text_, entries_, 2);
    put(text_, entries_, 2);
    put(text_, directory_.size(), 4);
    put(text_, start, 4);
    put(text_, 0, 2);
    return text_;
  }

 private:
  std::string text_, directory_;
  uint64_t entries_ = 0;
};

}  // namespace dlrun::fuzz
