// One step of a training.

#include "step/step.h"

#include <cmath>
#include <iterator>

#include "base/error.h"
#include "experiment/parted_network.h"
#include "step/limits.h"
#include "step/passes.h"
#include "step/trained_parameters.h"
#include "tensor/loss_terms.h"
#include "tensor/ranks.h"
#include "tensor/read_numbers.h"

namespace dlrun {
namespace {

// What a task made of a batch, with what its loss is a sum of, and nothing that the loss ignores.
Outcome complete(Outcome outcome, const Loss& loss) {
  std::move(outcome.loss.parts.begin(), outcome.loss.parts.end(), std::back_inserter(outcome.parts));
  outcome.loss.parts.clear();
  return counted(std::move(outcome), loss);
}

// The task's turn, whose loss includes what the networks themselves add to it; each of these is recorded too.
Outcome whole_turn(const Recipe& recipe, const Turn& turn) {
  const LossTerms given;
  Outcome outcome = recipe.task->turn(turn);
  for (const auto& [name, value] : given.terms()) {
    outcome.loss.mean = outcome.loss.mean + value.to(outcome.loss.mean.scalar_type());
    outcome.loss.parts.emplace_back(name + "_loss", value.detach());
  }
  return complete(std::move(outcome), turn.loss);
}

// The part of the optimizer's memory that this process keeps. A rehearsal has the part of one of those to come.
Shard optimizer_shard(const Experiment& experiment) {
  const Hardware& hardware = experiment.recipe.hardware;
  if (hardware.strategy != "zero1") return {};
  Group& group = *experiment.sharers;
  if (group.size() > 1) return {group.rank(), group.size(), &group};
  return {0, experiment.all->device().is_meta() ? hardware.devices : 1, nullptr};
}

// The parameters of which this process has all, others of a stage being none here.
std::vector<NamedTensor> whole_ones(const std::vector<NamedTensor>& slots, const Experiment& experiment) {
  std::vector<NamedTensor> whole;
  for (const NamedTensor& slot : slots)
    if (slot.tensor->numel() > 0 && (!experiment.passes_together() || !experiment.parted->has(slot.name)))
      whole.push_back(slot);
  return whole;
}

// The next weights are on their way while others compute, for as long as it lives.
using Travel = std::optional<WeightTraffic::Turn>;

void open(Travel& travel, const Experiment& experiment, WeightTraffic::Kind kind) {
  if (experiment.parted && experiment.parted->traffic()) travel.emplace(*experiment.parted->traffic(), kind);
}

// What those who have parts of one network find in them becomes what is in the whole: the sum of squares, and whether
// all is finite.
void join_parts(const PartedNetwork& parted, double& squares, bool& finite) {
  at::Tensor sums = at::tensor({squares, finite ? 0.0 : 1.0}, at::kDouble);
  parted.group().add(sums);
  squares = sums[0].item<double>();
  finite = sums[1].item<double>() == 0.0;
}

}  // namespace

Step::Step(const Experiment& experiment) : experiment_(experiment) {
  const Recipe& recipe = experiment.recipe;
  std::vector<std::vector<NamedTensor>> slots = trained_parameters(recipe, *experiment.all);
  const std::vector<LateParameters> late = late_parameters(experiment, slots);
  for (const Player& player : recipe.task->players(*experiment.all)) {
    Learner learner{player, nullptr, nullptr, nullptr};
    const std::vector<NamedTensor>& given = slots[learners_.size()];
    learner.parameters = std::make_unique<FlatParameters>(
        given, *recipe.optimizer, experiment.channels_last, optimizer_shard(experiment), late,
        experiment.parted ? experiment.parted->sizes() : WholeSizes());
    if (recipe.optimizer->average())
      learner.average = std::make_unique<WeightAverage>(learner.parameters->buffers(), learner.parameters->averages());
    if (recipe.regularization.ema)
      learner.average = std::make_unique<WeightAverage>(*recipe.regularization.ema, learner.parameters->buffers());
    if (recipe.regularization.swa) learner.average = std::make_unique<WeightAverage>(learner.parameters->buffers());
    learner.exchange =
        std::make_unique<GradientExchange>(whole_ones(given, experiment), *learner.parameters, *experiment.sharers);
    learners_.push_back(std::move(learner));
  }
  if (recipe.hardware.computes_in() == at::kHalf) scale_.emplace();
  if (recipe.optimizer->sam || recipe.optimizer->evaluates()) learned_.emplace(*experiment.all, experiment.device);
  if (!recipe.regularization.max_norm) return;
  const MaxNorm& most = *recipe.regularization.max_norm;
  bool any = false;
  for (const Learner& learner : learners_) {
    limited_.push_back(weights_under(most, learner.parameters->pieces()));
    any = any || !limited_.back().empty();
  }
  if (!any)
    throw UserError(ExitCode::bad_recipe,
                    "regularization.max_norm.match: \"" + most.match + "\" matches no weight of more than a vector");
}

Outcome Step::learn(size_t player, std::span<const Part> parts, int64_t step, StepWatcher* watcher) {
  const Recipe& recipe = experiment_.recipe;
  done_ = step;
  if (learners_.size() > 1)
    for (size_t i = 0; i < learners_.size(); ++i) learners_[i].parameters->set_learning(i == player);
  FlatParameters& parameters = *learners_[player].parameters;
  parameters.zero_gradients();
  const Together together(*experiment_.sharers, recipe.hardware.sync_batchnorm);
  const bool sums = parts.size() > 1 || experiment_.sharers->size() > 1;  // whose weight is divided by in the end
  // Of a sum the gradients are as much larger as it has rows: the scale is that of their mean, alike on every rank.
  if (scale_) scaled_by_ = scale_->value / static_cast<double>(sums ? recipe.trainer.batch_size : 1);
  const Passes passes = {[&](const Part& part) {
                           return whole_turn(recipe, {*experiment_.all, *recipe.loss, part.batch, player, step});
                         },
                         [&](const Outcome& outcome) {
                           const at::Tensor& mean = outcome.loss.mean;
                           const at::Tensor counted = sums ? mean * outcome.loss.weight.to(mean.scalar_type()) : mean;
                           return scale_ ? counted * scaled_by_ : counted;
                         },
                         [&] { learners_[player].exchange->expect(); }};
  Travel travel;
  open(travel, experiment_, WeightTraffic::Kind::learns);
  PipelineStage* stage = experiment_.stage();
  Outcome outcome = stage ? make_passes(passes, parts, watcher, *stage, experiment_.parted->group())
                          : make_passes(passes, parts, watcher);
  if (travel) travel->finish();
  if (scale_ && experiment_.sharers->size() == 1) parameters.scale_gradients(1.0 / scaled_by_);
  if (parts.size() > 1 && experiment_.sharers->size() == 1) {
    const at::Tensor& total = outcome.loss.weight;
    parameters.scale_gradients(at::where(total.gt(0), total.reciprocal(), 0.0));
  }
  return outcome;
}

std::vector<double> Step::exchange(size_t player, Outcome& outcome, const std::vector<double>& beside) {
  const std::vector<double> sums = exchange_rows(player, outcome, beside);
  if (experiment_.stage()) add_stages(player);
  return sums;
}

// What every stage has, the embedding and the head, is used by some: its gradient is the sum of theirs.
void Step::add_stages(size_t player) {
  const FlatParameters& parameters = *learners_[player].parameters;
  const std::vector<at::Tensor> gradients = parameters.gradients();
  const std::vector<bool> parts = parameters.of_parts();
  Group& group = experiment_.parted->group();
  for (size_t i = 0; i < gradients.size(); ++i)
    if (!parts[i]) group.begin_add(gradients[i]);
  group.finish();
}

std::vector<double> Step::exchange_rows(size_t player, Outcome& outcome, const std::vector<double>& beside) {
  if (experiment_.sharers->size() == 1) return beside;
  const at::Tensor own = outcome.loss.weight.to(at::kDouble);
  std::vector<at::Tensor> sums = {own, outcome.loss.mean.to(at::kDouble) * own};
  for (const auto& [name, value] : outcome.parts) sums.push_back(value.detach().to(at::kDouble) * own);
  at::Tensor joined = at::cat({at::stack(sums).cpu(), at::tensor(beside, at::kDouble)});
  std::vector<at::Tensor> states;
  for (const NamedTensor& buffer : experiment_.all->buffers())
    if (buffer.tensor->is_floating_point()) states.push_back(*buffer.tensor);
  learners_[player].exchange->complete(joined, states);
  const at::Tensor& total = joined[0];
  const at::Tensor inverse = at::where(total.gt(0), total.reciprocal(), 0.0);
  learners_[player].parameters->scale_gradients(scale_ ? inverse / scaled_by_ : inverse);

  outcome.loss = {(joined[1] * inverse).to(outcome.loss.mean.scalar_type()), total};
  for (size_t i = 0; i < outcome.parts.size(); ++i)
    outcome.parts[i].second = (joined[static_cast<int64_t>(i) + 2] * inverse).to(outcome.parts[i].second.scalar_type());
  const double* first = joined.const_data_ptr<double>() + sums.size();
  return {first, first + beside.size()};
}

void Step::penalise(size_t player) {
  const Regularization& regularization = experiment_.recipe.regularization;
  learners_[player].parameters->add_penalty(regularization.l1, regularization.l2);
}

TurnNumbers Step::limit(size_t player, const Outcome& outcome) {
  const Regularization& regularization = experiment_.recipe.regularization;
  FlatParameters& parameters = *learners_[player].parameters;
  penalise(player);
  const bool by_norm = regularization.gradient_clipping && regularization.gradient_clipping->type == "norm";
  std::vector<at::Tensor> asked = {outcome.loss.mean, outcome.loss.weight};
  for (const auto& [name, value] : outcome.parts) asked.push_back(value);
  const size_t beside = asked.size();
  for (const at::Tensor& number : by_norm ? parameters.gradient_norms() : parameters.gradient_sums())
    asked.push_back(number);
  const std::vector<double> read = read_numbers(asked);

  TurnNumbers numbers{read[0], read[1], {read.begin() + 2, read.begin() + static_cast<int64_t>(beside)}};
  const std::span<const double> gradients = std::span(read).subspan(beside);
  double squares = 0.0, of_parts = 0.0;
  bool finite = true;
  const std::vector<bool> parts = parameters.of_parts();
  for (size_t i = 0; i < gradients.size(); ++i) {
    (parts[i] ? of_parts : squares) += gradients[i] * gradients[i];
    finite = finite && std::isfinite(gradients[i]);
  }
  // Norms and sums of finite numbers may overflow: only then is each looked at.
  numbers.finite = std::isfinite(numbers.loss) && (finite || parameters.gradients_finite());
  if (experiment_.parted) join_parts(*experiment_.parted, of_parts, numbers.finite);
  squares += of_parts;
  if (scale_ && std::isfinite(numbers.loss)) {
    numbers.overflowed = !numbers.finite && !scale_->exhausted();
    numbers.finite ? scale_->fitted() : scale_->overflowed();
  }
  if (!numbers.finite) return numbers;
  if (regularization.gradient_clipping) {
    const GradientClipping& clipping = *regularization.gradient_clipping;
    if (clipping.type == "value")
      parameters.clamp_gradients(clipping.value);
    else if (clipping.type == "agc")
      clip_adaptively(parameters.pieces(), clipping.value, clipping.eps);
    else if (const double norm = std::sqrt(squares); norm > clipping.value)
      parameters.scale_gradients(clipping.value / (norm + 1e-6));
  }
  if (regularization.gradient_noise)
    add_noise(*regularization.gradient_noise, parameters.gradients(), static_cast<uint64_t>(experiment_.recipe.seed),
              done_, player);
  return numbers;
}

std::optional<double> Step::update(size_t player, const Setting& setting, std::optional<double> loss,
                                   const Again& again) {
  FlatParameters& parameters = *learners_[player].parameters;
  if (!learned_) {
    parameters.step(setting);
    hold_norms(player);
    return {};
  }
  learned_->take();
  const bool looks = loss.has_value(), compares = experiment_.recipe.optimizer->evaluates();
  if (compares) everything_ = parameters.copies();
  std::optional<double> failed = sharpen(player, again, looks);
  const auto evaluate = [&]() -> std::optional<double> {
    const TurnNumbers numbers = run_again(player, again, looks);
    failed = numbers.finite ? sharpen(player, again, looks) : numbers.loss;
    return failed ? std::nullopt : std::optional<double>(numbers.loss);
  };
  if (compares && !looks)
    evaluate();
  else if (!failed)
    parameters.step(setting, loss.value_or(0.0), evaluate);
  learned_->restore();
  if (failed) return failed;
  everything_.clear();
  hold_norms(player);
  return {};
}

// The same turn with the weights as they are now, up to the same gradients.
TurnNumbers Step::run_again(size_t player, const Again& again, bool looks) {
  again.start.restore();
  Outcome outcome = learn(player, again.parts, again.step);
  exchange(player, outcome);
  if (looks) return limit(player, outcome);
  penalise(player);
  return {};
}

// Where recipes ask for it the gradients become those where the loss is about the highest around the weights. A loss
// that is not finite there comes back.
std::optional<double> Step::sharpen(size_t player, const Again& again, bool looks) {
  const Optional<Sam>& sam = experiment_.recipe.optimizer->sam;
  if (!sam) return {};
  FlatParameters& parameters = *learners_[player].parameters;
  for (const at::Tensor& buffer : parameters.buffers()) weights_.push_back(buffer.clone());
  sam->climb(parameters.buffers(), parameters.gradients());
  const TurnNumbers numbers = run_again(player, again, looks);
  if (!numbers.finite) return numbers.loss;
  descend(player);
  return {};
}

// From where sharpen() went.
void Step::descend(size_t player) {
  const std::vector<at::Tensor> buffers = learners_[player].parameters->buffers();
  for (size_t i = 0; i < weights_.size(); ++i) buffers[i].copy_(weights_[i]);
  weights_.clear();
}

void Step::put_back(size_t player) {
  descend(player);
  if (!everything_.empty()) learners_[player].parameters->assign(everything_);
  everything_.clear();
}

void Step::hold_norms(size_t player) {
  const Optional<MaxNorm>& most = experiment_.recipe.regularization.max_norm;
  if (most) hold_max_norm(limited_[player], most->value);
}

void Step::freeze(int64_t step) {
  for (Learner& learner : learners_) learner.parameters->freeze_late(step);
}

void Step::finish(int64_t step, bool averaged) {
  for (Learner& learner : learners_)
    if (learner.average) learner.average->update(step, averaged);
  const c10::NoGradGuard no_gradients;
  experiment_.recipe.task->after_update(*experiment_.all, step);
}

Outcome forward_turn(const Experiment& experiment, const Batch& batch, size_t player, int64_t step) {
  const Recipe& recipe = experiment.recipe;
  return whole_turn(recipe, {*experiment.all, *recipe.loss, batch, player, step});
}

Outcome forward_held_out(const Experiment& experiment, const Batch& batch) {
  Travel travel;
  open(travel, experiment, WeightTraffic::Kind::answers);
  const Loss& loss = *experiment.recipe.loss;
  Outcome outcome = experiment.recipe.task->evaluate({*experiment.all, loss, batch});
  outcome.parts.clear();  // What a task records of its training.
  // Which samples they are, for those who measure some of them; an episode's queries are none.
  if (outcome.truth.count == batch.count) outcome.truth.ids = batch.ids;
  return complete(std::move(outcome), loss);
}

}  // namespace dlrun
