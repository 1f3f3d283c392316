// Adversarial learning: a generator and a discriminator take turns. (Goodfellow et al. 2014)

#include <ATen/ATen.h>

#include "spec/catalog.h"
#include "tasks/generated_samples.h"

namespace dlrun {
namespace {

constexpr size_t kDiscriminator = 0;
constexpr size_t kGenerator = 1;

struct Adversarial final : Task {
  double real_label = 1.0;

  std::vector<Field> fields() override {
    return {field("real_label", real_label,
                  "What the discriminator is told about real samples; below 1 it is kept from being too sure "
                  "(one-sided label smoothing, Salimans et al. 2016).",
                  more_than(0), at_most(1))};
  }

  std::string default_loss() const override { return "bce"; }
  std::string default_monitor() const override { return ""; }
  bool evaluates() const override { return false; }

  Shapes shapes(const Loss&) const override { return shapes_of(1); }

  std::shared_ptr<Module> assemble(const NetworkMaker& make) const override {
    const std::shared_ptr<Network> network = make();
    checked(*network);
    return network;
  }

  std::vector<Player> players(Module& all) const override {
    GenerativeNetwork& pair = checked(all);
    return {{"discriminator", &pair.discriminator()}, {"generator", &pair.generator()}};
  }

  Outcome turn(const Turn& turn) const override {
    GenerativeNetwork& pair = checked(turn.all);
    const at::Tensor& real = turn.batch["input"];
    const int64_t count = real.size(0);
    const at::Tensor latent = pair.latent(count);
    const auto loss = [&](const at::Tensor& verdict, const at::Tensor& truth) {
      return turn.loss.forward(answer_of(verdict), truth_of(truth)).mean;
    };
    if (turn.player == kGenerator) {
      const at::Tensor verdict = pair.discriminator().forward(pair.generator().forward(latent));
      const at::Tensor total = loss(verdict, at::ones_like(verdict));
      return {{total, weight_of(count, total)}, {{"generator_loss", total.detach()}}};
    }
    at::Tensor fake;
    {
      c10::NoGradGuard no_gradients;
      fake = pair.generator().forward(latent);
    }
    const at::Tensor on_real = pair.discriminator().forward(real);
    const at::Tensor on_fake = pair.discriminator().forward(fake);
    const at::Tensor total = loss(on_real, at::full_like(on_real, real_label)) + loss(on_fake, at::zeros_like(on_fake));
    return {{total, weight_of(count, total)},
            {{"discriminator_loss", total.detach()},
             {"real_score", on_real.detach().sigmoid().mean()},
             {"fake_score", on_fake.detach().sigmoid().mean()}}};
  }

  // How real the discriminator finds each sample.
  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor score = checked(network).discriminator().forward(batch["input"]).sigmoid().flatten().cpu();
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < score.numel(); ++i) records.push_back({{"realness", score[i].item<float>()}});
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
  static GenerativeNetwork& checked(Module& all) { return pair_of(all, "adversarial"); }
};

const Registered<Task, Adversarial> adversarial_entry{"adversarial", "A generator and a discriminator take turns."};

}  // namespace
}  // namespace dlrun
