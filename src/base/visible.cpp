// Text from files and names, without power over the terminal.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/terminal.h"
#include "base/text.h"

namespace dlrun {
namespace {

// The code point that begins at `at`, of valid UTF-8, and how many bytes it takes.
std::pair<uint32_t, size_t> code_point(std::string_view text, size_t at) {
  const auto byte = [&](size_t offset) { return static_cast<uint32_t>(static_cast<unsigned char>(text[at + offset])); };
  const uint32_t first = byte(0);
  const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length == 1) return {first, 1};
  uint32_t point = first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) point = point << 6 | (byte(i) & 0x3F);
  return {point, length};
}

bool harmless(uint32_t point, bool lines) {
  if (point < 0x20) return point == '\t' || (lines && point == '\n');
  if (point >= 0x7F && point < 0xA0) return false;
  const bool turns = point == 0x061C || point == 0x200E || point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
                     (point >= 0x2066 && point <= 0x2069);
  return !turns;
}

}  // namespace

std::string visible(std::string_view text, bool lines) {
  std::string result;
  result.reserve(text.size());
  size_t valid = std::min(invalid_utf8(text), text.size());  // up to here it is UTF-8
  for (size_t at = 0; at < text.size();) {
    if (at == valid) {
      result += fmt::format("\\x{:02X}", static_cast<unsigned char>(text[at++]));
      valid = at + std::min(invalid_utf8(text.substr(at)), text.size() - at);
      continue;
    }
    const auto [point, length] = code_point(text, at);
    if (harmless(point, lines))
      result += text.substr(at, length);
    else
      result += point < 0x100 ? fmt::format("\\x{:02X}", point) : fmt::format("\\u{:04X}", point);
    at += length;
  }
  return result;
}

}  // namespace dlrun
