// What tests of Meta kernels share: cases of operators, run on real tensors and on tensors without values.

#pragma once

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <functional>
#include <vector>

namespace dlrun::test {

using Tensors = std::vector<at::Tensor>;
using To = std::function<at::Tensor(const at::Tensor&)>;

// What an operator gives for inputs that `to` puts on a device. Inputs are made anew, so that both sides see the same.
struct Case {
  const char* name;
  std::function<Tensors(const To& to)> run;
};

inline Tensors list(const std::tuple<at::Tensor, at::Tensor>& two) { return {std::get<0>(two), std::get<1>(two)}; }
inline Tensors list(const std::tuple<at::Tensor, at::Tensor, at::Tensor>& three) {
  return {std::get<0>(three), std::get<1>(three), std::get<2>(three)};
}

// The gradients of `x` for the sum of what `function` makes of them.
inline Tensors gradients(const std::function<at::Tensor(const Tensors& x)>& function, Tensors x) {
  for (at::Tensor& one : x) one = one.detach().requires_grad_();
  const at::Tensor output = function(x);
  (output.numel() == 1 ? output : output.sum()).backward();
  Tensors result = {output.detach()};
  for (const at::Tensor& one : x) result.push_back(one.grad());
  return result;
}

inline at::Tensor images(int64_t channels = 6, at::MemoryFormat format = at::MemoryFormat::Contiguous) {
  return at::rand({3, channels, 9, 7}).contiguous(format);
}
inline at::Tensor matrix() { return at::rand({5, 8}); }
inline at::Tensor transposed() { return at::rand({8, 5}).t(); }
inline at::Tensor classes(at::IntArrayRef sizes, int64_t count) { return at::randint(count, sizes, at::kLong); }
inline constexpr auto last = at::MemoryFormat::ChannelsLast;

inline at::Tensor without_values(const at::Tensor& tensor) {
  return at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kMeta));
}

// The same sizes, strides and types on both sides, all without values on one.
template <size_t count>
void compare(const Case (&cases)[count]) {
  for (const Case& one : cases) {
    INFO(one.name);
    const Tensors real = one.run([](const at::Tensor& tensor) { return tensor; });
    const Tensors meta = one.run(&without_values);
    REQUIRE(real.size() == meta.size());
    for (size_t i = 0; i < real.size(); ++i) {
      INFO("result " << i);
      REQUIRE(real[i].defined() == meta[i].defined());
      if (!real[i].defined()) continue;
      CHECK(meta[i].is_meta());
      CHECK(real[i].sizes() == meta[i].sizes());
      for (int64_t d = 0; d < real[i].dim(); ++d)
        if (real[i].size(d) > 1) CHECK(real[i].stride(d) == meta[i].stride(d));  // Others are never taken.
      CHECK(real[i].scalar_type() == meta[i].scalar_type());
    }
  }
}

}  // namespace dlrun::test
