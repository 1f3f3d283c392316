// The orientation that a camera notes in a picture (Exif 2.32, tag 274).

#pragma once

#include <cstddef>
#include <cstdint>

// `bytes`: the note's TIFF structure. 1 to 8; 1 where it is damaged or says nothing.
int exif_orientation(const uint8_t* bytes, size_t size);
