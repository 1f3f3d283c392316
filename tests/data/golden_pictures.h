// The pictures of golden/data/images.json, and what cameras write into such.

#pragma once

#include <ATen/ATen.h>
#include <zlib.h>

#include <string>

#include "golden.h"

namespace dlrun::test {

inline std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

// [C][H][W] -> int64
inline at::Tensor pixels_of(const nlohmann::json& planes) {
  std::vector<int64_t> flat;
  for (const nlohmann::json& plane : planes)
    for (const nlohmann::json& row : plane)
      for (const nlohmann::json& value : row) flat.push_back(value.get<int64_t>());
  const auto channels = static_cast<int64_t>(planes.size()), height = static_cast<int64_t>(planes[0].size());
  return at::tensor(flat).view({channels, height, -1});
}

// "png", "deep", "jpeg" or "noise" -> name -> the file.
inline std::string golden_picture(const char* group, const char* name) {
  const nlohmann::json kind = read_golden("data/images")[group][name];
  return from_hex(kind.is_string() ? kind : kind["hex"]);
}

inline std::string big_endian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

inline uint32_t checksum(const std::string& bytes) {
  return static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

// A TIFF structure that says how a picture is to be turned: of little-endian numbers after an entry of another kind, or
// of big-endian ones alone.
inline std::string exif(int orientation, bool little) {
  const char way = static_cast<char>(orientation);
  if (little)
    return std::string("II*\0\x08\0\0\0\x02\0", 10) + std::string("\x0F\x01\x02\0\x01\0\0\0x\0\0\0", 12) +
           std::string("\x12\x01\x03\0\x01\0\0\0", 8) + way + std::string("\0\0\0\0\0\0\0", 7);
  return std::string("MM\0*\0\0\0\x08\0\x01", 10) + std::string("\x01\x12\0\x03\0\0\0\x01\0", 9) + way +
         std::string("\0\0\0\0\0\0", 6);
}

// A JPEG with such a note behind its first mark.
inline std::string jpeg_turned(const std::string& jpeg, int orientation, bool little = false) {
  const std::string note = std::string("Exif\0\0", 6) + exif(orientation, little);
  const std::string marker = std::string("\xFF\xE1\0", 3) + static_cast<char>(note.size() + 2);
  return jpeg.substr(0, 2) + marker + note + jpeg.substr(2);
}

// A PNG with one more chunk behind its header.
inline std::string png_with(const std::string& png, const std::string& kind, const std::string& data) {
  const std::string body = kind + data;
  const size_t behind_header = 33;
  return png.substr(0, behind_header) + big_endian(static_cast<uint32_t>(data.size())) + body +
         big_endian(checksum(body)) + png.substr(behind_header);
}

}  // namespace dlrun::test
