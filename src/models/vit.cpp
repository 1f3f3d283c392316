// Vision transformer: a picture is a sequence of patches (Dosovitskiy et al. 2021).
//
// Names, numbers and (after the same seed) initial weights are those of torchvision's VisionTransformer: class_token,
// conv_proj.weight, encoder.pos_embedding [1, tokens, width], encoder.layers.encoder_layer_0.ln_1.weight,
// ....self_attention.in_proj_weight, ....mlp.0.weight, encoder.ln.weight, heads.head.weight, which starts at 0. What
// torchvision lacks is as in timm: pictures that are not square, stochastic depth, layer_scale_1 and _2 [width] of each
// block (Touvron et al. 2021), and encoder.register_tokens [1, count, width] (Darcet et al. 2024).

#include <algorithm>
#include <cmath>

#include "models/shape_error.h"
#include "models/vit_network.h"
#include "nn/activation.h"
#include "nn/norm.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Vit final : Architecture, VitOptions {
  std::vector<Field> fields() override {
    return with_common({
        field("patch_size", patch_size, "Pixels of a patch's side; it divides height and width of the pictures.",
              at_least(1)),
        field("layers", layers, "Encoder blocks.", at_least(1)),
        field("heads", heads, "Attention heads of each block; they divide the width.", at_least(1)),
        field("width", width, "Numbers that represent one patch.", at_least(1)),
        field("mlp_width", mlp_width, "Units of the hidden layer in each block; width times mlp_ratio where left open.",
              at_least(1)),
        field("mlp_ratio", mlp_ratio, "See mlp_width; not used where that is given.", more_than(0)),
        field("activation", activation, "Nonlinearity of the hidden layers.", activation_choice()),
        field("dropout", dropout,
              "Chance of zeroing a number of the sequence that enters and of each block's parts while training.",
              between(0, 1)),
        field("attention_dropout", attention_dropout, "Chance that a patch does not see another while training.",
              between(0, 1)),
        field("drop_path", drop_path,
              "Chance that a sample passes each branch of the last block by while training (stochastic depth); it "
              "grows evenly from 0 in the first.",
              between(0, 1), less_than(1)),
        field("layer_scale", layer_scale,
              "What the learned factors of each branch start with (1e-4 or less in deep networks); null: none.",
              more_than(0)),
        field("register_tokens", register_tokens,
              "Learned tokens beside the patches, for what belongs to no place; the answer is not read from them.",
              at_least(0)),
        field("pool", pool, "Where the answer is read from: a learned token in front, or the mean of all patches.",
              one_of("class_token", "mean")),
        field("representation_size", representation_size,
              "Units of a tanh layer before the last one, as in the paper's pretraining; null: none.", at_least(1)),
        field("norm", norm, "Normalisation of the tokens; rms has no bias.", step_norm_choice()),
        field("norm_eps", norm_eps, "Added to variances (or mean squares) by the norms.", more_than(0)),
    });
  }

  std::vector<Relation> relations() const override {
    return {{"heads", "width % heads == 0", "must divide the width"}};
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
  std::optional<Reference> reference(const Shapes& shapes, const Network& network) const override;
  std::vector<std::string> fit_weights(const Network& network, TensorList& tensors) const override;

  Cuts cuts() const override {
    using Along = CutParameters::Along;
    return {{{R"(\.self_attention\.in_proj_(weight|bias)$)", Along::outputs, 0, 3, heads},
             {R"(\.self_attention\.out_proj\.weight$)", Along::inputs, 1, 1, heads},
             {R"(\.mlp\.0\.(weight|bias)$)", Along::outputs, 0},
             {R"(\.mlp\.3\.weight$)", Along::inputs, 1}},
            R"(\.mlp\.2$)"};
  }
  std::string blocks() const override { return R"(^encoder\.layers\.encoder_layer_\d+$)"; }
};

std::shared_ptr<Network> Vit::build(const Shapes& shapes) const {
  expect_images("vit", shapes);
  const std::vector<int64_t>& sizes = shapes.input().sizes;
  if (sizes[1] % patch_size != 0 || sizes[2] % patch_size != 0)
    shape_error("patch_size", "patches of " + std::to_string(patch_size) + " pixels do not tile pictures of " +
                                  std::to_string(sizes[1]) + " x " + std::to_string(sizes[2]) +
                                  "; take a side that divides both, or crop or resize the pictures");
  const PatchGrid grid{sizes[1] / patch_size, sizes[2] / patch_size};
  return make_vit(*this, sizes[0], grid, shapes.outputs);
}

std::optional<Reference> Vit::reference(const Shapes& shapes, const Network&) const {
  Reference reference{"torchvision", "VisionTransformer"};
  const std::vector<int64_t>& sizes = shapes.input().sizes;
  const auto lacks = [&](bool so, const std::string& what, const std::string& setting) {
    if (so && reference.obstacle.empty())
      reference.obstacle = "torchvision's VisionTransformer has no " + what + " (" + setting + ")";
  };
  lacks(sizes[1] != sizes[2], "pictures that are not square", "the data's are " + shape_text(sizes));
  lacks(sizes[0] != 3, "pictures of " + std::to_string(sizes[0]) + " channels", "replace its conv_proj");
  lacks(!has_class_token(), "mean of the patches", "architecture.pool: mean");
  lacks(layer_scale.has_value(), "factors of branches", "architecture.layer_scale");
  lacks(register_tokens > 0, "registers", "architecture.register_tokens");
  lacks(norm != "layer", "other norms than layer norms", "architecture.norm: " + norm);
  lacks(activation != "gelu", "other nonlinearity than gelu", "architecture.activation: " + activation);
  const std::string block = R"(encoder.layers.encoder_layer_$1.)";
  reference.renamed = {
      {R"(^(encoder\.layers\.encoder_layer_\d+\.mlp)\.linear_1\.)", "$1.0."},  // torchvision before 0.14
      {R"(^(encoder\.layers\.encoder_layer_\d+\.mlp)\.linear_2\.)", "$1.3."},
      {R"(^cls_token$)", "class_token"},  // timm
      {R"(^pos_embed$)", "encoder.pos_embedding"},
      {R"(^reg_token$)", "encoder.register_tokens"},
      {R"(^patch_embed\.proj\.)", "conv_proj."},
      {R"(^blocks\.(\d+)\.norm([12])\.)", block + "ln_$2."},
      {R"(^blocks\.(\d+)\.attn\.qkv\.)", block + "self_attention.in_proj_"},
      {R"(^blocks\.(\d+)\.attn\.proj\.)", block + "self_attention.out_proj."},
      {R"(^blocks\.(\d+)\.ls([12])\.gamma$)", block + "layer_scale_$2"},
      {R"(^blocks\.(\d+)\.mlp\.fc1\.)", block + "mlp.0."},
      {R"(^blocks\.(\d+)\.mlp\.fc2\.)", block + "mlp.3."},
      {R"(^norm\.)", "encoder.ln."},
      {R"(^pre_logits\.fc\.)", "heads.pre_logits."},
      {R"(^head\.)", "heads.head."},
  };
  return reference;
}

// The root of a square number; 0 of others.
int64_t square_root(int64_t number) {
  const auto root = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(std::max<int64_t>(0, number)))));
  return root * root == number ? root : 0;
}

// [1, side * side, width] -> [1, grid, width], by torchvision's interpolate_embeddings.
at::Tensor stretched(const at::Tensor& positions, int64_t side, const PatchGrid& grid) {
  const at::Tensor map = positions.to(at::kFloat).transpose(1, 2).unflatten(2, {side, side});
  return at::upsample_bicubic2d(map, {grid.rows, grid.columns}, /*align_corners=*/true).flatten(2).transpose(1, 2);
}

// The positions of a file are those of a square grid, behind that of a class token or (timm's no_embed_class) without.
std::vector<std::string> Vit::fit_weights(const Network& network, TensorList& tensors) const {
  const PatchGrid grid = grid_of(network);
  const int64_t front = has_class_token() ? 1 : 0;
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [](const auto& each) { return each.first == "encoder.pos_embedding"; });
  if (found == tensors.end() || found->second.dim() != 3 || found->second.size(0) != 1) return {};
  const at::Tensor positions = found->second;
  const int64_t rows = positions.size(1);
  const bool token_known = square_root(rows - 1) > 0;
  const int64_t side = square_root(token_known ? rows - 1 : rows);
  if (rows == front + grid.count() || side == 0) return {};
  std::vector<std::string> notes;
  at::Tensor token = positions.narrow(1, 0, token_known ? 1 : 0),
             patches = positions.narrow(1, rows - side * side, side * side);
  if (front == 0 && token_known) {
    token = token.narrow(1, 0, 0);
    std::erase_if(tensors, [](const auto& each) { return each.first == "class_token"; });
    notes.push_back("its class token and the position of that are left out, as the network has none (pool: mean)");
  }
  if (front == 1 && !token_known) {
    token = at::zeros_like(positions.narrow(1, 0, 1));
    notes.push_back("its positions have none for the class token, which gets 0");
  }
  if (side != grid.rows || side != grid.columns) {
    patches = stretched(patches, side, grid);
    notes.push_back("its positions are of " + std::to_string(side) + " x " + std::to_string(side) +
                    " patches, and are interpolated (bicubic) to " + std::to_string(grid.rows) + " x " +
                    std::to_string(grid.columns));
  }
  const at::Tensor fitted = at::cat({token.to(patches.scalar_type()), patches}, 1);
  for (auto& [name, tensor] : tensors)
    if (name == "encoder.pos_embedding") tensor = fitted;
  return notes;
}

const Registered<Architecture, Vit> vit_entry{"vit",
                                              "Vision transformer over patches of pictures, with torchvision's names."};

}  // namespace
}  // namespace dlrun
