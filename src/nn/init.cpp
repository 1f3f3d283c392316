// Initial weights: torch.nn.init's functions, and schemes by name.

#include "nn/init.h"

#include <c10/core/GradMode.h>

#include <cmath>

#include "nn/conv2d.h"
#include "nn/linear.h"

namespace dlrun {
namespace {

struct Scheme {
  const char* name;
  void (*draw)(const at::Tensor& weight);
};

constexpr Scheme schemes[] = {
    {"default", nullptr},
    {"kaiming_normal", [](const at::Tensor& weight) { kaiming_normal_(weight); }},
    {"kaiming_uniform", [](const at::Tensor& weight) { kaiming_uniform_(weight); }},
    {"xavier_normal", [](const at::Tensor& weight) { xavier_normal_(weight); }},
    {"xavier_uniform", [](const at::Tensor& weight) { xavier_uniform_(weight); }},
    {"normal", [](const at::Tensor& weight) { normal_(weight, 0.0, 0.02); }},
    {"trunc_normal", [](const at::Tensor& weight) { trunc_normal_(weight, 0.0, 0.02, -2.0, 2.0); }},
};

void redraw(const Scheme& scheme, const at::Tensor& weight, const at::Tensor& bias) {
  scheme.draw(weight);
  if (bias.defined()) constant_(bias, 0.0);
}

double normal_distribution(double x) { return (1.0 + std::erf(x / std::sqrt(2.0))) / 2.0; }

}  // namespace

int64_t fan(const at::Tensor& weight, Fan which) {
  TORCH_CHECK(weight.dim() >= 2, "a weight of ", weight.dim(), " dimensions has no fan");
  const int64_t kernel = c10::multiply_integers(weight.sizes().slice(2));
  return weight.size(which == Fan::in ? 1 : 0) * kernel;
}

void constant_(const at::Tensor& tensor, double value) {
  const c10::NoGradGuard no_grad;
  if (!tensor.is_meta()) tensor.fill_(value);
}

void normal_(const at::Tensor& tensor, double mean, double deviation) {
  const c10::NoGradGuard no_grad;
  if (!tensor.is_meta()) tensor.normal_(mean, deviation);
}

void uniform_(const at::Tensor& tensor, double low, double high) {
  const c10::NoGradGuard no_grad;
  if (!tensor.is_meta()) tensor.uniform_(low, high);
}

void trunc_normal_(const at::Tensor& tensor, double mean, double deviation, double low, double high) {
  const c10::NoGradGuard no_grad;
  if (tensor.is_meta()) return;
  const double from = normal_distribution((low - mean) / deviation);
  const double to = normal_distribution((high - mean) / deviation);
  tensor.uniform_(2 * from - 1, 2 * to - 1).erfinv_().mul_(deviation * std::sqrt(2.0)).add_(mean).clamp_(low, high);
}

void kaiming_uniform_(const at::Tensor& weight, double slope) {
  const double gain = std::sqrt(2.0 / (1 + slope * slope));
  const double deviation = gain / std::sqrt(static_cast<double>(fan(weight, Fan::in)));
  const double bound = std::sqrt(3.0) * deviation;
  uniform_(weight, -bound, bound);
}

void kaiming_normal_(const at::Tensor& weight, Fan which) {
  normal_(weight, 0.0, std::sqrt(2.0) / std::sqrt(static_cast<double>(fan(weight, which))));
}

void xavier_uniform_(const at::Tensor& weight, double gain) {
  const double fans = static_cast<double>(fan(weight, Fan::in) + fan(weight, Fan::out));
  const double bound = std::sqrt(3.0) * (gain * std::sqrt(2.0 / fans));
  uniform_(weight, -bound, bound);
}

void xavier_normal_(const at::Tensor& weight, double gain) {
  const double fans = static_cast<double>(fan(weight, Fan::in) + fan(weight, Fan::out));
  normal_(weight, 0.0, gain * std::sqrt(2.0 / fans));
}

void default_init_(const at::Tensor& weight, const at::Tensor& bias) {
  kaiming_uniform_(weight, std::sqrt(5.0));
  if (!bias.defined()) return;
  const double bound = 1 / std::sqrt(static_cast<double>(fan(weight, Fan::in)));
  uniform_(bias, -bound, bound);
}

Rule init_choice() {
  Rule rule;
  for (const Scheme& scheme : schemes) rule.choices.push_back(scheme.name);
  return rule;
}

void initialise(const Module& network, const std::string& name) {
  for (const Scheme& scheme : schemes) {
    if (scheme.name != name) continue;
    if (!scheme.draw) return;
    for (const auto& [path, module] : network.modules()) {
      if (const auto* linear = dynamic_cast<const Linear*>(module)) redraw(scheme, linear->weight, linear->bias);
      if (const auto* conv = dynamic_cast<const Conv2d*>(module)) redraw(scheme, conv->weight, conv->bias);
    }
    return;
  }
  TORCH_CHECK(false, "no initialisation named ", name);
}

}  // namespace dlrun
