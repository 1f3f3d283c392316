// L-BFGS: steps by a curvature that is estimated from the last gradients, for small networks and whole batches. (Liu &
// Nocedal 1989; torch.optim.LBFGS)

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "optim/line_search.h"
#include "optim/optimizer.h"
#include "optim/whole_parameters.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// A vector over all groups.
using Flat = std::vector<at::Tensor>;

Flat state_of(std::span<const Update> groups, const std::string& name) {
  Flat flat;
  for (const Update& group : groups) flat.push_back(group.state[name]);
  return flat;
}

Flat copy_of(const Flat& flat) {
  Flat copy;
  for (const at::Tensor& tensor : flat) copy.push_back(tensor.clone());
  return copy;
}

void assign(const Flat& to, const Flat& from) {
  for (size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
}

void add(const Flat& to, const Flat& from, double factor) {
  for (size_t i = 0; i < to.size(); ++i) to[i].add_(from[i], factor);
}

double dot(const Flat& a, const Flat& b) {
  double sum = 0.0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i].dot(b[i]).item<double>();
  return sum;
}

double largest(const Flat& flat) {
  double most = 0.0;
  for (const at::Tensor& tensor : flat) most = std::max(most, tensor.abs().max().item<double>());
  return most;
}

// What is remembered beside vectors, in the state of the first parameter.
struct Progress {
  at::Tensor kept;
  double iterations, pairs, next, diagonal, length;

  explicit Progress(const at::Tensor& kept) : kept(kept) {
    const at::Tensor numbers = kept.to(at::kCPU, at::kDouble);
    const double* number = numbers.const_data_ptr<double>();
    iterations = number[0], pairs = number[1], next = number[2], diagonal = number[3], length = number[4];
  }
  void keep() const { kept.copy_(at::tensor({iterations, pairs, next, diagonal, length}, at::kDouble)); }
};

struct Lbfgs final : Optimizer, WholeParameters {
  int64_t max_iter = 20;
  std::optional<int64_t> max_eval;
  double tolerance_grad = 1e-7;
  double tolerance_change = 1e-9;
  int64_t history_size = 10;
  std::string line_search_fn = "strong_wolfe";

  Lbfgs() : Optimizer(1.0) {}

  std::vector<Field> fields() override {
    std::vector<Field> fields =
        common_fields("Weight decay as an L2 penalty of the loss and its gradient (coupled): half of this times w^2.");
    fields.push_back(field("max_iter", max_iter, "Iterations of a step, all on the same batch.", at_least(1)));
    fields.push_back(field("max_eval", max_eval,
                           "Losses and gradients computed in a step, at most but for what its last line search takes; "
                           "null: 1.25 times max_iter.",
                           at_least(1)));
    fields.push_back(field("tolerance_grad", tolerance_grad, "A step ends where no gradient is larger.", at_least(0)));
    fields.push_back(field("tolerance_change", tolerance_change,
                           "A step ends where weights or the loss change by less.", at_least(0)));
    fields.push_back(field("history_size", history_size,
                           "Pairs of gradients and moves that are remembered; each takes twice the memory of the "
                           "weights (PyTorch: up to 100).",
                           between(1, 1000)));
    fields.push_back(field("line_search_fn", line_search_fn,
                           "How long a move is: lr times the direction (none), or as the strong Wolfe conditions ask.",
                           one_of("none", "strong_wolfe")));
    return fields;
  }

  std::vector<Kept> keeps(const std::string&, at::IntArrayRef sizes) const override {
    std::vector<Kept> kept = like_parameter({"d", "prev_flat_grad"}, sizes);
    for (int64_t i = 0; i < history_size; ++i)
      for (const char* name : {"old_dirs", "old_stps"}) kept.push_back({pair(name, i), sizes.vec()});
    kept.push_back({"progress", {5}});
    return kept;
  }

  void check(const std::vector<NamedTensor>& parameters) const override {
    Optimizer::check(parameters);
    bool even = layer_decay == 1, penalised = false;
    for (size_t i = 0; i < groups.size(); ++i) {
      even = even && (groups[i].lr_scale == 1 || groups[i].lr_scale == 0);
      penalised = penalised || groups[i].l1.value_or(0) > 0 || groups[i].l2.value_or(0) > 0;
    }
    if (!even)
      throw UserError(ExitCode::bad_recipe,
                      "optimizer: lbfgs moves all weights along one direction; leave layer_decay out, and let lr_scale "
                      "of groups be 1 or 0");
    if (penalised)
      throw UserError(ExitCode::bad_recipe,
                      "optimizer.groups: lbfgs compares losses, and those of groups' l1 and l2 are not in them; use "
                      "weight_decay");
  }

  bool evaluates() const override { return true; }

  void update(const Update&) const override {}  // step() moves all groups together.

  bool step(std::span<const Update> groups, double loss, const Evaluate& evaluate) const override {
    Flat weights, gradients;
    for (const Update& group : groups) {
      weights.push_back(group.parameters);
      gradients.push_back(group.gradients);
    }
    const Flat direction = state_of(groups, "d"), previous = state_of(groups, "prev_flat_grad");
    Progress progress(groups.front().pieces.front().state["progress"]);
    int64_t evaluations = 1;
    const auto look = [&]() -> std::optional<double> {
      ++evaluations;
      const std::optional<double> found = evaluate();
      return found ? decayed(groups, *found) : found;
    };
    loss = decayed(groups, loss);
    if (largest(gradients) <= tolerance_grad) return true;
    for (int64_t i = 1; i <= max_iter; ++i) {
      turn(groups, gradients, progress);
      const double before = loss, slope = dot(gradients, direction);
      assign(previous, gradients);
      progress.length = groups.front().lr;
      if (progress.iterations == 1) progress.length *= std::min(1.0, 1.0 / size(gradients));
      if (slope > -tolerance_change) break;
      if (line_search_fn == "strong_wolfe") {
        const Flat start = copy_of(weights);
        const auto try_at = [&](double t) -> std::optional<Trial> {
          assign(weights, start);
          add(weights, direction, t);
          const std::optional<double> found = look();
          if (!found) return {};
          return Trial{t, *found, dot(gradients, direction), copy_of(gradients)};
        };
        const std::optional<Trial> found = strong_wolfe({0.0, loss, slope, copy_of(gradients)}, progress.length,
                                                        largest(direction), tolerance_change, try_at);
        if (!found) return false;
        progress.length = found->t;
        loss = found->loss;
        assign(gradients, found->gradients);
        assign(weights, start);
        add(weights, direction, found->t);
      } else {
        add(weights, direction, progress.length);
        if (i == max_iter) break;
        const std::optional<double> found = look();
        if (!found) return false;
        loss = *found;
      }
      if (evaluations >= max_eval.value_or(max_iter * 5 / 4) || largest(gradients) <= tolerance_grad) break;
      if (largest(direction) * progress.length <= tolerance_change || std::abs(loss - before) < tolerance_change) break;
    }
    progress.keep();
    return true;
  }

 private:
  static std::string pair(const std::string& name, int64_t i) { return name + "_" + std::to_string(i); }

  static double size(const Flat& flat) {
    double sum = 0.0;
    for (const at::Tensor& tensor : flat) sum += tensor.abs().sum().item<double>();
    return sum;
  }

  // Adds the weight decay to gradients and loss.
  static double decayed(std::span<const Update> groups, double loss) {
    for (const Update& group : groups) {
      if (group.weight_decay == 0) continue;
      group.gradients.add_(group.parameters, group.weight_decay);
      loss += 0.5 * group.weight_decay * group.parameters.dot(group.parameters).item<double>();
    }
    return loss;
  }

  // The next direction: minus the gradients times the estimated inverse of the curvature (the two-loop recursion).
  void turn(std::span<const Update> groups, const Flat& gradients, Progress& progress) const {
    const Flat direction = state_of(groups, "d");
    if (++progress.iterations == 1) {
      progress.diagonal = 1.0;
    } else {
      remember(groups, gradients, progress);
    }
    const auto count = static_cast<int64_t>(progress.pairs), next = static_cast<int64_t>(progress.next);
    std::vector<Flat> changes, moves;  // the newest first
    for (int64_t i = 0; i < count; ++i) {
      const int64_t slot = (next - 1 - i + 2 * history_size) % history_size;
      changes.push_back(state_of(groups, pair("old_dirs", slot)));
      moves.push_back(state_of(groups, pair("old_stps", slot)));
    }
    assign(direction, gradients);
    for (const at::Tensor& tensor : direction) tensor.neg_();
    std::vector<double> shares(changes.size()), inverse(changes.size());
    for (size_t i = 0; i < changes.size(); ++i) {
      inverse[i] = 1.0 / dot(changes[i], moves[i]);
      shares[i] = dot(moves[i], direction) * inverse[i];
      add(direction, changes[i], -shares[i]);
    }
    for (const at::Tensor& tensor : direction) tensor.mul_(progress.diagonal);
    for (size_t i = changes.size(); i-- > 0;)
      add(direction, moves[i], shares[i] - dot(changes[i], direction) * inverse[i]);
  }

  // The last move and what it changed of the gradients, where the curvature along it is positive.
  void remember(std::span<const Update> groups, const Flat& gradients, Progress& progress) const {
    const Flat change = copy_of(gradients), move = copy_of(state_of(groups, "d"));
    add(change, state_of(groups, "prev_flat_grad"), -1);
    for (const at::Tensor& tensor : move) tensor.mul_(progress.length);
    const double curvature = dot(change, move);
    if (curvature <= 1e-10) return;
    const auto slot = static_cast<int64_t>(progress.next);
    assign(state_of(groups, pair("old_dirs", slot)), change);
    assign(state_of(groups, pair("old_stps", slot)), move);
    progress.next = static_cast<double>((slot + 1) % history_size);
    progress.pairs = std::min(progress.pairs + 1, static_cast<double>(history_size));
    progress.diagonal = curvature / dot(change, change);
  }
};

const Registered<Optimizer, Lbfgs> lbfgs_entry{
    "lbfgs", "Steps by an estimated curvature, for small networks and whole batches."};

}  // namespace
}  // namespace dlrun
