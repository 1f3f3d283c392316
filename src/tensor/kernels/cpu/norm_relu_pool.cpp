// Batch normalisation, ReLU and max pooling as one: the loops, over plain pointers.
//
// Written once with the compiler's vector types. Sums are formed per chunk of pixels in single precision, then over
// chunks in double.

#include "tensor/kernels/cpu/norm_relu_pool.h"

#include <algorithm>
#include <vector>

#include "tensor/kernels/cpu/versions.h"

namespace dlrun::cpu {
namespace {

using Floats [[gnu::vector_size(64)]] = float;
static_assert(sizeof(Floats) == lanes * sizeof(float));

constexpr int64_t chunk = 256;  // pixels: 16 channels of them fit into the first-level cache

// Vectors are passed by reference: by value they would be passed differently on each instruction set.
[[gnu::always_inline]] inline void load(Floats& value, const float* from) {
  __builtin_memcpy(&value, from, sizeof value);
}
[[gnu::always_inline]] inline void store(float* to, const Floats& value) { __builtin_memcpy(to, &value, sizeof value); }

int64_t chunks(int64_t pixels) { return (pixels + chunk - 1) / chunk; }

// Mean and sum of squared deviations of each chunk and channel.
struct ChunkMoments {
  const float* input;
  int64_t pixels, channels;
  float *means, *squares;  // [chunks, channels]

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t count = std::min(chunk, pixels - i * chunk);
      for (int64_t c = 0; c < channels; c += lanes) {
        const float* from = input + i * chunk * channels + c;
        Floats value, sum{}, mean, square{};
        for (int64_t p = 0; p < count; ++p) {
          load(value, from + p * channels);
          sum += value;
        }
        mean = sum / static_cast<float>(count);
        for (int64_t p = 0; p < count; ++p) {
          load(value, from + p * channels);
          value -= mean;
          square += value * value;
        }
        store(means + i * channels + c, mean);
        store(squares + i * channels + c, square);
      }
    }
  }
};

template <int64_t pool>
struct ScaleReluPool {
  Images images;
  const float *input, *scale, *shift;
  float *output, *chosen;

  // One index is one row of windows.
  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    const int64_t channels = images.channels, row = images.width * channels;
    const int64_t height = images.pooled_height(), width = images.pooled_width();
    for (int64_t i = begin; i < end; ++i) {
      const float* from = input + (i / height * images.height + i % height * pool) * row;
      for (int64_t x = 0; x < width; ++x, from += pool * channels)
        window(from, row, output + (i * width + x) * channels, chosen + (pool > 1 ? (i * width + x) * channels : 0));
    }
  }

  // A plain loop: the compiler turns its choices into masks, those between vectors of 64 bytes it takes apart.
  [[gnu::always_inline]] void window(const float* from, int64_t row, float* to, float* to_chosen) const {
    const int64_t channels = images.channels;
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; ++c) {
      float best_value = from[c], best = best_value * scale[c] + shift[c];
#pragma GCC unroll 4
      for (int64_t k = 1; k < pool * pool; ++k) {
        const float value = from[k / pool * row + k % pool * channels + c];
        const float z = value * scale[c] + shift[c];
        best_value = z > best ? value : best_value;
        best = z > best ? z : best;
      }
      to[c] = best < 0 ? 0 : best;  // Not a number stays what it is.
      if (pool > 1) to_chosen[c] = best_value;
    }
  }
};

// The two sums of each chunk of windows and channel.
struct ChunkGradients {
  const float *gradient, *chosen, *scale, *shift, *mean;
  int64_t pixels, channels;
  float *sums, *products;  // [chunks, channels]

  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t count = std::min(chunk, pixels - i * chunk);
      for (int64_t c = 0; c < channels; c += lanes) {
        int64_t at = i * chunk * channels + c;
        Floats factor, summand, average, value, incoming, sum{}, product{};
        load(factor, scale + c);
        load(summand, shift + c);
        load(average, mean + c);
        for (int64_t p = 0; p < count; ++p, at += channels) {
          load(value, chosen + at);
          load(incoming, gradient + at);
          incoming = value * factor + summand > 0 ? incoming : Floats{};
          sum += incoming;
          product += incoming * (value - average);
        }
        store(sums + i * channels + c, sum);
        store(products + i * channels + c, product);
      }
    }
  }
};

template <int64_t pool>
struct InputGradients {
  Images images;
  InputGradient from;
  float* result;

  // One index is one row of windows, or the rows left over below the last.
  [[gnu::always_inline]] void operator()(int64_t begin, int64_t end) const {
    const int64_t channels = images.channels, row = images.width * channels;
    const int64_t height = images.pooled_height(), width = images.pooled_width();
    const int64_t rows = (images.height + pool - 1) / pool;
    for (int64_t i = begin; i < end; ++i) {
      const int64_t image = i / rows, y = i % rows;
      int64_t at = (image * images.height + y * pool) * row;
      if (y == height) {
        for (int64_t x = 0; x < images.width; ++x, at += channels) outside(at);
        continue;
      }
      int64_t window = (image * height + y) * width * channels;
      for (int64_t x = 0; x < width; ++x, at += pool * channels, window += channels) inside(at, window);
      for (int64_t x = width * pool; x < images.width; ++x, at += channels)
        for (int64_t k = 0; k < pool; ++k) outside(at + k * row);
    }
  }

  // The pixels of one window.
  [[gnu::always_inline]] void inside(int64_t at, int64_t window) const {
    const int64_t channels = images.channels, row = images.width * channels;
    const float *input = from.input + at, *chosen = from.chosen + window, *gradient = from.gradient + window;
    const float *scale = from.scale, *shift = from.shift, *mean = from.mean, *slope = from.slope, *offset = from.offset;
    float* to = result + at;
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; ++c) {
      const float best = chosen[c];
      float incoming = best * scale[c] + shift[c] > 0 ? gradient[c] * scale[c] : 0.0f;
#pragma GCC unroll 4
      for (int64_t k = 0; k < pool * pool; ++k) {
        const int64_t pixel = k / pool * row + k % pool * channels + c;
        const float value = input[pixel];
        const float mine = value == best ? incoming : 0.0f;
        incoming = value == best ? 0.0f : incoming;  // Taken: the first of equals is the one chosen.
        to[pixel] = mine + ((value - mean[c]) * slope[c] + offset[c]);
      }
    }
  }

  // A pixel of no window.
  [[gnu::always_inline]] void outside(int64_t at) const {
    for (int64_t c = 0; c < images.channels; c += lanes) {
      Floats average, slope, offset, value;
      load(average, from.mean + c);
      load(slope, from.slope + c);
      load(offset, from.offset + c);
      load(value, from.input + at + c);
      store(result + at + c, (value - average) * slope + offset);
    }
  }
};

// Indices for about 32,000 numbers each, so that small images are not handed to threads.
int64_t grain_of_rows(const Images& images) {
  return 32768 / std::max<int64_t>(1, images.pool * images.width * images.channels);
}

}  // namespace

void channel_moments(const Images& images, const float* input, float* mean, float* variance) {
  const int64_t channels = images.channels, pixels = images.pixels(), parts = chunks(pixels);
  std::vector<float> sums(static_cast<size_t>(2 * parts * channels));
  float *means = sums.data(), *squares = means + parts * channels;
  run(ChunkMoments{input, pixels, channels, means, squares}, parts, 32768 / (chunk * channels));
  for (int64_t c = 0; c < channels; ++c) {
    double average = 0.0, square = 0.0;
    for (int64_t i = 0; i < parts; ++i)
      average +=
          static_cast<double>(means[i * channels + c]) * static_cast<double>(std::min(chunk, pixels - i * chunk));
    average /= static_cast<double>(pixels);
    for (int64_t i = 0; i < parts; ++i) {
      const double distance = means[i * channels + c] - average;
      square +=
          squares[i * channels + c] + distance * distance * static_cast<double>(std::min(chunk, pixels - i * chunk));
    }
    mean[c] = static_cast<float>(average);
    variance[c] = static_cast<float>(square / static_cast<double>(pixels));
  }
}

void scale_relu_pool(const Images& images, const float* input, const float* scale, const float* shift, float* output,
                     float* chosen) {
  const int64_t rows = images.batch * images.pooled_height();
  if (images.pool == 1)
    run(ScaleReluPool<1>{images, input, scale, shift, output, chosen}, rows, grain_of_rows(images));
  else
    run(ScaleReluPool<2>{images, input, scale, shift, output, chosen}, rows, grain_of_rows(images));
}

void gradient_sums(const Images& images, const float* gradient, const float* chosen, const float* scale,
                   const float* shift, const float* mean, float* sum, float* product) {
  const int64_t channels = images.channels;
  const int64_t pixels = images.batch * images.pooled_height() * images.pooled_width(), parts = chunks(pixels);
  std::vector<float> memory(static_cast<size_t>(2 * parts * channels));
  float *sums = memory.data(), *products = sums + parts * channels;
  run(ChunkGradients{gradient, chosen, scale, shift, mean, pixels, channels, sums, products}, parts,
      32768 / (chunk * channels));
  for (int64_t c = 0; c < channels; ++c) {
    double total = 0.0, total_product = 0.0;
    for (int64_t i = 0; i < parts; ++i) {
      total += sums[i * channels + c];
      total_product += products[i * channels + c];
    }
    sum[c] = static_cast<float>(total);
    product[c] = static_cast<float>(total_product);
  }
}

void input_gradient(const Images& images, const InputGradient& from, float* result) {
  const int64_t rows = images.batch * ((images.height + images.pool - 1) / images.pool);
  if (images.pool == 1)
    run(InputGradients<1>{images, from, result}, rows, grain_of_rows(images));
  else
    run(InputGradients<2>{images, from, result}, rows, grain_of_rows(images));
}

}  // namespace dlrun::cpu
