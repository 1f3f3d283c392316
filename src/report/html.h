// Pages: one file that shows everything without a network, in light and dark, on a telephone and on a wide screen.

#pragma once

#include <string>
#include <string_view>

namespace dlrun {

// For text and for attributes in double quotes.
std::string escaped(std::string_view text);
// RFC 4648.
std::string base64(std::string_view bytes);

// A whole page. `title` is plain text, `body` HTML; charts in it (report/line_chart.h) show the values under the
// pointer.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace dlrun
