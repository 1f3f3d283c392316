// Weights: strict loading, what does not fit, tied tensors.

#include "run/weights.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "base/error.h"

namespace dlrun::weights_test {
namespace {

struct Slots {
  at::Tensor weight = at::zeros({2, 3}), bias = at::zeros({2}), count = at::zeros({}, at::kLong), tied = weight;
  std::vector<NamedTensor> list = {{"weight", &weight}, {"bias", &bias}, {"count", &count}, {"head.weight", &tied}};
};

TensorList good() {
  return {{"bias", at::full({2}, 2.0)}, {"weight", at::full({2, 3}, 3.0)}, {"count", at::full({}, 5, at::kLong)}};
}

std::string message(const Slots& slots, const TensorList& tensors, Fit fit = Fit::exact) {
  try {
    load_weights(slots.list, tensors, "w.safetensors", fit);
    return "";
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    return error.what();
  }
}

TEST_CASE("weights load by name, tied ones once") {
  Slots slots;
  void* memory = slots.weight.data_ptr();
  WeightsReport report = load_weights(slots.list, good(), "w");
  CHECK(report.fits());
  CHECK(at::equal(slots.weight, at::full({2, 3}, 3.0)));
  CHECK(at::equal(slots.tied, slots.weight));
  CHECK(slots.weight.data_ptr() == memory);  // Copied, so that flat buffers keep their views.
  CHECK(slots.count.item<int64_t>() == 5);
  TensorList values = values_of(slots.list);
  REQUIRE(values.size() == 3);
  CHECK(values[0].first == "weight");
  CHECK(values[2].first == "count");
}

TEST_CASE("parameters that require gradients can be loaded") {
  Slots slots;
  slots.weight.set_requires_grad(true);
  load_weights(slots.list, good(), "w");
  CHECK(slots.weight.requires_grad());
  CHECK(slots.weight.is_leaf());
  CHECK_FALSE(values_of(slots.list)[0].second.requires_grad());
}

TEST_CASE("everything that does not fit is told at once, and nothing is copied") {
  Slots slots;
  CHECK(message(slots, {{"weight", at::ones({3, 2})}, {"bais", at::ones({2})}, {"count", at::ones({}, at::kFloat)}}) ==
        "w.safetensors: these weights do not fit the network:\n"
        "  missing in the file (1):\n"
        "    bias\n"
        "  not part of the network (1):\n"
        "    bais\n"
        "  different (2):\n"
        "    weight: [3, 2] in the file, [2, 3] in the network\n"
        "    count: Float in the file, Long in the network");
  CHECK(slots.weight.sum().item<double>() == 0);
}

TEST_CASE("long lists are cut") {
  TensorList tensors = good();
  for (int i = 0; i < 25; ++i) tensors.emplace_back("extra." + std::to_string(i), at::ones({1}));
  std::string text = message(Slots(), tensors);
  CHECK(text.find("not part of the network (25):") != std::string::npos);
  CHECK(text.ends_with("    extra.9\n    and 15 more"));
}

TEST_CASE("tied weights given twice must agree") {
  Slots slots;
  TensorList tensors = good();
  tensors.emplace_back("head.weight", at::full({2, 3}, 3.0));
  CHECK(message(slots, tensors).empty());
  tensors.back().second = at::full({2, 3}, 4.0);
  CHECK(message(slots, tensors).find("head.weight: tied to weight, but the file has two different values") !=
        std::string::npos);
  // One name is enough, whichever.
  TensorList other = good();
  other[1].first = "head.weight";
  CHECK(message(slots, other).empty());
}

TEST_CASE("floating-point types convert") {
  Slots slots;
  TensorList tensors = good();
  for (auto& [name, tensor] : tensors)
    tensor = tensor.is_floating_point() ? tensor.to(at::kBFloat16) : tensor.to(at::kInt);
  CHECK(message(slots, tensors).empty());
  CHECK(slots.weight.scalar_type() == at::kFloat);
  CHECK(at::equal(slots.weight, at::full({2, 3}, 3.0)));
}

TEST_CASE("with another head, what fits is copied and the rest stays") {
  Slots slots;
  WeightsReport report =
      load_weights(slots.list, {{"weight", at::ones({2, 3})}, {"bias", at::ones({7})}}, "w", Fit::matching);
  CHECK(report.different == std::vector<std::string>{"bias: [7] in the file, [2] in the network"});
  CHECK(report.missing == std::vector<std::string>{"count"});
  CHECK(at::equal(slots.weight, at::ones({2, 3})));
  CHECK(slots.bias.sum().item<double>() == 0);
  CHECK_FALSE(message(slots, {{"other", at::ones({1})}}, Fit::matching).empty());
}

}  // namespace
}  // namespace dlrun::weights_test
