// Members of folds as one network.

#include "experiment/fold_members.h"

#include <fmt/format.h>

#include "base/error.h"
#include "data/augmentation.h"
#include "data/pixels.h"
#include "experiment/members.h"
#include "tasks/several_targets.h"

namespace dlrun {
namespace {

using Members = std::vector<std::shared_ptr<Restored>>;

std::string member_prefix(size_t member) { return fmt::format("members.{}.", member); }

// Puts what the members behind the first see of the samples beside what the first one sees.
struct SeenByMembers final : Augmentation {
  explicit SeenByMembers(Members others) : others_(std::move(others)) {}
  std::vector<Field> fields() override { return {}; }
  void apply(Batch& batch, const Draws&) const override { apply_to_held_out(batch); }
  void apply_to_held_out(Batch& batch) const override {
    TORCH_CHECK(static_cast<int64_t>(batch.ids.size()) == batch.count, "samples that have no place in their split");
    for (size_t k = 0; k < others_.size(); ++k) {
      const Experiment& member = *others_[k]->experiment;
      Batch seen = member.splits.test->gather(batch.ids);
      seen.count = batch.count;
      for (const auto& augmentation : member.augmentations) augmentation->apply_to_held_out(seen);
      for (const std::string& name : member.pixels)
        if (seen.has(name) && white_of(seen[name].scalar_type()) != 1.0) seen.set(name, unit_pixels(seen[name]));
      for (const Batch::Item& item : seen.items()) batch.set(member_prefix(k + 1) + item.name, item.value, item.rows);
    }
  }

 private:
  Members others_;
};

// A member asked with its own fields. Its numbers become those of the first one's scale: times `scale`, plus `offset`.
class Member final : public Network {
 public:
  Member(std::shared_ptr<Network> network, std::string prefix, std::vector<double> scale, std::vector<double> offset)
      : network_(child("network", std::move(network))),
        prefix_(std::move(prefix)),
        scale_(std::move(scale)),
        offset_(std::move(offset)) {}

 protected:
  Batch compute(const Batch& batch) override {
    const at::Tensor output = network_->forward(batch.named(prefix_))["output"];
    if (scale_.empty()) return {{"output", output}};
    return {{"output", output * at::tensor(scale_, output.options()) + at::tensor(offset_, output.options())}};
  }

 private:
  std::shared_ptr<Network> network_;
  std::string prefix_;
  std::vector<double> scale_, offset_;
};

std::shared_ptr<Network> in_unit_of(const DataInfo& first, const Experiment& member, size_t place) {
  const DataInfo& own = member.splits.info;
  std::vector<double> scale, offset;
  for (size_t i = 0; i < own.target_scale.size(); ++i) {
    scale.push_back(own.target_scale[i] / first.target_scale[i]);
    offset.push_back((own.target_offset[i] - first.target_offset[i]) / first.target_scale[i]);
  }
  return std::make_shared<Member>(member.network, member_prefix(place), std::move(scale), std::move(offset));
}

// What they answer is about the same samples, classes and numbers.
void expect_alike(const Restored& first, const Restored& member, const RestoreOptions& options) {
  const Experiment &mine = *first.experiment, &other = *member.experiment;
  const std::shared_ptr<Split>&a = mine.splits.test, &b = other.splits.test;
  bool same = a && b && a->size() == b->size();
  for (int64_t i = 0; same && i < a->size(); ++i) same = a->describe(i) == b->describe(i);
  if (!same)
    throw UserError(ExitCode::usage,
                    fmt::format("{}: its members were trained on other rows each, and there are no test rows that all "
                                "of them have: predict files, or give data.test rows of their own. What the members "
                                "give on the rows each was tested on is in result.json, and each is a run of its own: "
                                "{}",
                                options.run, member_folder(options.run, 0)));
  if (mine.splits.info.classes() != other.splits.info.classes())
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("{}: has other classes than {}, as its training rows lack some: name them all in "
                                "data.classes and train again",
                                member.run, first.run));
  const size_t scaled = mine.splits.info.target_scale.size();
  if (scaled != other.splits.info.target_scale.size() ||
      (scaled > 0 && first.recipe->loss->numbers(static_cast<int64_t>(scaled)) != static_cast<int64_t>(scaled)))
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("{}: scaled its targets by its own rows, and loss {} teaches other numbers than the "
                                "targets, which have no mean then; data.target_scaling: none",
                                member.run, first.recipe->loss.type));
}

}  // namespace

Restored restore_fold_members(const RestoreOptions& options, const Recipe& recipe) {
  RestoreOptions one = options;
  one.run = member_folder(options.run, 0);
  if (!options.data)
    throw UserError(ExitCode::usage,
                    fmt::format("{}: its members were trained on other rows each, and scaled by them: their network "
                                "cannot do without their data. Each is a run of its own: {}",
                                options.run, one.run));
  Restored first = restore(one);
  Experiment& experiment = *first.experiment;
  const Task& task = *first.recipe->task;
  if (!task.averages() || experiment.all != std::static_pointer_cast<Module>(experiment.network))
    throw UserError(ExitCode::usage, fmt::format("{}: the answers of task {} have no mean; each member is a run of its "
                                                 "own: {}",
                                                 options.run, first.recipe->task.type, one.run));
  if (dynamic_cast<const SeveralTargets*>(&task))
    throw UserError(ExitCode::usage, fmt::format("{}: its members scaled several targets by their own rows each, and "
                                                 "have no mean; each member is a run of its own: {}",
                                                 options.run, one.run));
  Members others;
  std::vector<std::shared_ptr<Network>> networks = {experiment.network};
  one.keep_rows = false;
  for (int64_t i = 1; i < member_count(recipe); ++i) {
    one.run = member_folder(options.run, i);
    const auto& other = others.emplace_back(std::make_shared<Restored>(restore(one)));
    expect_alike(first, *other, options);
    networks.push_back(in_unit_of(experiment.splits.info, *other->experiment, others.size()));
  }
  experiment.splits.train = experiment.splits.val = nullptr;
  experiment.augmentations.push_back(std::make_shared<SeenByMembers>(std::move(others)));
  const Shapes shapes = task.shapes(*first.recipe->loss);
  first.origin = fmt::format("{} of {} members", first.word, networks.size());
  first.checkpoint.step = -1;
  experiment.use(mean_of_networks(std::move(networks), task.classification(), task.chances(), shapes.per));
  first.run = options.run;
  return first;
}

bool seen_by_members(const Experiment& experiment) {
  return !experiment.augmentations.empty() &&
         dynamic_cast<const SeenByMembers*>(experiment.augmentations.back().get()) != nullptr;
}

}  // namespace dlrun
