// DCGAN: a generator and a discriminator of strided convolutions (Radford et al. 2016).
//
// Layers and names follow PyTorch's DCGAN tutorial: generator.main.0.weight, ..., discriminator.main.0.weight, ...; at
// 64 x 64 pixels both networks are the tutorial's. The generator starts at a side of 4 to 7 pixels and doubles it until
// it is the data's: 28 = 7 * 4, 32 = 4 * 8, 64 = 4 * 16. The discriminator ends in a logit, without a sigmoid.

#include "models/architecture.h"
#include "models/generative.h"
#include "models/shape_error.h"
#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/dropout.h"
#include "nn/init.h"
#include "nn/norm.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Dcgan final : Architecture {
  int64_t latent_size = 100;
  int64_t generator_channels = 64;
  int64_t discriminator_channels = 64;
  std::string generator_norm = "batch", discriminator_norm = "batch";
  double dropout = 0.0;

  std::vector<Field> fields() override {
    return with_common({
        field("latent_size", latent_size, "Random numbers a picture is made from.", at_least(1)),
        field("generator_channels", generator_channels,
              "Channels before the generator's last layer; each layer further from the picture has twice as many.",
              at_least(1)),
        field("discriminator_channels", discriminator_channels,
              "Channels after the discriminator's first layer; each further layer has twice as many.", at_least(1)),
        field("generator_norm", generator_norm, "Normalisation between the generator's layers, which have no biases.",
              one_of("batch", "group", "layer", "instance")),
        field("discriminator_norm", discriminator_norm,
              "Normalisation after the discriminator's inner convolutions; a gradient penalty needs one that looks at "
              "each picture alone.",
              image_norm_choice()),
        field("dropout", dropout, "Chance of zeroing a number after each hidden layer of the discriminator.",
              between(0, 1)),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

// The picture, and how it is reached: `first` pixels doubled `doublings` times.
struct Picture {
  int64_t channels;
  std::vector<int64_t> first;  // height, width
  int64_t doublings;
};

// The discriminator's nonlinearity, with dropout inside so that the layers keep the tutorial's numbers.
class LeakyReLU final : public Layer {
 public:
  explicit LeakyReLU(double dropout) : dropout_(make<Dropout>("dropout", dropout)) {}
  at::Tensor compute(const at::Tensor& input) override {
    return dropout_->forward(at::leaky_relu_(const_cast<at::Tensor&>(input), 0.2));
  }

 private:
  std::shared_ptr<Dropout> dropout_;
};

class Generator final : public SimpleNetwork {
 public:
  Generator(const Dcgan& dcgan, const Picture& picture) {
    int64_t channels = dcgan.generator_channels << (picture.doublings - 1);
    Conv2dOptions options{.inputs = dcgan.latent_size, .outputs = channels, .kernel = picture.first, .bias = false};
    main_->add<ConvTranspose2d>(options);
    for (int64_t i = 0; i < picture.doublings; ++i) {
      const bool last = i + 1 == picture.doublings;
      main_->add(make_image_norm(dcgan.generator_norm, channels));
      main_->add<Activation>("relu");
      options = {.inputs = channels,
                 .outputs = last ? picture.channels : channels / 2,
                 .kernel = {4},
                 .stride = 2,
                 .padding = 1,
                 .bias = false};
      main_->add<ConvTranspose2d>(options);
      channels /= 2;
    }
    main_->add<Activation>("tanh");
  }

  // [B, Z] or [B, Z, 1, 1] -> [B, C, H, W] in [-1, 1]
  at::Tensor compute(const at::Tensor& latent) override {
    return main_->forward(latent.dim() == 2 ? latent.unsqueeze(2).unsqueeze(3) : latent);
  }

 private:
  std::shared_ptr<Sequential> main_ = make<Sequential>("main");
};

class Discriminator final : public SimpleNetwork {
 public:
  Discriminator(const Dcgan& dcgan, const Picture& picture) {
    int64_t inputs = picture.channels, outputs = dcgan.discriminator_channels;
    for (int64_t i = 0; i < picture.doublings; ++i) {
      main_->add<Conv2d>(
          Conv2dOptions{.inputs = inputs, .outputs = outputs, .kernel = {4}, .stride = 2, .padding = 1, .bias = false});
      if (i > 0) main_->add(make_image_norm(dcgan.discriminator_norm, outputs));
      main_->add<LeakyReLU>(dcgan.dropout);
      inputs = outputs;
      outputs *= 2;
    }
    main_->add<Conv2d>(Conv2dOptions{.inputs = inputs, .outputs = 1, .kernel = picture.first, .bias = false});
  }

  // [B, C, H, W] -> [B, 1]
  at::Tensor compute(const at::Tensor& pictures) override { return main_->forward(pictures).flatten(1); }

 private:
  std::shared_ptr<Sequential> main_ = make<Sequential>("main");
};

class DcganNetwork final : public GenerativeNetwork {
 public:
  DcganNetwork(const Dcgan& dcgan, const Picture& picture) : latent_size_(dcgan.latent_size) {
    generator_ = make<Generator>("generator", dcgan, picture);
    discriminator_ = make<Discriminator>("discriminator", dcgan, picture);
    for (const auto& [name, module] : modules()) {
      if (const auto* conv = dynamic_cast<const Conv2d*>(module)) normal_(conv->weight, 0.0, 0.02);
      if (const auto* conv = dynamic_cast<const ConvTranspose2d*>(module)) normal_(conv->weight, 0.0, 0.02);
      if (const auto* norm = dynamic_cast<const BatchNorm*>(module)) normal_(norm->weight, 1.0, 0.02);
    }
  }

  Batch compute(const Batch& batch) override { return {{"output", generator_->forward(batch["input"])}}; }
  int64_t latent_size() const override { return latent_size_; }
  at::Tensor latent(int64_t count) const override {
    return at::randn({count, latent_size_}, parameters().front().tensor->options().requires_grad(false));
  }
  SimpleNetwork& generator() override { return *generator_; }
  SimpleNetwork& discriminator() override { return *discriminator_; }

 private:
  int64_t latent_size_;
  std::shared_ptr<Generator> generator_;
  std::shared_ptr<Discriminator> discriminator_;
};

// Halves both sides until the shorter is below 8 pixels.
Picture plan(const std::vector<int64_t>& shape) {
  Picture picture{shape[0], {shape[1], shape[2]}, 0};
  int64_t& height = picture.first[0];
  int64_t& width = picture.first[1];
  while (std::min(height, width) >= 8 && height % 2 == 0 && width % 2 == 0) {
    height /= 2;
    width /= 2;
    ++picture.doublings;
  }
  if (picture.doublings < 1 || std::min(height, width) >= 8)
    shape_error("type",
                "dcgan makes images whose sides are 4 to 7 pixels doubled a few times (28, 32, 48, 64, 96, "
                "128, ...), but those of the data are " +
                    std::to_string(shape[1]) + " x " + std::to_string(shape[2]) + "; resize them");
  return picture;
}

std::shared_ptr<Network> Dcgan::build(const Shapes& shapes) const {
  expect_images("dcgan", shapes);
  return std::make_shared<DcganNetwork>(*this, plan(shapes.input().sizes));
}

const Registered<Architecture, Dcgan> dcgan_entry{"dcgan", "Generator and discriminator of pictures, as in DCGAN."};

}  // namespace
}  // namespace dlrun
