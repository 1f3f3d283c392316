// Where decoders put their pixels: planes of one number for each pixel, turned as the picture is to be shown.

#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "data/plugins/images_abi.h"

constexpr int64_t picture_pixel_limit = int64_t{1} << 27;  // 134 million: beyond it a small file is an attack

// Rows come as they are stored, from above; every number of a plane is written once all rows were put.
class Planes {
 public:
  // `height` and `width` as stored; `orientation` is 1 to 8 as in Exif.
  Planes(const dlrun_decode_options& options, int orientation, int height, int width)
      : channels_(options.channels),
        deep_(options.deep != 0),
        orientation_(orientation),
        height_(height),
        width_(width) {}

  // False: there is no room.
  bool make(dlrun_allocate allocate, void* context) {
    const bool on_its_side = orientation_ >= 5;
    numbers_ = allocate(context, channels_, static_cast<int>(on_its_side ? width_ : height_),
                        static_cast<int>(on_its_side ? height_ : width_));
    return numbers_ != nullptr;
  }

  // Row y: interleaved pixels of one (grey) or three (red, green, blue) numbers of the whole range of their type.
  template <class Number>
  void put(int64_t y, const Number* row, int channels) {
    if (deep_)
      put_as(static_cast<uint16_t*>(numbers_), y, row, channels);
    else
      put_as(static_cast<uint8_t*>(numbers_), y, row, channels);
  }

 private:
  // Where the first pixel of a row goes, and how far apart the next ones are.
  struct Line {
    int64_t first, step;
  };
  Line line(int64_t y) const {
    const int64_t right = width_ - 1, below = height_ - 1;
    switch (orientation_) {
      case 2:  // mirrored left to right
        return {y * width_ + right, -1};
      case 3:  // upside down
        return {(below - y) * width_ + right, -1};
      case 4:  // mirrored top to bottom
        return {(below - y) * width_, 1};
      case 5:  // rows become columns
        return {y, height_};
      case 6:  // a quarter clockwise
        return {below - y, height_};
      case 7:  // rows become columns, from the other corner
        return {right * height_ + below - y, -height_};
      case 8:  // a quarter anticlockwise
        return {right * height_ + y, -height_};
      default:
        return {y * width_, 1};
    }
  }

  template <class To, class From>
  static To converted(From value) {
    if constexpr (sizeof(To) > sizeof(From)) return static_cast<To>(value * 257);
    if constexpr (sizeof(To) < sizeof(From)) return static_cast<To>((value * 255u + 32895u) >> 16);  // rounds v / 257
    return static_cast<To>(value);
  }

  // As libjpeg weighs them, in 1/65536.
  template <class Number>
  static Number grey(const Number* pixel) {
    return static_cast<Number>((19595u * pixel[0] + 38470u * pixel[1] + 7471u * pixel[2] + 32768u) >> 16);
  }

  // Four loops: with the step known and the channels written side by side they run four times as fast.
  template <class To, class From>
  void put_as(To* planes, int64_t y, const From* row, int channels) {
    const auto [first, step] = line(y);
    const int64_t plane = height_ * width_;
    if (channels_ == 1) {
      To* to = planes + first;
      for (int64_t x = 0; x < width_; ++x, to += step) *to = converted<To>(channels == 1 ? row[x] : grey(row + 3 * x));
    } else if (channels == 1) {
      To *red = planes + first, *green = red + plane, *blue = green + plane;
      for (int64_t x = 0; x < width_; ++x) red[x * step] = green[x * step] = blue[x * step] = converted<To>(row[x]);
    } else if (step == 1) {
      To *red = planes + first, *green = red + plane, *blue = green + plane;
      for (int64_t x = 0; x < width_; ++x) {
        red[x] = converted<To>(row[3 * x]);
        green[x] = converted<To>(row[3 * x + 1]);
        blue[x] = converted<To>(row[3 * x + 2]);
      }
    } else {
      for (int64_t c = 0; c < 3; ++c) {
        To* to = planes + c * plane + first;
        for (int64_t x = 0; x < width_; ++x) to[x * step] = converted<To>(row[3 * x + c]);
      }
    }
  }

  void* numbers_ = nullptr;
  int channels_;
  bool deep_;
  int orientation_;
  int64_t height_, width_;
};
