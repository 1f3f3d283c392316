// The orientation that a camera notes in a picture (Exif 2.32, tag 274).

#include "data/plugins/exif.h"

#include <cstring>

namespace {

constexpr uint32_t orientation_tag = 274, type_short = 3;

// The numbers of a TIFF structure, in the byte order it names; 0 beyond its end.
struct Tiff {
  const uint8_t* bytes;
  size_t size;
  bool little;

  uint32_t number(size_t at, size_t count) const {
    if (at > size || size - at < count) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) value = value << 8 | bytes[at + (little ? count - 1 - i : i)];
    return value;
  }
};

}  // namespace

int exif_orientation(const uint8_t* bytes, size_t size) {
  if (size < 8 || (std::memcmp(bytes, "II*\0", 4) != 0 && std::memcmp(bytes, "MM\0*", 4) != 0)) return 1;
  const Tiff tiff{bytes, size, bytes[0] == 'I'};
  const size_t directory = tiff.number(4, 4), entries = tiff.number(directory, 2);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * i;
    if (tiff.number(entry, 2) != orientation_tag) continue;
    const uint32_t value = tiff.number(entry + 8, 2);
    return tiff.number(entry + 2, 2) == type_short && value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}
