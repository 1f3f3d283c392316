// Autoencoder: an encoder to a few numbers and a decoder back (Hinton and Salakhutdinov 2006).
//
// Weights are named encoder.<layer>.weight and decoder.<layer>.weight, layers counted as torch.nn.Sequential would. The
// decoder mirrors the encoder; images of any size come back in their size.

#include "models/architecture.h"
#include "models/shape_error.h"
#include "nn/activation.h"
#include "nn/conv2d.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/pooling.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Autoencoder final : Architecture {
  std::string layer_kind = "dense";
  std::vector<int64_t> widths = {256, 64};
  int64_t latent_size = 16;
  std::string activation = "relu";
  std::string norm = "none";
  double dropout = 0.0;
  std::string output = "none";

  std::vector<Field> fields() override {
    return with_common({
        field("kind", layer_kind, "Layers it is made of: linear, or convolutions that halve the image each.",
              one_of("dense", "conv")),
        field("widths", widths,
              "Units (dense) or channels (conv) of the encoder's hidden layers; the decoder's are "
              "the same from back to front.",
              not_empty(), at_least(1)),
        field("latent_size", latent_size, "Numbers a sample is squeezed into.", at_least(1)),
        field("activation", activation, "Nonlinearity after each hidden layer.", activation_choice()),
        field("norm", norm, "Normalisation before each nonlinearity.", one_of("none", "batch", "layer")),
        field("dropout", dropout, "Chance of zeroing a hidden unit while training.", between(0, 1)),
        field("output", output, "Nonlinearity of the result: sigmoid for data in 0 to 1, tanh for -1 to 1.",
              one_of("none", "sigmoid", "tanh")),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

// [N, everything] -> [N, shape]
class Unflatten final : public Layer {
 public:
  explicit Unflatten(std::vector<int64_t> shape) : shape_(std::move(shape)) {}
  at::Tensor compute(const at::Tensor& input) override { return input.unflatten(1, shape_); }

 private:
  std::vector<int64_t> shape_;
};

class AutoencoderNetwork final : public Network {
 public:
  AutoencoderNetwork(const Autoencoder& options, const std::vector<int64_t>& shape) {
    if (options.layer_kind == "conv") {
      build_conv(options, shape);
    } else {
      build_dense(options, shape);
    }
    if (options.output != "none") decoder_->add<Activation>(options.output);
  }

  // "input" [N, ...] -> "output" of the same shape, "latent" [N, latent_size]
  Batch compute(const Batch& batch) override {
    const at::Tensor latent = encoder_->forward(batch["input"]);
    return {{"output", decoder_->forward(latent)}, {"latent", latent}};
  }

 private:
  void build_dense(const Autoencoder& options, const std::vector<int64_t>& shape) {
    const int64_t inputs = c10::multiply_integers(shape);
    const auto hidden = [&](Sequential& part, int64_t from, int64_t to) {
      part.add<Linear>(from, to);
      part.add(make_row_norm(options.norm, to));
      part.add<Activation>(options.activation);
      part.add<Dropout>(options.dropout);
      return to;
    };
    encoder_->add<Flatten>();
    int64_t width = inputs;
    for (const int64_t next : options.widths) width = hidden(*encoder_, width, next);
    encoder_->add<Linear>(width, options.latent_size);
    width = options.latent_size;
    for (size_t i = options.widths.size(); i-- > 0;) width = hidden(*decoder_, width, options.widths[i]);
    decoder_->add<Linear>(width, inputs);
    decoder_->add<Unflatten>(shape);
  }

  void build_conv(const Autoencoder& options, const std::vector<int64_t>& shape) {
    const auto finish = [&](Sequential& part, int64_t channels) {
      part.add(make_image_norm(options.norm, channels));
      part.add<Activation>(options.activation);
      part.add<Dropout>(options.dropout);
    };
    std::vector<std::vector<int64_t>> shapes = {shape};  // [C, H, W] before each convolution and after the last
    for (const int64_t channels : options.widths) {
      const std::vector<int64_t> from = shapes.back();
      encoder_->add<Conv2d>(Conv2dOptions{
          .inputs = from[0], .outputs = channels, .stride = 2, .padding = 1, .bias = options.norm == "none"});
      finish(*encoder_, channels);
      shapes.push_back({channels, (from[1] + 1) / 2, (from[2] + 1) / 2});
    }
    encoder_->add<Flatten>();
    encoder_->add<Linear>(c10::multiply_integers(shapes.back()), options.latent_size);
    decoder_->add<Linear>(options.latent_size, c10::multiply_integers(shapes.back()));
    decoder_->add<Activation>(options.activation);
    decoder_->add<Unflatten>(shapes.back());
    for (size_t i = shapes.size() - 1; i > 0; --i) {
      const std::vector<int64_t>&from = shapes[i], &to = shapes[i - 1];
      // A side of n becomes 2 n - 1, and one more where the encoder halved an even side.
      decoder_->add<ConvTranspose2d>(
          Conv2dOptions{.inputs = from[0],
                        .outputs = to[0],
                        .stride = 2,
                        .padding = 1,
                        .output_padding = {to[1] - (2 * from[1] - 1), to[2] - (2 * from[2] - 1)},
                        .bias = i == 1 || options.norm == "none"});
      if (i > 1) finish(*decoder_, to[0]);
    }
  }

  std::shared_ptr<Sequential> encoder_ = make<Sequential>("encoder");
  std::shared_ptr<Sequential> decoder_ = make<Sequential>("decoder");
};

std::shared_ptr<Network> Autoencoder::build(const Shapes& shapes) const {
  expect_numbers("autoencoder", shapes);
  if (layer_kind == "conv" && shapes.input().sizes.size() != 3)
    shape_error("kind", "conv takes images [channels, height, width], but a sample of the data has the shape " +
                            shape_text(shapes.input().sizes) + "; use dense");
  return std::make_shared<AutoencoderNetwork>(*this, shapes.input().sizes);
}

const Registered<Architecture, Autoencoder> autoencoder_entry{
    "autoencoder", "Squeezes samples into a few numbers and brings them back."};

}  // namespace
}  // namespace dlrun
