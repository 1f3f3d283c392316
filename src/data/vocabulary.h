// The tokens of text models: characters, or the 256 bytes.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dlrun {

// The 256 bytes by name: printable ones as they are, others as \x0a.
std::vector<std::string> byte_vocabulary();
bool is_byte_vocabulary(const std::vector<std::string>& vocabulary);

// The token that stands for all characters which a vocabulary lacks, where it has one: U+FFFD.
inline constexpr std::string_view unknown_character = "\xEF\xBF\xBD";

// The tokens of a text: its bytes, or the longest match first. Characters that the vocabulary lacks become its
// unknown_character, which is told; without that they throw UserError(bad_data), which names them, and for a text that
// is not UTF-8; `what` begins the message ("prompt").
std::vector<int64_t> tokens_of(const std::string& text, const std::vector<std::string>& vocabulary,
                               const std::string& what);
// The text of tokens; bytes become themselves, valid UTF-8 or not.
std::string text_of(std::span<const int64_t> tokens, const std::vector<std::string>& vocabulary);

}  // namespace dlrun
