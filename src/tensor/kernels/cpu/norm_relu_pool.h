// Batch normalisation, ReLU and max pooling as one: the loops, over plain pointers.

#pragma once

#include <cstdint>

namespace dlrun::cpu {

// Images are [batch, height, width, channels] float, dense, channels innermost and a multiple of `lanes`. Windows are
// squares of `pool` (1 or 2) pixels side by side; rows and columns left over belong to no window, as in max_pool2d.
constexpr int64_t lanes = 16;

struct Images {
  int64_t batch, height, width, channels, pool;
  int64_t pooled_height() const { return height / pool; }
  int64_t pooled_width() const { return width / pool; }
  int64_t pixels() const { return batch * height * width; }
};

// mean, variance [channels]: of every channel over all pixels (variance biased: divided by the number of pixels).
// The sums are formed in the same order whatever the number of threads.
void channel_moments(const Images& images, const float* input, float* mean, float* variance);

// z = scale * x + shift. output [batch, pooled_height, pooled_width, channels] = max(0, largest z of the window);
// chosen, of the same shape: the x that gave it, the first of equals. With pool 1 chosen is the input; pass null.
void scale_relu_pool(const Images& images, const float* input, const float* scale, const float* shift, float* output,
                     float* chosen);

// Sums over the windows whose output is positive of the output's gradient (sum) and of gradient * (chosen - mean)
// (product), [channels], in the same order whatever the number of threads.
void gradient_sums(const Images& images, const float* gradient, const float* chosen, const float* scale,
                   const float* shift, const float* mean, float* sum, float* product);

// result [batch, height, width, channels] = scale * dz + slope * (x - mean) + offset, where dz is the gradient of the
// window's output at its chosen pixel if the output is positive, else 0.
struct InputGradient {
  const float *gradient, *input, *chosen;              // as above
  const float *scale, *shift, *mean, *slope, *offset;  // [channels]
};
void input_gradient(const Images& images, const InputGradient& from, float* result);

}  // namespace dlrun::cpu
