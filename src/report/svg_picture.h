// SVG as PNG: by librsvg and cairo, loaded by name where a picture is wanted.

#pragma once

#include <string>

namespace dlrun {

// Why there can be no PNG here; empty where there can.
std::string png_problem();

// The picture in its own size times `scale`, on its own ground; bytes of a PNG file. Throws UserError(no_input) where
// the libraries are missing, bad_data where they cannot read it.
std::string png_of_svg(const std::string& svg, double scale);

}  // namespace dlrun
