// Pages: one file that shows everything without a network, in light and dark, on a telephone and on a wide screen.

#pragma once

#include <string>

namespace dlrun {

// A whole page. `title` is plain text, `body` HTML; charts in it (report/line_chart.h) show the values under the
// pointer.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace dlrun
