// Runs as a picture of text.

#pragma once

#include <string>
#include <vector>

#include "base/terminal.h"
#include "watch/watched_run.h"

namespace dlrun {

// A paragraph for each run: its state and how far it is, then a line for each series: the last value, the least and the
// greatest, and its course where the width leaves room for one. No line is wider than the terminal, whatever its width.
std::string watch_picture(const std::vector<WatchedRun>& runs, const Terminal& terminal);

// Values as a row of `width` blocks of eight heights, the latest at the right; each block is the mean of its share.
std::string sparkline(const std::vector<std::pair<int64_t, double>>& points, int width);

// The first lines of a text that fit, the last of them saying how many are left out.
std::string first_lines(const std::string& text, int lines);

}  // namespace dlrun
