// Muon: momentum of a weight matrix, made orthogonal by Newton-Schulz iterations. (Jordan et al. 2024,
// https://kellerjordan.github.io/posts/muon; torch.optim.Muon; match_rms_adamw: Liu et al. 2025, "Muon is Scalable for
// LLM Training")
//
// It is made for the hidden matrices of a network. What is no matrix, and matrices that are named, learn by AdamW, its
// companion, as in the authors' MuonWithAuxAdam, whose defaults the companion has.

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <regex>

#include "base/error.h"
#include "optim/moments.h"
#include "optim/optimizer.h"
#include "optim/whole_parameters.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Companion final : Params {
  std::string match;
  double lr = 3e-4;
  Moments moments{.beta2 = 0.95, .epsilon = 1e-10};

  std::vector<Field> fields() override {
    std::vector<Field> fields = {
        field("match", match,
              "Regular expression found in the full names of matrices that are no hidden weights: embeddings, the last "
              "layer; empty: every matrix is hidden.",
              required(), is_expression()),
        field("lr", lr, "AdamW's learning rate; the schedule moves it with the other one.", more_than(0)),
    };
    moments.add_fields(fields);
    return fields;
  }
};

struct Muon final : Optimizer, WholeParameters {
  double momentum = 0.95;
  bool nesterov = true;
  std::vector<double> ns_coefficients = {3.4445, -4.7750, 2.0315};
  int64_t ns_steps = 5;
  std::string ns_precision = "bfloat16";
  double epsilon = 1e-7;
  std::string adjust_lr_fn = "original";
  Companion companion;

  Muon() : Optimizer(1e-3) { weight_decay = 0.1; }

  std::vector<Field> fields() override {
    std::vector<Field> fields = common_fields(decoupled_decay);
    fields.push_back(field("momentum", momentum, "Decay of the mean of gradients.", at_least(0), less_than(1)));
    fields.push_back(field("nesterov", nesterov, "Look ahead along the momentum (Sutskever et al. 2013)."));
    fields.push_back(
        field("ns_coefficients", ns_coefficients, "a, b and c of an iteration X <- a X + b (X X') X + c (X X')^2 X."));
    fields.push_back(field("ns_steps", ns_steps, "Newton-Schulz iterations.", between(1, 99)));
    fields.push_back(field("ns_precision", ns_precision,
                           "Number format of the iterations; bfloat16, torch's, differs between kinds of processor.",
                           one_of("bfloat16", "float32")));
    fields.push_back(field("epsilon", epsilon, "Least norm the momentum is divided by.", more_than(0)));
    fields.push_back(field("adjust_lr_fn", adjust_lr_fn,
                           "Factor on the rate of a matrix [A, B]: original is sqrt(max(1, A / B)), match_rms_adamw is "
                           "0.2 sqrt(max(A, B)).",
                           one_of("original", "match_rms_adamw")));
    fields.push_back(field("companion", companion, "AdamW for all that is no hidden matrix.", required()));
    return fields;
  }

  std::vector<Relation> relations() const override {
    return {{"ns_coefficients", "length(ns_coefficients) == 3", "must be three numbers"}};
  }

  std::vector<Kept> keeps(const std::string& name, at::IntArrayRef sizes) const override {
    if (hidden(name, sizes)) return like_parameter({"momentum_buffer"}, sizes);
    return like_parameter({"exp_avg", "exp_avg_sq"}, sizes);
  }

  void check(const std::vector<NamedTensor>& parameters) const override {
    Optimizer::check(parameters);
    const auto any = [&](const auto& is) { return std::any_of(parameters.begin(), parameters.end(), is); };
    const std::regex expression(companion.match);
    if (!companion.match.empty() && !any([&](const NamedTensor& parameter) {
          return parameter.tensor->dim() == 2 && std::regex_search(parameter.name, expression);
        }))
      throw UserError(ExitCode::bad_recipe,
                      "optimizer.companion.match: \"" + companion.match + "\" matches no weight matrix");
    if (!any([&](const NamedTensor& parameter) { return hidden(parameter.name, parameter.tensor->sizes()); }))
      throw UserError(ExitCode::bad_recipe,
                      "optimizer: muon is for weight matrices, and there is none that its companion does not take; use "
                      "adamw");
  }

  void update(const Update& update) const override {
    if (update.state.has("momentum_buffer"))
      orthogonal_step(update);
    else
      companion_step(update);
  }

 private:
  bool hidden(const std::string& name, at::IntArrayRef sizes) const {
    if (sizes.size() != 2) return false;
    return companion.match.empty() || !std::regex_search(name, std::regex(companion.match));
  }

  void orthogonal_step(const Update& update) const {
    const double decay = update.momentum.value_or(momentum);
    update.state["momentum_buffer"].lerp_(update.gradients, 1 - decay);
    if (nesterov) update.gradients.lerp_(update.state["momentum_buffer"], decay);
    update.parameters.mul_(1 - update.lr * update.weight_decay);
    for (const Piece& piece : update.pieces) {
      const at::Tensor step = orthogonal(nesterov ? piece.gradient : piece.state["momentum_buffer"]);
      piece.parameter.add_(step, -update.lr * adjustment(piece.parameter.sizes()));
    }
  }

  // matrix [A, B] -> [A, B]: its singular vectors with singular values between about 0.7 and 1.2.
  at::Tensor orthogonal(const at::Tensor& matrix) const {
    const bool tall = matrix.size(0) > matrix.size(1);
    const double a = ns_coefficients[0], b = ns_coefficients[1], c = ns_coefficients[2];
    at::Tensor x = matrix.to(ns_precision == "bfloat16" ? at::kBFloat16 : at::kFloat);
    if (tall) x = x.t();
    x = x / x.norm().clamp_min(epsilon);
    for (int64_t i = 0; i < ns_steps; ++i) {
      const at::Tensor gram = x.mm(x.t());
      x = at::addmm(x, at::addmm(gram, gram, gram, b, c), x, a);
    }
    return tall ? x.t() : x;
  }

  double adjustment(at::IntArrayRef sizes) const {
    const auto rows = static_cast<double>(sizes[0]), columns = static_cast<double>(sizes[1]);
    if (adjust_lr_fn == "original") return std::sqrt(std::max(1.0, rows / columns));
    return 0.2 * std::sqrt(std::max(rows, columns));
  }

  void companion_step(const Update& update) const {
    const Moments& moments = companion.moments;
    at::_fused_adamw_({update.parameters}, {update.gradients}, {update.state["exp_avg"]}, {update.state["exp_avg_sq"]},
                      {}, {update.step}, update.lr * (companion.lr / lr), moments.beta1, moments.beta2,
                      update.weight_decay, moments.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  }
};

const Registered<Optimizer, Muon> muon_entry{"muon",
                                             "Orthogonal steps for hidden matrices, AdamW for everything else."};

}  // namespace
}  // namespace dlrun
