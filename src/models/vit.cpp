// Vision transformer: a picture is a sequence of patches (Dosovitskiy et al. 2021).
//
// Names, numbers and (after the same seed) initial weights are those of torchvision's VisionTransformer: class_token,
// conv_proj.weight, encoder.pos_embedding [1, tokens, width], encoder.layers.encoder_layer_0.ln_1.weight,
// ....self_attention.in_proj_weight, ....mlp.0.weight, encoder.ln.weight, heads.head.weight, which starts at 0. What
// torchvision lacks is as in timm: pictures that are not square, stochastic depth, layer_scale_1 and _2 [width] of each
// block (Touvron et al. 2021), and encoder.register_tokens [1, count, width] (Darcet et al. 2024).

#include <cmath>

#include "models/architecture.h"
#include "models/encoder.h"
#include "models/shape_error.h"
#include "nn/activation.h"
#include "nn/build_device.h"
#include "nn/conv2d.h"
#include "nn/drop_path.h"
#include "nn/init.h"
#include "nn/norm.h"
#include "nn/self_attention.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Vit final : Architecture {
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

  int64_t hidden() const {
    return mlp_width.value_or(
        std::max<int64_t>(1, static_cast<int64_t>(std::llround(static_cast<double>(width) * mlp_ratio))));
  }
  bool has_class_token() const { return pool == "class_token"; }
};

constexpr double position_deviation = 0.02, tiny = 1e-6;

// Normal with deviation 1 / sqrt(fan_in) within +-2, and no bias: torchvision's layers outside of the blocks.
template <class Drawn>
void draw_lecun(const Drawn& layer) {
  trunc_normal_(layer.weight, 0.0, 1.0 / std::sqrt(static_cast<double>(fan(layer.weight, Fan::in))), -2.0, 2.0);
  constant_(layer.bias, 0.0);
}

std::shared_ptr<Layer> vit_norm(const Vit& vit) { return make_step_norm(vit.norm, vit.width, vit.norm_eps); }

std::shared_ptr<Sequential> vit_mlp(const Vit& vit) {
  auto mlp = std::make_shared<Sequential>();
  const auto wide = mlp->add<Linear>(vit.width, vit.hidden());
  mlp->add<Activation>(vit.activation);
  mlp->add<Dropout>(vit.dropout);
  const auto narrow = mlp->add<Linear>(vit.hidden(), vit.width);
  mlp->add<Dropout>(vit.dropout);
  for (const auto& layer : {wide, narrow}) {
    xavier_uniform_(layer->weight);
    normal_(layer->bias, 0.0, tiny);
  }
  return mlp;
}

class VitBlock final : public Layer {
 public:
  // A sample passes each of its branches by with this chance.
  VitBlock(const Vit& vit, double chance) {
    ln_1_ = child("ln_1", vit_norm(vit));
    self_attention_ =
        make<SelfAttention>("self_attention", SelfAttentionOptions{vit.width, vit.heads, vit.attention_dropout});
    dropout_ = make<Dropout>("dropout", vit.dropout);
    ln_2_ = child("ln_2", vit_norm(vit));
    mlp_ = child("mlp", vit_mlp(vit));
    if (chance > 0) drop_path_ = make<DropPath>("drop_path", chance);
    if (!vit.layer_scale) return;
    parameter("layer_scale_1", scale_1_, new_tensor({vit.width}));
    parameter("layer_scale_2", scale_2_, new_tensor({vit.width}));
    constant_(scale_1_, *vit.layer_scale);
    constant_(scale_2_, *vit.layer_scale);
  }

 protected:
  // [N, tokens, width] -> the same
  at::Tensor compute(const at::Tensor& input) override {
    const at::Tensor attended = dropout_->forward(self_attention_->forward(ln_1_->forward(input), {}));
    const at::Tensor x = input + some(attended, scale_1_);
    return x + some(mlp_->forward(ln_2_->forward(x)), scale_2_);
  }

 private:
  at::Tensor some(const at::Tensor& branch, const at::Tensor& scale) {
    const at::Tensor scaled = scale.defined() ? branch * scale : branch;
    return drop_path_ ? drop_path_->forward(scaled) : scaled;
  }

  std::shared_ptr<Layer> ln_1_, ln_2_;
  std::shared_ptr<SelfAttention> self_attention_;
  std::shared_ptr<Dropout> dropout_;
  std::shared_ptr<Sequential> mlp_;
  std::shared_ptr<DropPath> drop_path_;  // null where no sample passes
  at::Tensor scale_1_, scale_2_;         // undefined without layer_scale
};

class VitEncoder final : public Layer {
 public:
  // `tokens` have positions: those of the patches, behind that of the class token.
  VitEncoder(const Vit& vit, int64_t tokens) : front_(vit.has_class_token() ? 1 : 0) {
    parameter("pos_embedding", pos_embedding_, new_tensor({1, tokens, vit.width}));
    normal_(pos_embedding_, 0.0, position_deviation);
    dropout_ = make<Dropout>("dropout", vit.dropout);
    for (int64_t i = 0; i < vit.layers; ++i)
      blocks_.push_back(make<VitBlock>("layers.encoder_layer_" + std::to_string(i), vit,
                                       DropPath::of_block(vit.drop_path, i, vit.layers)));
    ln_ = child("ln", vit_norm(vit));
    if (vit.register_tokens == 0) return;
    parameter("register_tokens", register_tokens_, new_tensor({1, vit.register_tokens, vit.width}));
    normal_(register_tokens_, 0.0, tiny);
  }

 protected:
  // [N, tokens, width] -> [N, tokens, width]; the registers are behind the class token meanwhile.
  at::Tensor compute(const at::Tensor& input) override {
    at::Tensor x = input + pos_embedding_;
    const int64_t patches = x.size(1) - front_;
    if (register_tokens_.defined()) {
      const at::Tensor registers = register_tokens_.expand({x.size(0), register_tokens_.size(1), x.size(2)});
      x = at::cat({x.narrow(1, 0, front_), registers, x.narrow(1, front_, patches)}, 1);
    }
    x = dropout_->forward(x);
    for (const auto& block : blocks_) x = block->forward(x);
    x = ln_->forward(x);
    if (!register_tokens_.defined()) return x;
    return at::cat({x.narrow(1, 0, front_), x.narrow(1, front_ + register_tokens_.size(1), patches)}, 1);
  }

 private:
  int64_t front_;
  at::Tensor pos_embedding_, register_tokens_;  // no registers: undefined
  std::shared_ptr<Dropout> dropout_;
  std::vector<std::shared_ptr<VitBlock>> blocks_;
  std::shared_ptr<Layer> ln_;
};

class VitHeads final : public Layer {
 public:
  VitHeads(const Vit& vit, int64_t outputs) {
    if (vit.representation_size) pre_logits_ = make<Linear>("pre_logits", vit.width, *vit.representation_size);
    head_ = make<Linear>("head", vit.representation_size.value_or(vit.width), outputs);
  }

  void draw() {
    if (pre_logits_) draw_lecun(*pre_logits_);
    constant_(head_->weight, 0.0);
    constant_(head_->bias, 0.0);
  }

 protected:
  at::Tensor compute(const at::Tensor& x) override {
    return head_->forward(pre_logits_ ? at::tanh(pre_logits_->forward(x)) : x);
  }

 private:
  std::shared_ptr<Linear> pre_logits_, head_;  // null without a representation_size
};

struct PatchGrid {
  int64_t rows = 0, columns = 0;
  int64_t count() const { return rows * columns; }
};

class VitNetwork final : public SimpleNetwork, public Encoder {
 public:
  VitNetwork(const Vit& vit, int64_t channels, PatchGrid grid, int64_t outputs)
      : patch_size_(vit.patch_size), width_(vit.width), grid_(grid) {
    if (vit.has_class_token()) {
      parameter("class_token", class_token_, new_tensor({1, 1, width_}));
      constant_(class_token_, 0.0);
    }
    conv_proj_ = make<Conv2d>(
        "conv_proj",
        Conv2dOptions{.inputs = channels, .outputs = width_, .kernel = {patch_size_}, .stride = patch_size_});
    encoder_ = make<VitEncoder>("encoder", vit, grid.count() + (class_token_.defined() ? 1 : 0));
    if (outputs > 0) heads_ = make<VitHeads>("heads", vit, outputs);
    draw_lecun(*conv_proj_);
    if (heads_) heads_->draw();
  }

  int64_t width() const override { return width_; }
  const PatchGrid& grid() const { return grid_; }

 protected:
  // [N, C, H, W] -> [N, outputs], or [N, width] without a head
  at::Tensor compute(const at::Tensor& pictures) override {
    expect_size(pictures);
    at::Tensor x = conv_proj_->forward(pictures).flatten(2).transpose(1, 2);  // [N, patches, width]
    if (class_token_.defined()) x = at::cat({class_token_.expand({x.size(0), 1, width_}), x}, 1);
    x = encoder_->forward(x);
    x = class_token_.defined() ? x.select(1, 0) : x.mean(1);
    return heads_ ? heads_->forward(x) : x;
  }

 private:
  void expect_size(const at::Tensor& pictures) const {
    const int64_t height = grid_.rows * patch_size_, width = grid_.columns * patch_size_;
    if (pictures.size(2) == height && pictures.size(3) == width) return;
    throw UserError(ExitCode::bad_data, "architecture.type: vit has positions for pictures of " +
                                            std::to_string(height) + " x " + std::to_string(width) +
                                            " pixels, and was given one of " + std::to_string(pictures.size(2)) +
                                            " x " + std::to_string(pictures.size(3)));
  }

  int64_t patch_size_, width_;
  PatchGrid grid_;
  at::Tensor class_token_;  // undefined where the mean is taken
  std::shared_ptr<Conv2d> conv_proj_;
  std::shared_ptr<VitEncoder> encoder_;
  std::shared_ptr<VitHeads> heads_;  // null without a head
};

std::shared_ptr<Network> Vit::build(const Shapes& shapes) const {
  expect_images("vit", shapes);
  const std::vector<int64_t>& sizes = shapes.input().sizes;
  if (sizes[1] % patch_size != 0 || sizes[2] % patch_size != 0)
    shape_error("patch_size", "patches of " + std::to_string(patch_size) + " pixels do not tile pictures of " +
                                  std::to_string(sizes[1]) + " x " + std::to_string(sizes[2]) +
                                  "; take a side that divides both, or crop or resize the pictures");
  const PatchGrid grid{sizes[1] / patch_size, sizes[2] / patch_size};
  return std::make_shared<VitNetwork>(*this, sizes[0], grid, shapes.outputs);
}

std::optional<Reference> Vit::reference(const Shapes& shapes, const Network&) const {
  Reference reference;
  reference.library = "torchvision";
  reference.model = "VisionTransformer";
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
  const PatchGrid& grid = dynamic_cast<const VitNetwork&>(network).grid();
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
