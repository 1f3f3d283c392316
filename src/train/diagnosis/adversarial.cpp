// Two players out of balance: a generator that makes one picture, one that always wins, and a discriminator that does.
// (Arjovsky & Bottou 2017; Karras et al. 2018 measure variety by the same spread over a batch)

#include <fmt/format.h>

#include "train/diagnosis/diagnosis.h"

namespace dlrun {
namespace {

struct ModeCollapse final : Diagnosis {
  Trouble trouble() const override { return Trouble::mode_collapse; }

  std::optional<Finding> look(const Observation& seen) override {
    if (!seen.diversity || seen.step < 300) return {};  // At first every generator makes one picture.
    if (!streaks_.reach("", *seen.diversity < 0.1, 3)) return {};
    Finding finding;
    finding.seen = fmt::format(
        "Three times in a row the generated samples differed from each other by {:.1f} % of what "
        "real ones do.",
        100 * *seen.diversity);
    finding.meaning = "The generator makes the same sample whatever its noise says: its modes have collapsed.";
    finding.advice =
        "Try a lower optimizer.lr, optimizer.beta1: 0.5, task.real_label: 0.9, architecture.dropout, a larger "
        "trainer.batch_size or another seed.";
    finding.numbers["diversity"] = *seen.diversity;
    return finding;
  }
};

struct DiscriminatorWins final : Diagnosis {
  Trouble trouble() const override { return Trouble::discriminator_wins; }

  std::optional<Finding> look(const Observation& seen) override {
    const auto real = seen.parts.find("real_score"), fake = seen.parts.find("fake_score");
    if (real == seen.parts.end() || fake == seen.parts.end()) return {};
    const bool wins = !seen.first && fake->second < 0.01 && real->second - fake->second > 0.85;
    if (!streaks_.reach("", wins, 5)) return {};
    Finding finding;
    finding.seen = fmt::format(
        "Five times in a row the discriminator was sure: real samples score {:.3f}, generated "
        "ones {:.4f}.",
        real->second, fake->second);
    finding.meaning = "It wins every time, so that hardly any gradient reaches the generator.";
    finding.advice =
        "Try task.real_label: 0.9, architecture.dropout, fewer architecture.discriminator_channels, or a lower "
        "optimizer.lr.";
    finding.numbers["real_score"] = real->second;
    finding.numbers["fake_score"] = fake->second;
    return finding;
  }
};

struct GeneratorWins final : Diagnosis {
  Trouble trouble() const override { return Trouble::generator_wins; }

  std::optional<Finding> look(const Observation& seen) override {
    const auto real = seen.parts.find("real_score"), fake = seen.parts.find("fake_score");
    if (real == seen.parts.end() || fake == seen.parts.end()) return {};
    const bool wins = !seen.first && (fake->second > 0.9 || fake->second - real->second > 0.1);
    if (!streaks_.reach("", wins, 5)) return {};
    Finding finding;
    finding.seen = fmt::format(
        "Five times in a row the discriminator took what was generated for real: it scores {:.3f}, real samples "
        "{:.3f}.",
        fake->second, real->second);
    finding.meaning =
        "A discriminator that is fooled whatever it is shown teaches nothing: the generator has no reason to improve.";
    finding.advice =
        "Try more architecture.discriminator_channels, a faster discriminator (optimizer.groups: [{match: "
        "'^discriminator', lr_scale: 2}]), or a slower generator.";
    finding.numbers["real_score"] = real->second;
    finding.numbers["fake_score"] = fake->second;
    return finding;
  }
};

}  // namespace

void add_adversarial_diagnoses(Diagnoses& list) {
  list.push_back(std::make_unique<ModeCollapse>());
  list.push_back(std::make_unique<DiscriminatorWins>());
  list.push_back(std::make_unique<GeneratorWins>());
}

}  // namespace dlrun
