// Mean teacher: what is learned from few labelled samples also has to agree, on many unlabelled ones, with an average
// of the network's own past weights; with the augmentation views each of the two sees a view of its own. (Tarvainen and
// Valpola 2017)

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data/views.h"
#include "spec/catalog.h"
#include "tasks/several_targets.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

constexpr const char* prefix = "unlabelled.";

// "student" learns; "teacher" is its average, and answers.
struct TeacherAndStudent final : Module {
  TeacherAndStudent(std::shared_ptr<Network> learning, std::shared_ptr<Network> average)
      : student(child("student", std::move(learning))), teacher(child("teacher", std::move(average))) {
    const c10::NoGradGuard no_gradients;
    const std::vector<NamedTensor> from = student->state(), to = teacher->state();
    for (size_t i = 0; i < to.size(); ++i) to[i].tensor->copy_(*from[i].tensor);
    for (const NamedTensor& parameter : teacher->parameters()) parameter.tensor->set_requires_grad(false);
  }
  std::shared_ptr<Network> student, teacher;
};

struct MeanTeacher final : Task {
  Choice<Task> of;
  double decay = 0.999;
  double consistency = 10.0;
  int64_t rampup_steps = 1000;
  double noise = 0.15;

  std::vector<Field> fields() override {
    return {
        field("of", of, "What is learned from the labelled samples: a task that answers with scores of classes.",
              required()),
        field("decay", decay, "Share of the teacher's weights kept at each step.", between(0, 1), less_than(1)),
        field("consistency", consistency,
              "Weight of the mean squared difference between the student's and the teacher's probabilities.",
              at_least(0)),
        field(
            "rampup_steps", rampup_steps,
            "Steps over which that weight rises to its full value, as exp(-5 (1 - share)^2); the teacher keeps less of "
            "its weights at first: min(decay, 1 - 1 / (step + 1)).",
            at_least(0)),
        field("noise", noise, "Deviation of the normal noise on unlabelled inputs, drawn for each of the two.",
              at_least(0)),
    };
  }

  void bind(const DataInfo& info) override {
    Task::bind(info);
    of->bind(info);
  }
  void teach(const Loss& loss) override {
    Task::teach(loss);
    of->teach(loss);
  }
  bool classification() const override { return of->classification(); }
  bool weighs_samples() const override { return of->weighs_samples(); }
  Shapes shapes(const Loss& loss) const override {
    if (dynamic_cast<const MeanTeacher*>(&*of))
      throw UserError(ExitCode::bad_recipe, "task.of: a mean teacher has one student, and cannot be one's task itself");
    if (dynamic_cast<const SeveralTargets*>(&*of))
      throw UserError(ExitCode::bad_recipe,
                      "task.of: a mean teacher agrees with its student on the classes of one target, and multi_target "
                      "has several");
    return of->shapes(loss);
  }
  std::string default_loss() const override { return of->default_loss(); }
  std::vector<std::string> default_metrics() const override { return of->default_metrics(); }
  std::string default_monitor() const override { return of->default_monitor(); }
  Results derived(double mean_loss) const override { return of->derived(mean_loss); }

  std::vector<Stream> streams() const override { return {{prefix, "unlabelled"}}; }
  std::shared_ptr<Module> assemble(const NetworkMaker& make) const override {
    return std::make_shared<TeacherAndStudent>(make(), make());
  }
  Network& answering(Module& all) const override {
    auto* pair = dynamic_cast<TeacherAndStudent*>(&all);
    return pair ? *pair->teacher : static_cast<Network&>(all);
  }
  std::vector<Player> players(Module& all) const override {
    return {{"", static_cast<TeacherAndStudent&>(all).student.get()}};
  }

  Outcome turn(const Turn& turn) const override {
    auto& pair = static_cast<TeacherAndStudent&>(turn.all);
    Outcome outcome = of->turn({*pair.student, turn.loss, turn.batch, turn.player, turn.step});
    const Batch unlabelled = turn.batch.named(prefix);
    const at::Tensor ours = belief(*pair.student, unlabelled);
    at::Tensor theirs;
    {
      const c10::NoGradGuard no_gradients;
      const bool views = unlabelled.has(second_view + std::string("input"));
      theirs = belief(*pair.teacher, views ? unlabelled.named(second_view) : unlabelled);
    }
    const at::Tensor difference = at::mse_loss(ours, theirs);
    outcome.parts = {{"labelled_loss", outcome.loss.mean.detach()}, {"consistency", difference.detach()}};
    outcome.loss.mean = outcome.loss.mean + difference * (consistency * rampup(turn.step));
    return outcome;
  }

  Outcome evaluate(const Turn& turn) const override {
    return of->evaluate({answering(turn.all), turn.loss, turn.batch, turn.player, turn.step});
  }

  void after_update(Module& all, int64_t step) const override {
    auto& pair = static_cast<TeacherAndStudent&>(all);
    const double keep = std::min(decay, 1.0 - 1.0 / (static_cast<double>(step) + 1.0));
    const std::vector<NamedTensor> from = pair.student->parameters(), to = pair.teacher->parameters();
    for (size_t i = 0; i < to.size(); ++i) to[i].tensor->lerp_(*from[i].tensor, 1.0 - keep);
  }

  nlohmann::json predict(Network& network, const Batch& batch) const override { return of->predict(network, batch); }

 private:
  double rampup(int64_t step) const {
    if (step >= rampup_steps) return 1.0;
    const double missing = 1.0 - static_cast<double>(step) / static_cast<double>(rampup_steps);
    return std::exp(-5.0 * missing * missing);
  }

  at::Tensor belief(Network& network, Batch batch) const {
    if (noise > 0 && batch["input"].is_floating_point())
      batch.set("input", batch["input"] + noise * at::randn_like(batch["input"]));
    return probabilities(network.forward(batch)["output"], chances());
  }
};

const Registered<Task, MeanTeacher> mean_teacher_entry{
    "mean_teacher", "Learns from labelled and unlabelled samples, taught by its own average."};

}  // namespace
}  // namespace dlrun
