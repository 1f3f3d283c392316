// What keeps a network from fitting the training samples too closely, and its training steady: `regularization`.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/field.h"

namespace dlrun {

struct GradientClipping final : Params {
  std::string type = "norm";
  double value = 1.0;
  double eps = 1e-3;
  std::vector<Field> fields() override;
};

struct GradientNoise final : Params {
  double eta = 0.01;
  double gamma = 0.55;
  std::vector<Field> fields() override;
};

struct EarlyStopping final : Params {
  std::string monitor;  // empty: what the checkpoint block monitors
  std::string mode = "auto";
  int64_t patience = 10;
  double min_delta = 0.0;
  std::vector<Field> fields() override;
};

struct Ema final : Params {
  double decay = 0.999;
  bool warmup = true;
  std::vector<Field> fields() override;
};

struct Swa final : Params {
  double start = 0.75;
  std::optional<int64_t> every_n_steps;
  std::optional<double> lr;
  int64_t anneal_epochs = 10;
  std::string anneal_strategy = "cos";
  std::vector<Field> fields() override;
};

struct MaxNorm final : Params {
  std::string match;
  double value = 2.0;
  std::vector<Field> fields() override;
};

struct SpectralNormSettings final : Params {
  std::string match;
  int64_t n_power_iterations = 1;
  double eps = 1e-12;
  std::vector<Field> fields() override;
};

struct WeightNormSettings final : Params {
  std::string match;
  int64_t dim = 0;
  std::vector<Field> fields() override;
};

struct Regularization final : Params {
  double l1 = 0.0;
  double l2 = 0.0;
  std::optional<double> dropout;
  Optional<MaxNorm> max_norm;
  Optional<SpectralNormSettings> spectral_norm;
  Optional<WeightNormSettings> weight_norm;
  Optional<GradientClipping> gradient_clipping;
  Optional<GradientNoise> gradient_noise;
  Optional<EarlyStopping> early_stopping;
  Optional<Ema> ema;
  Optional<Swa> swa;
  std::vector<Field> fields() override;
  std::vector<Relation> relations() const override;
};

}  // namespace dlrun
