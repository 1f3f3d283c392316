// Watches one ordinary step through the tap and the flat buffers.

#include "train/diagnosis/observer.h"

#include <algorithm>
#include <cmath>

namespace dlrun {
namespace {

const void* memory(const at::Tensor& tensor) {
  return tensor.has_storage() ? tensor.storage().unsafeGetStorageImpl() : nullptr;
}

double root_mean_square(const at::Tensor& tensor) {
  return at::linalg_vector_norm(tensor).item<double>() / std::sqrt(static_cast<double>(tensor.numel()));
}

bool within(const std::string& module, const std::string& outer) {
  return outer.empty() || module == outer || module.starts_with(outer + ".");
}

// Units that are zero for every sample and pixel: [N, units], [N, T, units] or [N, units, H, W].
std::vector<bool> silent_units(const at::Tensor& output) {
  const int64_t units = output.dim() == 3 ? 2 : 1;
  std::vector<int64_t> others;
  for (int64_t i = 0; i < output.dim(); ++i)
    if (i != units) others.push_back(i);
  const at::Tensor silent = output.amax(others).le(0).cpu().contiguous();
  const bool* first = silent.const_data_ptr<bool>();
  return std::vector<bool>(first, first + silent.numel());
}

double saturated(const at::Tensor& output, bool sigmoid) {
  const at::Tensor from_middle = sigmoid ? output.sub(0.5).abs_() : output.abs();
  return from_middle.gt(sigmoid ? 0.49 : 0.99).to(at::kFloat).mean().item<double>();
}

std::string full_name(const Player& player, const std::string& name) {
  const std::string& path = player.module->path();
  return path.empty() ? name : path + "." + name;
}

}  // namespace

void StepObserver::watch(const Player& player, const FlatParameters& parameters, const std::function<void()>& work) {
  Watched watched;
  watched.module = player.module->path();
  for (const at::Tensor& buffer : parameters.buffers()) watched.parameters.insert(memory(buffer));
  watched.hidden = observation_.activations.size();
  tap(work, [&](const TappedCall& call) {
    if (!call.backward) see(call, watched);
  });
  // What comes after the last trained layer is the answer: its bounds are meant to be reached.
  observation_.activations.resize(watched.hidden);
  if (player.name == "generator") generated_ = watched.output;
}

void StepObserver::see(const TappedCall& call, Watched& watched) {
  if (!within(call.module, watched.module)) return;
  const c10::NoGradGuard no_gradients;
  for (const at::Tensor& input : call.inputs())
    if (watched.parameters.count(memory(input))) watched.hidden = observation_.activations.size();
  const std::vector<at::Tensor> outputs = call.outputs();
  if (outputs.empty() || !outputs[0].is_floating_point() || outputs[0].dim() < 2 || outputs[0].numel() == 0) return;
  const at::Tensor output = outputs[0].detach();
  watched.output = output;

  std::string op = call.name().substr(call.name().find("::") + 2);
  if (op.ends_with('_')) op.pop_back();
  const bool rectifier = op == "relu" || op == "norm_relu_pool";
  if (!rectifier && op != "sigmoid" && op != "tanh") return;
  ActivationView view;
  view.name = call.module.empty() ? op : call.module + " " + op;
  const auto same = std::count_if(observation_.activations.begin(), observation_.activations.end(),
                                  [&](const ActivationView& other) { return other.name.starts_with(view.name); });
  if (same > 0) view.name += " (" + std::to_string(same + 1) + ")";
  view.rectifier = rectifier;
  if (rectifier)
    view.silent = silent_units(output);
  else
    view.saturated = saturated(output, op == "sigmoid");
  observation_.activations.push_back(std::move(view));
}

void StepObserver::before_update(const Player& player, size_t index, const FlatParameters& parameters,
                                 double gradient_norm) {
  observation_.gradient_norms.push_back(gradient_norm);
  std::map<std::string, Piece> views;
  for (Piece& piece : parameters.pieces()) views[piece.name] = piece;
  pending_.clear();
  for (const NamedTensor& parameter : player.module->parameters()) {
    const std::string name = full_name(player, parameter.name);
    const auto view = views.find(name);
    if (view == views.end() || view->second.parameter.dim() < 2) continue;
    pending_.emplace_back(observation_.weights.size(), view->second.parameter.clone());
    now_.push_back(view->second.parameter);
    observation_.weights.push_back(
        {name, index, root_mean_square(view->second.parameter), root_mean_square(view->second.gradient), 0.0});
  }
}

void StepObserver::after_update() {
  for (size_t i = 0; i < pending_.size(); ++i)
    observation_.weights[pending_[i].first].update = root_mean_square(now_[i] - pending_[i].second);
  pending_.clear();
  now_.clear();
}

void StepObserver::outcome(const Outcome& outcome, const Batch& batch) {
  const c10::NoGradGuard no_gradients;
  for (const auto& [name, value] : outcome.parts) observation_.parts[name] = value.item<double>();
  if (generated_.defined() && batch.has("input") && batch["input"].is_floating_point() && batch.count > 1) {
    const double real = batch["input"].std(0).mean().item<double>();
    if (real > 0) observation_.diversity = generated_.std(0).mean().item<double>() / real;
  }
  if (!outcome.comparable() || !outcome.answer.has("output")) return;
  const at::Tensor &answer = outcome.answer["output"], &target = outcome.truth["target"];
  if (target.numel() < 8) return;
  if (!target.is_floating_point()) {
    const at::Tensor chosen = answer.size(-1) == 1 ? answer.squeeze(-1).gt(0).to(at::kLong) : answer.argmax(-1);
    if (chosen.sizes() != target.sizes()) return;
    const at::Tensor counted = target.ge(0);  // not padding
    const at::Tensor predicted = chosen.masked_select(counted).cpu(), actual = target.masked_select(counted).cpu();
    observation_.predicted.assign(predicted.const_data_ptr<int64_t>(),
                                  predicted.const_data_ptr<int64_t>() + predicted.numel());
    observation_.actual.assign(actual.const_data_ptr<int64_t>(), actual.const_data_ptr<int64_t>() + actual.numel());
  } else if (target.sizes() == answer.sizes() && target.size(0) >= 8) {
    const double spread = target.to(at::kDouble).var(0).mean().item<double>();
    const double error = (answer - target).to(at::kDouble).square().mean().item<double>();
    if (spread > 0) observation_.explained = 1 - error / spread;
  }
}

}  // namespace dlrun
