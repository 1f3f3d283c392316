// The network of a vision transformer.

#include "models/vit_network.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/encoder.h"
#include "nn/activation.h"
#include "nn/build_device.h"
#include "nn/conv2d.h"
#include "nn/drop_path.h"
#include "nn/init.h"
#include "nn/norm.h"
#include "nn/self_attention.h"
#include "nn/sequential.h"

namespace dlrun {
namespace {

constexpr double position_deviation = 0.02, tiny = 1e-6;

// Normal with deviation 1 / sqrt(fan_in) within +-2, and no bias: torchvision's layers outside of the blocks.
template <class Drawn>
void draw_lecun(const Drawn& layer) {
  trunc_normal_(layer.weight, 0.0, 1.0 / std::sqrt(static_cast<double>(fan(layer.weight, Fan::in))), -2.0, 2.0);
  constant_(layer.bias, 0.0);
}

std::shared_ptr<Layer> vit_norm(const VitOptions& vit) { return make_step_norm(vit.norm, vit.width, vit.norm_eps); }

std::shared_ptr<Sequential> vit_mlp(const VitOptions& vit) {
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
  VitBlock(const VitOptions& vit, double chance) {
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
  VitEncoder(const VitOptions& vit, int64_t tokens) : front_(vit.has_class_token() ? 1 : 0) {
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
  VitHeads(const VitOptions& vit, int64_t outputs) {
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

class VitNetwork final : public SimpleNetwork, public Encoder {
 public:
  VitNetwork(const VitOptions& vit, int64_t channels, PatchGrid grid, int64_t outputs)
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

}  // namespace

std::shared_ptr<Network> make_vit(const VitOptions& options, int64_t channels, PatchGrid grid, int64_t outputs) {
  return std::make_shared<VitNetwork>(options, channels, grid, outputs);
}

PatchGrid grid_of(const Network& vit) { return dynamic_cast<const VitNetwork&>(vit).grid(); }

}  // namespace dlrun
