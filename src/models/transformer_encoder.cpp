// The encoder of the transformer.

#include "models/transformer_encoder.h"

#include "nn/activation.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/self_attention.h"

namespace dlrun {
namespace {

std::shared_ptr<Layer> encoder_norm(const TransformerEncoderOptions& options) {
  return make_step_norm(options.norm, options.d_model, options.layer_norm_eps, options.bias);
}

}  // namespace

class TransformerEncoderLayer final : public ModuleOf<at::Tensor, at::Tensor> {
 public:
  explicit TransformerEncoderLayer(const TransformerEncoderOptions& options)
      : norm_first_(options.norm_first), activation_(activation(options.activation)) {
    const int64_t width = options.d_model;
    self_attn_ =
        make<SelfAttention>("self_attn", SelfAttentionOptions{width, options.nhead, options.dropout, options.bias});
    linear1_ = make<Linear>("linear1", width, options.dim_feedforward, options.bias);
    dropout_ = make<Dropout>("dropout", options.dropout);
    linear2_ = make<Linear>("linear2", options.dim_feedforward, width, options.bias);
    norm1_ = child("norm1", encoder_norm(options));
    norm2_ = child("norm2", encoder_norm(options));
    dropout1_ = make<Dropout>("dropout1", options.dropout);
    dropout2_ = make<Dropout>("dropout2", options.dropout);
  }

 protected:
  at::Tensor compute(const at::Tensor& input, const at::Tensor& may_see) override {
    const auto attended = [&](const at::Tensor& x) { return dropout1_->forward(self_attn_->forward(x, may_see)); };
    const auto fed = [&](const at::Tensor& x) {
      return dropout2_->forward(linear2_->forward(dropout_->forward(activation_(linear1_->forward(x)))));
    };
    if (norm_first_) {
      const at::Tensor x = input + attended(norm1_->forward(input));
      return x + fed(norm2_->forward(x));
    }
    const at::Tensor x = norm1_->forward(input + attended(input));
    return norm2_->forward(x + fed(x));
  }

 private:
  bool norm_first_;
  ActivationFunction activation_;
  std::shared_ptr<SelfAttention> self_attn_;
  std::shared_ptr<Linear> linear1_, linear2_;
  std::shared_ptr<Layer> norm1_, norm2_;
  std::shared_ptr<Dropout> dropout_, dropout1_, dropout2_;
};

Cuts transformer_encoder_cuts(const TransformerEncoderOptions& options) {
  using Along = CutParameters::Along;
  return {{{R"(\.self_attn\.in_proj_(weight|bias)$)", Along::outputs, 0, 3, options.nhead},
           {R"(\.self_attn\.out_proj\.weight$)", Along::inputs, 1, 1, options.nhead},
           {R"(layers\.\d+\.linear1\.(weight|bias)$)", Along::outputs, 0},
           {R"(layers\.\d+\.linear2\.weight$)", Along::inputs, 1}},
          R"(layers\.\d+\.dropout$)"};
}

TransformerEncoder::TransformerEncoder(const TransformerEncoderOptions& options) {
  for (int64_t i = 0; i < options.num_layers; ++i)
    layers_.push_back(make<TransformerEncoderLayer>("layers." + std::to_string(i), options));
  if (options.final_norm) norm_ = child("norm", encoder_norm(options));
}

at::Tensor TransformerEncoder::compute(const at::Tensor& input, const at::Tensor& may_see) {
  at::Tensor x = input;
  for (const auto& layer : layers_) x = layer->forward(x, may_see);
  return norm_ ? norm_->forward(x) : x;
}

}  // namespace dlrun
