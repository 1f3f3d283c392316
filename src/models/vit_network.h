// The network of a vision transformer.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "models/architecture.h"

namespace dlrun {

// The fields of the architecture vit, which say what they are.
struct VitOptions {
  int64_t patch_size = 16;
  int64_t layers = 12, heads = 3, width = 192;
  std::optional<int64_t> mlp_width;
  double mlp_ratio = 4.0;
  std::string activation = "gelu";
  double dropout = 0.0, attention_dropout = 0.0, drop_path = 0.0;
  std::optional<double> layer_scale;
  int64_t register_tokens = 0;
  std::string pool = "class_token";
  std::optional<int64_t> representation_size;
  std::string norm = "layer";
  double norm_eps = 1e-6;

  int64_t hidden() const {
    return mlp_width.value_or(
        std::max<int64_t>(1, static_cast<int64_t>(std::llround(static_cast<double>(width) * mlp_ratio))));
  }
  bool has_class_token() const { return pool == "class_token"; }
};

struct PatchGrid {
  int64_t rows = 0, columns = 0;
  int64_t count() const { return rows * columns; }
};

// A SimpleNetwork and Encoder: pictures [N, channels, rows patch_size, columns patch_size] -> [N, outputs], or
// [N, width] where `outputs` is 0. Throws UserError(bad_data) for pictures of another size.
std::shared_ptr<Network> make_vit(const VitOptions& options, int64_t channels, PatchGrid grid, int64_t outputs);
// Of a network made so.
PatchGrid grid_of(const Network& vit);

}  // namespace dlrun
