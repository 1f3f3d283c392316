// The mean teacher: what it is made of, what it learns from, and how the teacher follows.

#include <catch2/catch.hpp>
#include <cmath>

#include "spec/read.h"
#include "step/step.h"
#include "support.h"

namespace dlrun::mean_teacher_test {

namespace {

const std::string text =
    "version: 1\nname: teacher\ntask: {type: mean_teacher, of: classification, decay: 0.9, noise: 0, consistency: 4, "
    "rampup_steps: 4}\nseed: 3\ndata: {type: idx, path: recipes/data/fashion_mnist_small, unlabelled: {split: 0.9}}\n"
    "architecture: {type: mlp, widths: [8]}\noptimizer: {type: sgd, lr: 0.5}\naugmentation: [normalize]\n"
    "trainer: {batch_size: 16, max_steps: 10}\nhardware: {threads: 1, loader_threads: 0}\n";

Experiment experiment_of(Recipe& recipe, const std::vector<std::string>& overrides = {}) {
  std::filesystem::current_path(test::source_dir());
  read_text(text, "test.yaml", {overrides}, recipe);
  return build(recipe, {});
}

at::Tensor probabilities(Module& all, const char* name, const at::Tensor& input) {
  return dynamic_cast<Network*>(all.find(name))->forward({{"input", input}})["output"].softmax(1);
}

}  // namespace

TEST_CASE("student and teacher start as one, and the student alone is trained") {
  Recipe recipe;
  const Experiment experiment = experiment_of(recipe);
  const auto student = experiment.all->find("student")->parameters(),
             teacher = experiment.all->find("teacher")->parameters();
  REQUIRE(student.size() == teacher.size());
  for (size_t i = 0; i < student.size(); ++i) {
    CHECK(at::equal(*student[i].tensor, *teacher[i].tensor));
    CHECK(student[i].tensor->requires_grad());
    CHECK_FALSE(teacher[i].tensor->requires_grad());
  }
  CHECK(experiment.network.get() == experiment.all->find("teacher"));
  CHECK(experiment.splits.train->size() + experiment.splits.unlabelled->size() == 8000);
}

TEST_CASE("the loss is that of the labelled samples and the difference on the others, by its formula") {
  Recipe recipe;
  const Experiment experiment = experiment_of(recipe);
  Step step(experiment);
  const std::unique_ptr<Feed> feed = experiment.feed();
  feed->seek(0);
  for (int64_t done = 0; done < 6; ++done) {
    const Batch batch = experiment.place(feed->next());
    REQUIRE(batch.has("unlabelled.input"));
    REQUIRE_FALSE(batch.has("unlabelled.target"));
    const at::Tensor scores = dynamic_cast<Network*>(experiment.all->find("student"))->forward(batch)["output"];
    const double labelled = at::cross_entropy_loss(scores, batch["target"]).item<double>();
    const at::Tensor gap = probabilities(*experiment.all, "student", batch["unlabelled.input"]) -
                           probabilities(*experiment.all, "teacher", batch["unlabelled.input"]);
    const double missing = done < 4 ? 1 - static_cast<double>(done) / 4 : 0;
    const double expected = labelled + 4 * std::exp(-5 * missing * missing) * gap.square().mean().item<double>();

    std::vector<at::Tensor> before;
    for (const NamedTensor& weight : experiment.all->find("teacher")->parameters())
      before.push_back(weight.tensor->clone());
    const std::vector<Part> parts = parts_of(recipe, batch);
    const TurnStart start(*experiment.all, experiment.device);
    const Outcome outcome = step.learn(0, parts, done);
    const TurnNumbers numbers = step.limit(0, outcome);
    CHECK(numbers.loss == Approx(expected).epsilon(1e-5));
    CHECK(outcome.parts[0].first == "labelled_loss");
    CHECK(numbers.parts[0] == Approx(labelled).epsilon(1e-5));
    step.update(0, {.lr = 0.5}, numbers.loss, {parts, done, start});
    step.finish(done + 1);
    // The teacher is the average of the student's weights so far, and later one that forgets.
    const double keep = std::min(0.9, 1.0 - 1.0 / (static_cast<double>(done) + 2));
    const auto student = experiment.all->find("student")->parameters(),
               teacher = experiment.all->find("teacher")->parameters();
    for (size_t i = 0; i < teacher.size(); ++i)
      CHECK(at::allclose(*teacher[i].tensor, before[i] * keep + *student[i].tensor * (1 - keep), 1e-5, 1e-7));
  }
}

TEST_CASE("a mean teacher without unlabelled samples, or with fewer than a batch, is refused with the key") {
  const auto problem = [](const std::vector<std::string>& overrides) {
    Recipe recipe;
    try {
      experiment_of(recipe, overrides);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(problem({"data.unlabelled=null"}),
             Catch::StartsWith("data.unlabelled: the task mean_teacher learns from"));
  CHECK_THAT(problem({"task.of={type: mean_teacher, of: classification}"}),
             Catch::StartsWith("task.of: a mean teacher"));
  CHECK_THAT(problem({"data.unlabelled={split: 0.001}"}),
             Catch::StartsWith("trainer.batch_size: every batch holds 16"));
}

}  // namespace dlrun::mean_teacher_test
