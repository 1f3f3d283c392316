// Text and bytes inside XML and HTML.

#pragma once

#include <string>
#include <string_view>

namespace dlrun {

// For text, and for attributes in double quotes.
std::string escaped(std::string_view text);
// RFC 4648.
std::string base64(std::string_view bytes);

}  // namespace dlrun
