// JPEG by libjpeg-turbo.

#pragma once

#include "data/plugins/images_abi.h"

// As dlrun_image_functions::look and decode, of bytes that begin with FF D8.
dlrun_looked look_at_jpeg(const uint8_t* bytes, size_t size, dlrun_picture_facts* facts, const char** problem);
const char* decode_jpeg(const uint8_t* bytes, size_t size, const dlrun_decode_options& options, dlrun_allocate allocate,
                        void* context, dlrun_decode_notes& notes);
