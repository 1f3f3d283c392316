// Size, encoding, invisible characters and tabs of a text.

#include "spec/encoding.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "spec/tree.h"

namespace dlrun {
namespace {

std::optional<TextProblem> check_encoding(const std::string& text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return TextProblem{0, "is UTF-16; save it as UTF-8"};
  const size_t at = invalid_utf8(text);
  if (at == std::string::npos) return std::nullopt;
  char message[64];
  std::snprintf(message, sizeof message, "byte 0x%02X is not UTF-8; save the file as UTF-8",
                static_cast<unsigned char>(text[at]));
  return TextProblem{at, message};
}

std::optional<TextProblem> check_characters(const std::string& text) {
  for (size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if ((c >= 0x20 && c != 0x7F) || c == '\n' || c == '\t') continue;
    if (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n') continue;
    char message[80];
    std::snprintf(message, sizeof message, "invisible character 0x%02X; write \"\\x%02X\" in double quotes", c, c);
    return TextProblem{at, message};
  }
  return std::nullopt;
}

}  // namespace

Lines::Lines(const std::string& text) : text_(text) {
  starts_.push_back(0);
  for (size_t at = 0; at < text.size(); ++at)
    if (text[at] == '\n') starts_.push_back(at + 1);
}

int Lines::line(size_t offset) const {
  return static_cast<int>(std::upper_bound(starts_.begin(), starts_.end(), offset) - starts_.begin());
}

int Lines::column(size_t offset) const {
  const size_t start = starts_[static_cast<size_t>(line(offset) - 1)];
  const std::string_view before = std::string_view(text_).substr(start, offset - start);
  // Letters, as editors count them.
  return static_cast<int>(
             std::count_if(before.begin(), before.end(), [](char byte) { return (byte & 0xC0) != 0x80; })) +
         1;
}

size_t Lines::offset(int line, int byte_column) const {
  if (line < 0 || static_cast<size_t>(line) >= starts_.size()) return text_.size();
  return std::min(starts_[static_cast<size_t>(line)] + static_cast<size_t>(std::max(byte_column, 0)), text_.size());
}

std::optional<TextProblem> check_text(const std::string& text) {
  if (text.size() > max_text_bytes)
    return TextProblem{0, "is longer than the " + std::to_string(max_text_bytes / 1024) + " KiB a recipe may have"};
  if (auto problem = check_encoding(text)) return problem;
  return check_characters(text);
}

// Editors show a tab as any number of spaces, so what it indents is a guess.
std::optional<TextProblem> check_tabs(const std::string& text, const std::vector<TextLines>& texts) {
  auto lines = texts.begin();
  for (size_t start = 0; start < text.size(); start = text.find('\n', start) + 1) {
    const size_t tab = text.find_first_not_of(' ', start), content = text.find_first_not_of(" \t\r", start);
    const bool blank = content == std::string::npos || text[content] == '\n';
    while (lines != texts.end() && lines->end <= start) ++lines;
    const bool in_text = lines != texts.end() && lines->begin < start && tab - start >= lines->spaces;
    if (!blank && !in_text && text[tab] == '\t')
      return TextProblem{tab, "a tab in the indentation; YAML indents by spaces"};
    if (text.find('\n', start) == std::string::npos) break;
  }
  return std::nullopt;
}

}  // namespace dlrun
