// The one way an architecture says that its parameters do not fit the data.

#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace dlrun {

// "architecture.<parameter>: <message>", exit code 78.
[[noreturn]] void shape_error(const std::string& parameter, const std::string& message);

// "[3, 32, 32]"
std::string shape_text(const std::vector<int64_t>& shape);

// Throws unless `input` is [C, H, W] (or, for rows, has at least one number) and holds no token ids.
struct Shapes;
void expect_images(const std::string& type, const Shapes& shapes);
void expect_numbers(const std::string& type, const Shapes& shapes);
// Throws unless one answer for each sample is asked for; the two above include it.
void expect_per_sample(const std::string& type, const Shapes& shapes);

}  // namespace dlrun
