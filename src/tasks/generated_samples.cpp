// New samples of a generator.

#include "tasks/generated_samples.h"

#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace dlrun {
namespace {

// Of latents drawn from `seed` alone, never from the run's random streams.
at::Tensor draw(GenerativeNetwork& pair, int64_t count, uint64_t seed) {
  at::Tensor latent = at::empty({count, pair.latent_size()}, at::kFloat);
  Random random(seed, 0);
  float* values = latent.data_ptr<float>();
  for (int64_t i = 0; i < latent.numel(); ++i) values[i] = static_cast<float>(random.normal());
  return pair.generator().forward(latent.to(pair.device()));
}

std::vector<std::string> rows_of(const at::Tensor& samples, const std::vector<std::string>& columns) {
  const at::Tensor values = samples.to(at::kCPU, at::kDouble).contiguous();
  const double* value = values.const_data_ptr<double>();
  const bool named = static_cast<int64_t>(columns.size()) == values.size(1);
  std::vector<std::string> rows;
  for (int64_t i = 0; i < values.size(0); ++i) {
    nlohmann::ordered_json row;
    for (int64_t k = 0; k < values.size(1); ++k, ++value) {
      if (named)
        row[columns[static_cast<size_t>(k)]] = *value;
      else
        row["value"].push_back(*value);
    }
    rows.push_back(row.dump());
  }
  return rows;
}

}  // namespace

GenerativeNetwork& pair_of(Module& all, const std::string& task) {
  auto* pair = dynamic_cast<GenerativeNetwork*>(&all);
  if (!pair)
    throw UserError(ExitCode::bad_recipe, "task: " + task +
                                              " needs an architecture with a generator and a discriminator, such as "
                                              "dcgan or mlp_gan");
  return *pair;
}

Generated generate_samples(GenerativeNetwork& pair, const GenerateOptions& options, const DataInfo& info) {
  const at::Tensor samples = draw(pair, options.samples, options.seed);
  if (samples.dim() == 2) return {rows_of(samples, info.features), {}};
  if (samples.dim() != 4) return {};
  const int64_t columns = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(options.samples))));
  return {{}, picture_of(samples, columns, -1.0, 1.0)};
}

at::Tensor picture_of_samples(GenerativeNetwork& pair, const DataInfo& info) {
  if (info.input().sizes.size() != 3) return {};
  return picture_of(draw(pair, 64, 0), 8, -1.0, 1.0);
}

}  // namespace dlrun
