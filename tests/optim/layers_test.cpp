// Layers of a network by the names of its parameters, and the rates they get.

#include "optim/layers.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "trajectory.h"

namespace dlrun::layers_test {
namespace {

std::vector<int64_t> layers(const std::vector<std::pair<std::string, int64_t>>& parameters) {
  std::vector<at::Tensor> tensors;
  for (const auto& [name, dimensions] : parameters)
    tensors.push_back(at::zeros(std::vector<int64_t>(static_cast<size_t>(dimensions), 2)));
  std::vector<NamedTensor> slots;
  for (size_t i = 0; i < parameters.size(); ++i) slots.push_back({parameters[i].first, &tensors[i]});
  return layers_of(slots);
}

TEST_CASE("layers are counted by the first number in a name, or by the module") {
  // A vision transformer: timm counts the same, but for the last norm, which it counts to the head.
  CHECK(layers({{"cls_token", 3},
                {"patch_embed.proj.weight", 4},
                {"patch_embed.proj.bias", 1},
                {"blocks.0.norm1.weight", 1},
                {"blocks.0.attn.qkv.weight", 2},
                {"blocks.0.mlp.fc1.weight", 2},
                {"blocks.10.norm1.weight", 1},
                {"blocks.10.attn.qkv.weight", 2},
                {"norm.weight", 1},
                {"head.weight", 2},
                {"head.bias", 1}}) == std::vector<int64_t>{0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3});
  // torchvision's names of the same.
  CHECK(layers({{"class_token", 3},
                {"conv_proj.weight", 4},
                {"encoder.pos_embedding", 3},
                {"encoder.layers.encoder_layer_0.ln_1.weight", 1},
                {"encoder.layers.encoder_layer_0.mlp.0.weight", 2},
                {"encoder.layers.encoder_layer_0.mlp.3.weight", 2},
                {"encoder.layers.encoder_layer_10.ln_1.weight", 1},
                {"encoder.layers.encoder_layer_10.self_attention.in_proj_weight", 2},
                {"encoder.ln.weight", 1},
                {"heads.head.weight", 2}}) == std::vector<int64_t>{0, 0, 0, 1, 1, 1, 2, 2, 2, 3});
  // A residual network, whose norms go with the convolution before them.
  CHECK(layers({{"conv1.weight", 4},
                {"bn1.weight", 1},
                {"layer1.0.conv1.weight", 4},
                {"layer1.0.bn1.weight", 1},
                {"layer1.1.conv1.weight", 4},
                {"fc.weight", 2},
                {"fc.bias", 1}}) == std::vector<int64_t>{0, 0, 1, 1, 2, 3, 3});
}

TEST_CASE("what comes before the first weight belongs to it, and a network of vectors alone is one layer") {
  CHECK(layers({{"norm.weight", 1}, {"fc.weight", 2}, {"out.weight", 2}}) == std::vector<int64_t>{0, 0, 1});
  CHECK(layers({{"scale", 1}, {"shift", 1}}) == std::vector<int64_t>{0, 0});
  CHECK(layers({}).empty());
}

TEST_CASE("layer_decay is one factor more for each layer that is further from the output") {
  const auto weights = [](const std::string& yaml) {
    const test::OptimizerHolder holder(yaml);
    return test::trajectory(*holder.optimizer);
  };
  // a, b and c are three layers; a group's lr_scale is a factor beside.
  const auto decayed = weights("{type: sgd, lr: 0.02, layer_decay: 0.5}");
  const auto grouped =
      weights("{type: sgd, lr: 0.02, groups: [{match: '^a', lr_scale: 0.25}, {match: '^b', lr_scale: 0.5}]}");
  const auto both = weights("{type: sgd, lr: 0.02, layer_decay: 0.5, groups: [{match: '^a', lr_scale: 4}]}");
  const auto plain = weights("{type: sgd, lr: 0.02}");
  for (const char* name : {"a.weight", "a.bias", "b.weight", "c.weight"}) {
    INFO(name);
    CHECK(at::equal(decayed.at(name), grouped.at(name)));
  }
  CHECK(at::equal(both.at("a.bias"), plain.at("a.bias")));
  CHECK(at::equal(both.at("b.weight"), decayed.at("b.weight")));
  CHECK_FALSE(at::equal(decayed.at("a.weight"), plain.at("a.weight")));
}

}  // namespace
}  // namespace dlrun::layers_test
