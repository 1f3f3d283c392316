// The statistics of batch norms that belong to averaged weights: measured anew.

#include "step/average_norms.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <set>

#include "step/parts.h"
#include "step/step.h"
#include "tensor/random_streams.h"

namespace dlrun {
namespace {

// Enough for a mean within 2 % of a deviation, and little beside an epoch.
constexpr int64_t samples_measured = 4096;

}  // namespace

AverageNorms::AverageNorms(const Experiment& experiment) : experiment_(experiment) {
  std::set<const Module*> averaged;
  for (const Player& player : experiment.recipe.task->players(*experiment.all))
    for (const auto& [name, module] : player.module->modules()) averaged.insert(module);
  for (const auto& [name, module] : experiment.all->modules()) {
    auto* norm = dynamic_cast<BatchNorm*>(module);
    if (!norm || !averaged.contains(norm)) continue;
    norms_.push_back(norm);
    for (const NamedTensor& buffer : norm->buffers())
      inside_.push_back({name.empty() ? buffer.name : name + "." + buffer.name, buffer.tensor});
  }
  for (const NamedTensor& buffer : inside_) outside_.push_back(buffer.tensor->clone());
}

void AverageNorms::swap() {
  for (size_t i = 0; i < inside_.size(); ++i) {
    const at::Tensor kept = inside_[i].tensor->clone();
    inside_[i].tensor->copy_(outside_[i]);
    outside_[i].copy_(kept);
  }
}

bool AverageNorms::finite() const {
  for (const NamedTensor& buffer : inside_)
    if (buffer.tensor->is_floating_point() && !at::isfinite(*buffer.tensor).all().item<bool>()) return false;
  return true;
}

void AverageNorms::measure() const {
  const Recipe& recipe = experiment_.recipe;
  const at::AutoGradMode gradients(true);  // A turn may look at slopes of its own.
  RandomStreams streams(experiment_.device);
  const TensorList drawn = streams.take();
  const std::unique_ptr<Feed> feed = experiment_.feed(Share{});
  const int64_t batches =
      std::min(feed->steps(), (samples_measured + recipe.trainer.batch_size - 1) / recipe.trainer.batch_size);
  const size_t players = recipe.task->players(*experiment_.all).size();
  experiment_.all->set_training(false);
  for (BatchNorm* norm : norms_) norm->measure(true);
  feed->seek(0);
  int64_t whole = 0;
  for (int64_t i = 0; i < batches; ++i) {
    const Batch batch = experiment_.place(feed->next());
    if (batch.count < whole) break;  // A smaller last batch would count like the others.
    whole = batch.count;
    std::vector<at::Tensor> before;
    for (const NamedTensor& buffer : inside_) before.push_back(buffer.tensor->clone());
    for (const Part& part : parts_of(recipe, batch))
      for (size_t player = 0; player < players; ++player) forward_turn(experiment_, part.batch, player);
    // A batch that a training skips because it is not finite counts here for nothing either.
    if (!finite())
      for (size_t k = 0; k < inside_.size(); ++k) inside_[k].tensor->copy_(before[k]);
  }
  for (BatchNorm* norm : norms_) norm->measure(false);
  experiment_.all->set_training(true);
  streams.restore(drawn);
}

TensorList AverageNorms::tensors() const {
  TensorList tensors;
  for (size_t i = 0; i < inside_.size(); ++i) tensors.emplace_back(inside_[i].name, outside_[i]);
  return tensors;
}

void AverageNorms::load(const TensorList& saved) {
  for (size_t i = 0; i < inside_.size(); ++i)
    for (const auto& [name, tensor] : saved)
      if (name == inside_[i].name) outside_[i].copy_(tensor);
}

}  // namespace dlrun
