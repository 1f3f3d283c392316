// Columns of a terminal: letters of East Asia and pictures take two, marks on other letters none.

#pragma once

#include <string_view>

namespace dlrun {

// As many whole letters of a UTF-8 text as `width` columns take; text_width() (base/text.h) says how many it takes.
std::string_view first_columns(std::string_view text, int width);

}  // namespace dlrun
