// Wasserstein GAN with gradient penalty: a critic whose slope is kept near 1 between real and generated samples, and a
// generator that learns from it. (Gulrajani et al. 2017)

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "base/error.h"
#include "nn/batch_norm.h"
#include "spec/catalog.h"
#include "tasks/generated_samples.h"

namespace dlrun {
namespace {

constexpr size_t kCritic = 0;

struct WganGp final : Task {
  double penalty = 10.0;
  int64_t critic_turns = 5;

  std::vector<Field> fields() override {
    return {
        field("penalty", penalty,
              "Weight of the gradient penalty (lambda): the mean of (|slope of the critic| - 1)^2 at points between a "
              "real and a generated sample.",
              more_than(0)),
        field("critic_turns", critic_turns,
              "The critic learns in every step, the generator in every so many steps (n_critic).", at_least(1)),
    };
  }

  std::string default_loss() const override { return "wasserstein"; }
  std::string default_monitor() const override { return ""; }
  bool evaluates() const override { return false; }

  Shapes shapes(const Loss&) const override { return shapes_of(1); }

  std::shared_ptr<Module> assemble(const NetworkMaker& make) const override {
    const std::shared_ptr<Network> network = make();
    for (const auto& [name, module] : checked(*network).discriminator().modules())
      if (dynamic_cast<const BatchNorm*>(module))
        throw UserError(ExitCode::bad_recipe,
                        "architecture: wgan_gp asks for the slope at each sample alone, and discriminator." + name +
                            " is a batch norm, which joins samples; dcgan has discriminator_norm: layer");
    return network;
  }

  std::vector<Player> players(Module& all) const override {
    GenerativeNetwork& pair = checked(all);
    return {{"critic", &pair.discriminator()}, {"generator", &pair.generator(), critic_turns}};
  }

  Outcome turn(const Turn& turn) const override {
    GenerativeNetwork& pair = checked(turn.all);
    const at::Tensor& real = turn.batch["input"];
    const int64_t count = real.size(0);
    const at::Tensor latent = pair.latent(count);
    const auto loss = [&](const at::Tensor& score, const at::Tensor& truth) {
      return turn.loss.forward(answer_of(score), truth_of(truth)).mean;
    };
    if (turn.player != kCritic) {
      const at::Tensor score = pair.discriminator().forward(pair.generator().forward(latent));
      const at::Tensor total = loss(score, at::ones_like(score));
      return {{total, weight_of(count, total)}, {{"generator_loss", total.detach()}}};
    }
    at::Tensor fake;
    {
      const c10::NoGradGuard no_gradients;
      fake = pair.generator().forward(latent);
    }
    const at::Tensor on_real = pair.discriminator().forward(real);
    const at::Tensor on_fake = pair.discriminator().forward(fake);
    const at::Tensor excess = excess_of(pair.discriminator(), real, fake);
    const at::Tensor total =
        loss(on_real, at::ones_like(on_real)) + loss(on_fake, at::zeros_like(on_fake)) + penalty * excess;
    return {{total, weight_of(count, total)},
            {{"critic_loss", total.detach()},
             {"wasserstein", on_real.detach().mean() - on_fake.detach().mean()},
             {"gradient_penalty", excess.detach()}}};
  }

  // The critic's score: higher is more like the real ones, and only differences mean something.
  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor score = checked(network).discriminator().forward(batch["input"]).flatten().cpu();
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < score.numel(); ++i) records.push_back({{"score", score[i].item<float>()}});
    return records;
  }

  bool generates() const override { return true; }
  Generated generate(Network& network, const GenerateOptions& options) const override {
    return generate_samples(checked(network), options, info());
  }
  bool draws() const override { return true; }
  at::Tensor picture(Network& network, const Batch&) const override {
    return picture_of_samples(checked(network), info());
  }

 private:
  static GenerativeNetwork& checked(Module& all) { return pair_of(all, "wgan_gp"); }

  // The mean of (|slope| - 1)^2 over one point on the line between each real and each generated sample, real and fake
  // [B, ...]; a function of the critic's weights. Draws B numbers from ATen's default generator.
  static at::Tensor excess_of(SimpleNetwork& critic, const at::Tensor& real, const at::Tensor& fake) {
    std::vector<int64_t> each(static_cast<size_t>(real.dim()), 1);
    each[0] = real.size(0);
    const at::Tensor share = at::rand(each, real.options());
    const c10::AutoGradMode gradients(true);  // Those who only look at a turn run it without.
    const at::Tensor between = (share * real + (1 - share) * fake).detach().set_requires_grad(true);
    const at::Tensor scores = critic.forward(between).sum();
    const at::Tensor slope = torch::autograd::grad({scores}, {between}, {}, true, true).front();
    return (at::linalg_vector_norm(slope.flatten(1), 2, {1}) - 1).square().mean();
  }
};

const Registered<Task, WganGp> wgan_gp_entry{"wgan_gp",
                                             "A critic with a gradient penalty, and a generator (Wasserstein GAN)."};

}  // namespace
}  // namespace dlrun
