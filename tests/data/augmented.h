// Helpers for the tests of augmentations: a picture, every layout it may have, and an augmentation applied to it.

#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/augmentation.h"
#include "data/components.h"
#include "data/tensor_split.h"

namespace dlrun::test {

// The picture golden/data/picture.py draws, uint8 [3, 37, 50].
inline at::Tensor picture() {
  const at::Tensor y = at::arange(37, at::kLong).unsqueeze(1), x = at::arange(50, at::kLong).unsqueeze(0);
  return at::stack({(3 * x + 5 * y).remainder(256), (x * y).remainder(256), (200 - 4 * x + y).remainder(256)})
      .to(at::kByte);
}

// A float tensor from lists of lists, of their shape.
inline at::Tensor from_json(const nlohmann::json& values) {
  std::vector<double> flat;
  std::vector<int64_t> shape;
  const std::function<void(const nlohmann::json&, size_t)> walk = [&](const nlohmann::json& node, size_t depth) {
    if (!node.is_array()) return flat.push_back(node.get<double>());
    if (shape.size() <= depth) shape.push_back(static_cast<int64_t>(node.size()));
    for (const nlohmann::json& child : node) walk(child, depth + 1);
  };
  walk(values, 0);
  return at::tensor(flat).view(shape);
}

inline std::shared_ptr<Augmentation> augmentation(const std::string& type,
                                                  const nlohmann::json& values = nlohmann::json::object()) {
  return component<Augmentation>(type, values);
}

// What training samples become; the images themselves stay as they are.
inline Batch applied(const Augmentation& augmentation, const at::Tensor& images, uint32_t epoch = 0) {
  Batch batch{{"input", images.clone()}};
  const std::vector<int64_t> samples = all_rows(images.size(0));
  augmentation.apply(batch, {.seed = 5, .epoch = epoch, .samples = samples});
  return batch;
}

inline std::shared_ptr<Split> split_of(const at::Tensor& images) {
  return std::make_shared<TensorSplit>(TensorSplit::Fields{{"input", images}}, all_rows(images.size(0)));
}

// Every layout and type an image may have: its bytes, the same brightness in 16 bits, the same numbers as floats.
inline std::vector<at::Tensor> layouts(const at::Tensor& images) {
  std::vector<at::Tensor> all;
  for (const at::Tensor& one : {images, images.to(at::kInt).mul(257).to(at::kUInt16), images.to(at::kFloat)}) {
    all.push_back(one);
    all.push_back(one.contiguous(at::MemoryFormat::ChannelsLast));
  }
  return all;
}

// The bytes that one of these was made from.
inline at::Tensor eight_bits(const at::Tensor& images) {
  if (images.scalar_type() != at::kUInt16) return images.to(at::kByte);
  return images.to(at::kInt).div(257, "floor").to(at::kByte);
}

// Checks that samples of this shape are refused with this message.
inline void refuses_shape(const char* type, const nlohmann::json& values, const std::vector<int64_t>& shape,
                          const char* message) {
  INFO(message);
  check_error([&] { augmentation(type, values)->output_shape(shape); }, ExitCode::bad_recipe, message);
}

}  // namespace dlrun::test
