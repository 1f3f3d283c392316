// Heads of BMP, WebP, TIFF and PNM pictures: sizes before a decoder takes memory for them.
//
// Sources: Microsoft's BITMAPFILEHEADER and BITMAPINFOHEADER; RFC 9649 (WebP); TIFF 6.0, sections 2 and 8; netpbm's
// pnm(5).

#include "data/plugins/formats/heads.h"

#include <cstring>

#include "data/plugins/planes.h"

namespace {

// Numbers of one byte order at places that may lie behind the end.
struct Bytes {
  const uint8_t* bytes;
  size_t size;
  bool little = true;

  bool has(uint64_t at, uint64_t count) const { return at <= size && count <= size - at; }
  uint64_t number(uint64_t at, int count) const {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i)
      value |= uint64_t{bytes[at + static_cast<uint64_t>(i)]} << 8 * (little ? i : count - 1 - i);
    return value;
  }
};

bool begins(const uint8_t* bytes, size_t size, const char* mark, size_t count) {
  return size >= count && std::memcmp(bytes, mark, count) == 0;
}

bool is_bmp(const uint8_t* bytes, size_t size) { return begins(bytes, size, "BM", 2); }
bool is_webp(const uint8_t* bytes, size_t size) {
  return size >= 12 && begins(bytes, size, "RIFF", 4) && std::memcmp(bytes + 8, "WEBP", 4) == 0;
}
bool is_tiff(const uint8_t* bytes, size_t size) {
  return begins(bytes, size, "II*\0", 4) || begins(bytes, size, "MM\0*", 4);
}
bool is_pnm(const uint8_t* bytes, size_t size) {
  return size >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' && std::strchr(" \t\r\n#", bytes[2]);
}

dlrun_looked bmp(const Bytes& in, dlrun_picture_facts& facts) {
  if (!in.has(0, 30)) return dlrun_more;
  const int64_t height = static_cast<int32_t>(in.number(22, 4)), bits = static_cast<int64_t>(in.number(28, 2));
  facts.width = static_cast<int>(static_cast<int32_t>(in.number(18, 4)));
  facts.height = static_cast<int>(height < 0 ? -height : height);  // below 0: rows from above
  facts.palette = bits <= 8;
  facts.bits = bits < 8 ? static_cast<int>(bits) : 8;
  return dlrun_seen;
}

dlrun_looked webp(const Bytes& in, dlrun_picture_facts& facts) {
  if (!in.has(0, 30)) return dlrun_more;
  const uint8_t* chunk = in.bytes + 12;
  if (std::memcmp(chunk, "VP8 ", 4) == 0) {
    facts.width = static_cast<int>(in.number(26, 2) & 0x3FFF);
    facts.height = static_cast<int>(in.number(28, 2) & 0x3FFF);
  } else if (std::memcmp(chunk, "VP8L", 4) == 0) {
    const uint64_t packed = in.number(21, 4);
    facts.width = static_cast<int>((packed & 0x3FFF) + 1);
    facts.height = static_cast<int>((packed >> 14 & 0x3FFF) + 1);
    facts.alpha = static_cast<int>(packed >> 28 & 1);
  } else if (std::memcmp(chunk, "VP8X", 4) == 0) {
    facts.alpha = (in.bytes[20] & 0x10) != 0;
    facts.width = static_cast<int>(in.number(24, 3) + 1);
    facts.height = static_cast<int>(in.number(27, 3) + 1);
  }
  return dlrun_seen;
}

dlrun_looked tiff(Bytes in, dlrun_picture_facts& facts) {
  in.little = in.bytes[0] == 'I';
  if (!in.has(4, 4)) return dlrun_more;
  const uint64_t directory = in.number(4, 4);
  if (!in.has(directory, 2)) return dlrun_more;
  const uint64_t entries = in.number(directory, 2);
  if (!in.has(directory + 2, 12 * entries)) return dlrun_more;
  uint64_t samples = 1;
  for (uint64_t i = 0; i < entries; ++i) {
    const uint64_t entry = directory + 2 + 12 * i, count = in.number(entry + 4, 4);
    const int width = in.number(entry + 2, 2) == 3 ? 2 : 4;  // SHORT or LONG
    uint64_t value = in.number(entry + 8, width);
    switch (in.number(entry, 2)) {
      case 256:
        facts.width = static_cast<int>(value);
        break;
      case 257:
        facts.height = static_cast<int>(value);
        break;
      case 258:  // of each sample; more than two stand elsewhere
        if (count > 2) {
          if (!in.has(in.number(entry + 8, 4), 2)) return dlrun_more;
          value = in.number(in.number(entry + 8, 4), 2);
        }
        facts.bits = static_cast<int>(value);
        break;
      case 262:
        facts.palette = value == 3;
        break;
      case 274:
        if (value >= 1 && value <= 8) facts.orientation = static_cast<int>(value);
        break;
      case 277:
        samples = value;
        break;
      case 338:
        facts.alpha = 1;
        break;
    }
  }
  facts.channels = samples >= 3 || facts.palette ? 3 : 1;
  return dlrun_seen;
}

dlrun_looked pnm(const Bytes& in, dlrun_picture_facts& facts) {
  const int kind = in.bytes[1] - '0';
  facts.channels = kind == 3 || kind == 6 ? 3 : 1;
  const bool bitmap = kind == 1 || kind == 4;
  uint64_t numbers[3] = {0, 0, bitmap ? 1u : 0u};  // width, height, largest value
  uint64_t at = 2;
  for (int i = 0; i < (bitmap ? 2 : 3); ++i) {
    bool comment = false;
    while (at < in.size && (comment || in.bytes[at] < '0' || in.bytes[at] > '9')) {
      if (in.bytes[at] == '#') comment = true;
      if (in.bytes[at] == '\n') comment = false;
      ++at;
    }
    for (; at < in.size && in.bytes[at] >= '0' && in.bytes[at] <= '9' && numbers[i] < 1u << 30; ++at)
      numbers[i] = 10 * numbers[i] + (in.bytes[at] - '0');
    if (at >= in.size) return dlrun_more;
  }
  facts.width = static_cast<int>(numbers[0]);
  facts.height = static_cast<int>(numbers[1]);
  facts.bits = bitmap ? 1 : numbers[2] > 255 ? 16 : 8;
  return dlrun_seen;
}

}  // namespace

bool begins_as_format(const uint8_t* bytes, size_t size) {
  return is_bmp(bytes, size) || is_webp(bytes, size) || is_tiff(bytes, size) || is_pnm(bytes, size);
}

dlrun_looked look_at_head(const uint8_t* bytes, size_t size, dlrun_picture_facts* facts, const char** problem) {
  *facts = {0, 0, 0, 3, 8, 0, 0, 1};
  const Bytes in{bytes, size};
  const dlrun_looked looked = is_bmp(bytes, size)    ? bmp(in, *facts)
                              : is_webp(bytes, size) ? webp(in, *facts)
                              : is_tiff(bytes, size) ? tiff(in, *facts)
                                                     : pnm(in, *facts);
  if (looked != dlrun_seen) return looked;
  if (is_tiff(bytes, size) && facts->alpha) {  // libtiff multiplies the colours by it.
    *problem = "is a TIFF with alpha, whose colours are not read as they are stored; save it without";
    return dlrun_refused;
  }
  *problem = facts->height <= 0 || facts->width <= 0                       ? "has a damaged header"
             : int64_t{facts->height} * facts->width > picture_pixel_limit ? "has more than 134 million pixels"
                                                                           : nullptr;
  return *problem ? dlrun_refused : dlrun_seen;
}
