// What a recipe changes in the modules of its networks.

#include "experiment/prepare_modules.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <regex>

#include "base/error.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/spectral_norm.h"
#include "nn/weight_norm.h"

namespace dlrun {
namespace {

// A weight of a network that can be computed from others: its module has passes and is part of a network.
struct NetworkWeight {
  std::string whole;  // its name in all
  Module* module;
  std::string name;  // its name in the module
  at::Tensor value;
};

std::vector<NetworkWeight> network_weights(const Module& all) {
  std::vector<NetworkWeight> weights;
  std::vector<std::string> networks;  // what the names in them begin with
  for (const auto& [path, module] : all.modules())
    if (dynamic_cast<const Network*>(module)) networks.push_back(path.empty() ? "" : path + ".");
  for (const NamedTensor& parameter : all.parameters()) {
    const auto inside = [&](const std::string& network) { return parameter.name.starts_with(network); };
    if (parameter.tensor->dim() < 2 || std::none_of(networks.begin(), networks.end(), inside)) continue;
    const size_t dot = parameter.name.rfind('.');
    Module* module = all.find(dot == std::string::npos ? "" : parameter.name.substr(0, dot));
    if (module && module->passes())
      weights.push_back({parameter.name, module, parameter.name.substr(dot + 1), *parameter.tensor});
  }
  return weights;
}

std::vector<NetworkWeight> weights_matching(const std::vector<NetworkWeight>& weights, const std::string& match,
                                            const std::string& key) {
  const std::regex expression(match);
  std::vector<NetworkWeight> found;
  for (const NetworkWeight& weight : weights)
    if (std::regex_search(weight.whole, expression)) found.push_back(weight);
  if (found.empty())
    throw UserError(ExitCode::bad_recipe, fmt::format("regularization.{}.match: \"{}\" matches no weight of more than "
                                                      "a vector",
                                                      key, match));
  return found;
}

void require_different_weights(const std::vector<NetworkWeight>& spectral, const std::vector<NetworkWeight>& lengths) {
  for (const NetworkWeight& one : spectral)
    for (const NetworkWeight& other : lengths)
      if (one.whole == other.whole)
        throw UserError(ExitCode::bad_recipe, fmt::format("regularization.weight_norm.match: {} has a spectral norm, "
                                                          "and a weight has one of the two; let the expressions match "
                                                          "different weights",
                                                          one.whole));
}

}  // namespace

void parametrize_weights(const Regularization& regularization, Module& all) {
  if (!regularization.spectral_norm && !regularization.weight_norm) return;
  const std::vector<NetworkWeight> weights = network_weights(all);
  std::vector<NetworkWeight> spectral, lengths;
  if (regularization.spectral_norm)
    spectral = weights_matching(weights, regularization.spectral_norm->match, "spectral_norm");
  if (regularization.weight_norm) lengths = weights_matching(weights, regularization.weight_norm->match, "weight_norm");
  require_different_weights(spectral, lengths);
  for (const NetworkWeight& weight : spectral) {
    const SpectralNormSettings& settings = *regularization.spectral_norm;
    const int64_t outputs = dynamic_cast<const ConvTranspose2d*>(weight.module) ? 1 : 0;
    weight.module->parametrize(
        weight.name,
        std::make_shared<SpectralNorm>(
            weight.value, SpectralNormOptions{
                              .n_power_iterations = settings.n_power_iterations, .eps = settings.eps, .dim = outputs}));
  }
  for (const NetworkWeight& weight : lengths) {
    const int64_t dim = regularization.weight_norm->dim;
    if (dim >= weight.value.dim())
      throw UserError(ExitCode::bad_recipe, fmt::format("regularization.weight_norm.dim: {} has {} dimensions, counted "
                                                        "from 0, got {}",
                                                        weight.whole, weight.value.dim(), dim));
    weight.module->parametrize(weight.name, std::make_shared<WeightNorm>(weight.value, dim));
  }
}

void recompute_modules(const Recipe& recipe, Module& all) {
  const std::vector<std::string>& expressions = recipe.trainer.gradient_checkpointing;
  for (size_t i = 0; i < expressions.size(); ++i) {
    const std::string key = fmt::format("trainer.gradient_checkpointing.{}", i);
    const std::regex expression(expressions[i]);
    bool any = false;
    for (const auto& [path, module] : all.modules()) {
      if (!module->passes() || !std::regex_search(path, expression)) continue;
      any = true;
      module->recompute();
      if (!recipe.hardware.sync_batchnorm || recipe.hardware.sharers() == 1) continue;
      for (const auto& [inner, part] : module->modules())
        if (dynamic_cast<const BatchNorm*>(part))
          throw UserError(ExitCode::bad_recipe, fmt::format("{}: {} has a batch norm, whose statistics would be "
                                                            "exchanged a second time while gradients travel; leave "
                                                            "hardware.sync_batchnorm out, or take another norm",
                                                            key, path));
    }
    if (!any)
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("{}: \"{}\" matches no module that answers by itself; dlrun describe lists them", key,
                                  expressions[i]));
  }
}

}  // namespace dlrun
