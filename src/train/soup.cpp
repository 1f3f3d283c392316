// Model soups.

#include "train/soup.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/log.h"
#include "eval/evaluate.h"
#include "experiment/members.h"
#include "run/safetensors.h"
#include "run/weights.h"
#include "step/average_norms.h"

namespace dlrun {
namespace {

// The members' weights, and the experiment of the first of them, which holds one mean of some after the other.
class Kettle {
 public:
  Kettle(const Recipe& recipe, const std::string& folder) {
    RestoreOptions options;
    options.run = member_folder(folder, 0);
    first_ = restore(options);
    states_.push_back(state_of(first_));
    for (int64_t i = 1; i < member_count(recipe); ++i) {
      options.run = member_folder(folder, i);
      options.data = false;
      const Restored other = restore(options);
      if (other.experiment->fitted != first_.experiment->fitted)
        throw UserError(ExitCode::bad_data,
                        fmt::format("{}: was trained on other data than {}", options.run, member_folder(folder, 0)));
      states_.push_back(state_of(other));
    }
  }

  size_t members() const { return states_.size(); }
  Module& all() const { return *first_.experiment->all; }

  void fill(const std::vector<size_t>& members) const {
    std::vector<TensorList> some;
    for (const size_t member : members) some.push_back(states_[member]);
    load_weights(all().state(), mean_of_states(some), "soup");
    const AverageNorms norms(*first_.experiment);
    if (norms.any() && members.size() > 1) norms.measure();
  }

  Results results(const std::string& split) const {
    const std::unique_ptr<Loader> loader = first_.experiment->loader(split);
    if (!loader) return {};
    return evaluate(*first_.experiment, *loader);
  }

  // Of what is in it, by the monitored number of the validation split; higher is better.
  double quality() const {
    const Recipe& recipe = *first_.recipe;
    const std::string& monitor = recipe.checkpoint.monitor;
    const std::string name = monitor.starts_with("val/") ? monitor.substr(4) : "loss";
    const bool rises = higher_is_better("val/" + name, recipe.checkpoint.mode, recipe.metrics);
    for (const auto& [result, value] : results("val"))
      if (result == name) return std::isnan(value) ? -std::numeric_limits<double>::infinity() : rises ? value : -value;
    throw UserError(ExitCode::bad_recipe,
                    "repeat.soup: greedy chooses on the validation split, and the data have none, "
                    "or not what checkpoint.monitor names; soup: uniform needs none");
  }

 private:
  static TensorList state_of(const Restored& run) {
    TensorList copies;
    for (const auto& [name, tensor] : values_of(run.experiment->all->state()))
      copies.emplace_back(name, tensor.clone());
    return copies;
  }

  Restored first_;
  std::vector<TensorList> states_;
};

}  // namespace

TensorList mean_of_states(const std::vector<TensorList>& states) {
  TensorList mean;
  for (size_t i = 0; i < states.front().size(); ++i) {
    const auto& [name, first] = states.front()[i];
    if (!first.is_floating_point()) {
      mean.emplace_back(name, first);
      continue;
    }
    at::Tensor sum = first.to(at::kDouble);
    for (size_t k = 1; k < states.size(); ++k) {
      TORCH_CHECK(states[k][i].first == name, "weights in another order");
      sum = sum + states[k][i].second.to(at::kDouble);
    }
    mean.emplace_back(name, (sum / static_cast<double>(states.size())).to(first.scalar_type()));
  }
  return mean;
}

std::vector<size_t> greedy_soup(size_t members, const std::function<double(const std::vector<size_t>&)>& quality) {
  std::vector<double> alone;
  for (size_t i = 0; i < members; ++i) alone.push_back(quality({i}));
  std::vector<size_t> order(members);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return alone[a] > alone[b]; });
  std::vector<size_t> soup = {order.front()};
  double best = alone[order.front()];
  for (size_t i = 1; i < members; ++i) {
    std::vector<size_t> with = soup;
    with.push_back(order[i]);
    const double better = quality(with);
    if (better < best) continue;
    best = better;
    soup = std::move(with);
  }
  return soup;
}

Soup make_soup(const Recipe& recipe, const std::string& folder, const std::string& split) {
  if (recipe.architecture->pretrained.empty())
    log_warning(
        "repeat.soup: the members began at weights of their own, and the mean of such weights is rarely of use; "
        "give architecture.pretrained");
  const Kettle kettle(recipe, folder);
  Soup soup;
  if (recipe.repeat->soup == "greedy") {
    soup.members = greedy_soup(kettle.members(), [&](const std::vector<size_t>& some) {
      kettle.fill(some);
      return kettle.quality();
    });
  } else {
    soup.members.resize(kettle.members());
    std::iota(soup.members.begin(), soup.members.end(), size_t{0});
  }
  kettle.fill(soup.members);
  if (!split.empty()) soup.results = kettle.results(split);
  save_safetensors(soup_file(folder), values_of(kettle.all().state()), {{"format", "pt"}});
  return soup;
}

}  // namespace dlrun
