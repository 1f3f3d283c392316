// Text: splitting, joining, wrapping, numbers as text, and the word somebody probably meant.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dlrun {

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// "a, b or c".
std::string join_or(const std::vector<std::string>& parts);
std::string lower(std::string_view text);

// Edit distance where an insertion, a deletion, a replacement or a swap of neighbours counts one
// (optimal string alignment, Damerau 1964). Bytes, not characters.
int edit_distance(std::string_view a, std::string_view b);

// The candidate somebody who wrote `word` probably meant: at most a third of its letters wrong (always one), the
// closest, the first of equals. Empty when nothing is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// The shortest decimal text that reads back as exactly this value: "0.1", "1e-8", "inf", "-inf", "nan".
std::string number_text(double value);

// Breaks at spaces so that no line is longer than `width` columns where words allow it; every line but the first starts
// with `indent` spaces, which count.
std::string wrap(std::string_view text, int width, int indent = 0);

// Columns of a terminal that a UTF-8 text takes: two for letters of East Asia, none for marks on others.
int text_width(std::string_view text);

// The offset of the first byte that is not valid UTF-8; npos when all is well.
size_t invalid_utf8(std::string_view text);

}  // namespace dlrun
