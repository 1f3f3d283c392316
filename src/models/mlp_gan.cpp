// A generator and a discriminator of linear layers (Goodfellow et al. 2014): for rows of numbers, and small pictures.
//
// Weights are generator.layers.0.weight, generator.layers.2.weight, ...; discriminator.layers.0.weight, ...: a linear
// layer and its nonlinearity per hidden layer, then one linear layer; pictures end in a tanh. The discriminator ends in
// a logit.

#include "models/architecture.h"
#include "models/generative.h"
#include "models/shape_error.h"
#include "nn/activation.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct MlpGan final : Architecture {
  int64_t latent_size = 100;
  std::vector<int64_t> generator_widths = {256, 256};
  std::vector<int64_t> discriminator_widths = {256, 256};
  std::string activation = "relu";
  std::string init = "default";

  std::vector<Field> fields() override {
    return with_common({
        field("latent_size", latent_size, "Random numbers a sample is made from.", at_least(1)),
        field("generator_widths", generator_widths, "Units in each hidden layer of the generator.", at_least(1)),
        field("discriminator_widths", discriminator_widths, "Units in each hidden layer of the discriminator.",
              at_least(1)),
        field("activation", activation, "Nonlinearity after each hidden layer.", activation_choice()),
        field("init", init, "How initial weights are drawn; default is PyTorch's.", init_choice()),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

class Layers final : public SimpleNetwork {
 public:
  Layers(const std::string& activation, const std::vector<int64_t>& widths, int64_t inputs,
         const std::vector<int64_t>& output)
      : output_(output) {
    int64_t width = inputs;
    for (const int64_t next : widths) {
      layers_->add<Linear>(width, next);
      layers_->add<Activation>(activation);
      width = next;
    }
    layers_->add<Linear>(width, c10::multiply_integers(output));
    output_.insert(output_.begin(), -1);
  }
  void end_in(const std::string& activation) { layers_->add<Activation>(activation); }

  // [B, ...] -> [B, output...]
  at::Tensor compute(const at::Tensor& input) override { return layers_->forward(input.flatten(1)).reshape(output_); }

 private:
  std::vector<int64_t> output_;
  std::shared_ptr<Sequential> layers_ = make<Sequential>("layers");
};

class MlpGanNetwork final : public GenerativeNetwork {
 public:
  MlpGanNetwork(const MlpGan& gan, const FieldInfo& sample) : latent_size_(gan.latent_size) {
    generator_ = make<Layers>("generator", gan.activation, gan.generator_widths, latent_size_, sample.sizes);
    if (sample.means == FieldInfo::Means::pixels) generator_->end_in("tanh");
    discriminator_ = make<Layers>("discriminator", gan.activation, gan.discriminator_widths,
                                  c10::multiply_integers(sample.sizes), std::vector<int64_t>{1});
    initialise(*this, gan.init);
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
  std::shared_ptr<Layers> generator_, discriminator_;
};

std::shared_ptr<Network> MlpGan::build(const Shapes& shapes) const {
  Shapes samples = shapes;
  samples.outputs = 1;  // What the discriminator answers; the data asks for nothing.
  expect_numbers("mlp_gan", samples);
  return std::make_shared<MlpGanNetwork>(*this, shapes.input());
}

const Registered<Architecture, MlpGan> mlp_gan_entry{"mlp_gan", "Generator and discriminator of linear layers."};

}  // namespace
}  // namespace dlrun
