// Several targets of different kinds, which one network predicts together. (Caruana 1997)

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/text.h"
#include "data/own_targets.h"
#include "losses/compares_samples.h"
#include "losses/sums_targets.h"
#include "metrics/of_target.h"
#include "spec/catalog.h"
#include "tasks/judges_answers.h"
#include "tasks/several_targets.h"

namespace dlrun {
namespace {

[[noreturn]] void refuse_part(size_t place, const std::string& key, const std::string& message) {
  throw UserError(ExitCode::bad_recipe, fmt::format("task.of.{}.{}: {}", place, key, message));
}

struct LearnedTarget final : Params {
  std::string target;
  Choice<Task> task;
  Choice<Loss> loss;
  double weight = 1.0;

  std::vector<Field> fields() override {
    return {
        field("target", target, "Column to predict, one of the data's targets.", required(), not_empty()),
        field("task", task, "How: classification or regression.", required()),
        field("loss", loss, "Its loss; default: the task's."),
        field("weight", weight, "What its loss is multiplied by in the sum.", at_least(0)),
    };
  }

  const JudgesAnswers& judge() const { return dynamic_cast<const JudgesAnswers&>(*task); }
  int64_t width() const { return task->shapes(*loss).outputs; }
};

struct MultiTarget final : Task, SeveralTargets {
  List<LearnedTarget> of;

  std::vector<Field> fields() override {
    return {field("of", of, "The targets, in the order in which the network gives their numbers.", required(),
                  not_empty())};
  }

  std::string default_loss() const override { return "target_sum"; }
  bool weighs_samples() const override {
    return std::ranges::all_of(of.values, [](const auto& one) { return task_of(one).weighs_samples(); });
  }
  bool averages() const override {
    return std::ranges::all_of(of.values, [](const auto& one) { return task_of(one).averages(); });
  }

  void complete() override {
    for (size_t k = 0; k < of.size(); ++k) {
      LearnedTarget& one = of[k];
      for (size_t j = 0; j < k; ++j)
        if (of[j].target == one.target) refuse_part(k, "target", "'" + one.target + "' is there twice");
      if (!dynamic_cast<const JudgesAnswers*>(&*one.task))
        refuse_part(k, "task",
                    one.task.type +
                        " is no way to learn one of several targets; classification and "
                        "regression are");
      if (!one.loss) {
        one.loss.type = one.task->default_loss();
        one.loss.value = Catalog::instance().find(Loss::kind, one.loss.type)->make();
      }
      if (compares_samples(*one.loss) || !one.loss->weights(1, 2).empty() || sums_targets(*one.loss))
        refuse_part(k, "loss", one.loss.type + " is no loss of a target alone");
    }
  }

  std::vector<TargetPart> parts() const override {
    std::vector<TargetPart> parts;
    int64_t first = 0;
    for (size_t k = 0; k < of.size(); ++k) {
      const int64_t width = info().fields.empty() ? 0 : of[k].width();
      parts.push_back({of[k].target, of[k].task.operator->(), &of[k].loss, first, width});
      first += width;
    }
    return parts;
  }

  std::vector<AnyChoice> metrics_of_targets() const override {
    std::vector<AnyChoice> metrics;
    for (size_t k = 0; k < of.size(); ++k)
      for (const std::string& type : of[k].task->default_metrics())
        metrics.push_back(metric_of_target(of[k].target, type));
    return metrics;
  }

  void bind(const DataInfo& info) override {
    Task::bind(info);
    for (size_t k = 0; k < of.size(); ++k) of[k].task->bind(alone(k));
  }
  void teach(const Loss& loss) override {
    Task::teach(loss);
    for (size_t k = 0; k < of.size(); ++k) of[k].task->teach(*of[k].loss);
  }

  Shapes shapes(const Loss& loss) const override {
    if (!sums_targets(loss))
      throw UserError(ExitCode::bad_recipe,
                      "loss: the targets of multi_target have a loss each (task.of.N.loss), whose sum is learned; "
                      "leave it out");
    int64_t outputs = 0;
    for (size_t k = 0; k < of.size(); ++k) outputs += of[k].width();
    return shapes_of(outputs);
  }

  // The loss is the sum over targets of weight * loss, each a mean over all rows of the batch in which one that is not
  // known counts 0, so that parts of a batch add up to the whole; each is recorded as "<target>.loss". Metrics compare
  // "<target>.output" with "<target>.target", in the target's own units.
  Outcome turn(const Turn& turn) const override {
    const at::Tensor output = answering(turn.all).forward(turn.batch)["output"];
    expect_width(output);
    const at::Tensor weight = turn.batch.has("weight") ? turn.batch["weight"] : at::Tensor();
    const at::Tensor rows = weight.defined() ? weight.sum(at::kDouble) : weight_of(output.size(0), output);
    Outcome outcome;
    Batch losses;
    std::vector<std::pair<std::string, at::Tensor>> recorded;
    std::vector<at::Tensor> numbers;
    outcome.answer.count = outcome.truth.count = output.size(0);
    int64_t first = 0;
    for (size_t k = 0; k < of.size(); ++k) {
      const LearnedTarget& one = of[k];
      const int64_t width = one.width();
      Batch truth = truth_of(target_in(turn.batch, one.target));
      const std::string known_name = known_field(one.target);
      const at::Tensor known = turn.batch.has(known_name) ? turn.batch[known_name] : at::Tensor();
      const at::Tensor counts = known.defined() && weight.defined() ? known * weight
                                : known.defined()                   ? known.to(output.scalar_type())
                                                                    : weight;
      if (counts.defined()) truth.set("weight", counts);
      Outcome single = one.judge().judge(answer_of(output.narrow(1, first, width).contiguous()), truth, *one.loss);
      at::Tensor mean = single.loss.mean;
      if (known.defined()) mean = mean * share_of(counts, rows).to(mean.scalar_type());
      losses.set(one.target, mean * one.weight);
      recorded.emplace_back(one.target + ".loss", mean.detach());
      add(single, one.target, known, outcome, numbers);
      first += width;
    }
    outcome.truth.set("target", at::stack(numbers, 1));
    outcome.loss = turn.loss.forward(losses, {{"weight", rows}});
    outcome.loss.parts = std::move(recorded);
    return outcome;
  }

  // {"targets": {"income": what classification tells, "hours": what regression tells}}
  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor output = network.forward(batch)["output"];
    expect_width(output);
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < output.size(0); ++i) records.push_back({{"targets", nlohmann::json::object()}});
    int64_t first = 0;
    for (size_t k = 0; k < of.size(); ++k) {
      const int64_t width = of[k].width();
      nlohmann::json told = of[k].judge().tell(output.narrow(1, first, width).contiguous());
      for (size_t i = 0; i < told.size(); ++i) records[i]["targets"][of[k].target] = std::move(told[i]);
      first += width;
    }
    return records;
  }

 private:
  static const Task& task_of(const std::shared_ptr<Params>& one) {
    return *static_cast<const LearnedTarget&>(*one).task;
  }
  static bool sums_targets(const Loss& loss) { return dynamic_cast<const SumsTargets*>(&loss) != nullptr; }

  // What the data are to one of the tasks: theirs, with one target.
  DataInfo alone(size_t k) const {
    const LearnedTarget& one = of[k];
    const FieldInfo* own = info().find(target_field(one.target));
    const auto named = std::find(info().targets.begin(), info().targets.end(), one.target);
    if (!own && (named == info().targets.end() || !info().target())) refuse_part(k, "target", unknown(one.target));
    FieldInfo field = own ? *own : *info().target();
    field.name = "target";
    const bool classes = field.means == FieldInfo::Means::classes;
    if (classes != one.task->classification())
      refuse_part(
          k, "task",
          fmt::format("{} is for {}, and '{}' is {}", one.task.type, classes ? "numbers" : "classes", one.target,
                      classes ? "one of data.class_targets" : "a number; data.class_targets would make a class of it"));
    DataInfo single;
    for (const FieldInfo& input : info().fields)
      if (!is_target_field(input.name)) single.fields.push_back(input);
    single.features = info().features;
    if (!classes) {
      field.sizes = {1};
      single.targets = {one.target};
      const auto place = static_cast<size_t>(named - info().targets.begin());
      if (!info().target_scale.empty()) {
        single.target_offset = {info().target_offset.at(place)};
        single.target_scale = {info().target_scale.at(place)};
      }
    }
    single.fields.push_back(std::move(field));
    return single;
  }

  std::string unknown(const std::string& target) const {
    std::vector<std::string> known;
    for (const FieldInfo& field : info().fields)
      if (field.name.starts_with(target_prefix)) known.push_back(field.name.substr(target_prefix.size()));
    if (known.empty()) known = info().targets;
    const std::string near = nearest(target, known);
    return fmt::format(
        "the data have no target '{}'{}; {}", target, near.empty() ? "" : " (is it '" + near + "'?)",
        known.empty() ? "data.targets and data.class_targets name them" : "they have " + join(known, ", "));
  }

  // [N] int64 or [N, 1] float
  at::Tensor target_in(const Batch& batch, const std::string& name) const {
    const std::string own = target_field(name);
    if (batch.has(own)) return batch[own];
    const auto place = std::find(info().targets.begin(), info().targets.end(), name) - info().targets.begin();
    return batch["target"].narrow(1, place, 1).contiguous();
  }

  // Which part of all rows counts, float64.
  static at::Tensor share_of(const at::Tensor& counts, const at::Tensor& rows) {
    return at::where(rows.gt(0), counts.sum(at::kDouble) / rows, 0.0);
  }

  // What one target gave, under its name; its truth as a number of each sample too, NaN where it is not known.
  static void add(const Outcome& single, const std::string& target, const at::Tensor& known, Outcome& outcome,
                  std::vector<at::Tensor>& numbers) {
    for (const Batch::Item& item : single.answer.items())
      outcome.answer.set(target + "." + item.name, item.value, item.rows);
    const at::Tensor& truth = single.truth["target"];
    outcome.truth.set(target + ".target", truth);
    if (known.defined()) outcome.truth.set(target + ".known", known);
    const at::Tensor number = truth.to(at::kDouble).reshape({-1});
    numbers.push_back(
        known.defined() ? number.masked_fill(known.logical_not(), std::numeric_limits<double>::quiet_NaN()) : number);
  }

  void expect_width(const at::Tensor& output) const {
    int64_t wanted = 0;
    for (size_t k = 0; k < of.size(); ++k) wanted += of[k].width();
    if (output.dim() == 2 && output.size(1) == wanted) return;
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("architecture: it gives [{}], and the {} targets need {} numbers for each sample",
                                fmt::join(output.sizes(), ", "), of.size(), wanted));
  }
};

const Registered<Task, MultiTarget> multi_target_entry{
    "multi_target", "Several targets of different kinds, which one network predicts together."};

}  // namespace
}  // namespace dlrun
