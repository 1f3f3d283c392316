// Segmentation: the layout of answers, what is recorded, predicted and shown, and its ONNX model.

#include <catch2/catch.hpp>

#include "data/components.h"
#include "experiment/experiment.h"
#include "export/onnx_parity.h"
#include "golden.h"
#include "onnx/exported.h"
#include "spec/read.h"

namespace dlrun::segmentation_test {
namespace {

Recipe small(const std::vector<std::string>& more = {}) {
  std::filesystem::current_path(test::source_dir());
  std::vector<std::string> overrides = {"hardware.threads=1", "trainer.eval_batch_size=2"};
  overrides.insert(overrides.end(), more.begin(), more.end());
  Recipe recipe;
  read_file("tests/recipes/unet.yaml", {overrides}, recipe);
  return recipe;
}

// Gives what "answer" of the batch holds.
struct Fixed final : Network {
  Batch compute(const Batch& batch) override { return {{"output", batch["answer"]}}; }
};

// A task that knows of pictures [3, 4, 5] and pixels of `classes` kinds.
std::shared_ptr<Task> task_of(const std::vector<std::string>& classes) {
  auto task = test::component<Task>("segmentation", nlohmann::json::object());
  DataInfo info;
  info.fields = {{"input", FieldInfo::Means::pixels, {3, 4, 5}},
                 {"target", FieldInfo::Means::classes, {4, 5}, classes}};
  task->bind(info);
  return task;
}

Batch batch_of(int64_t outputs, int64_t classes) {
  Batch batch{{"input", numbers({2, 3, 4, 5})},
              {"target", tokens({2, 4, 5}, classes)},
              {"answer", numbers({2, outputs, 4, 5}, 0.9)}};
  batch["target"][0][0][0] = -100;
  batch.count = 2;
  return batch;
}

TEST_CASE("segmentation's loss and answer are those of classes brought last") {
  const auto task = task_of({"a", "b", "c"});
  const Batch batch = batch_of(3, 3);
  Fixed network;
  const auto loss = test::component<Loss>("cross_entropy", nlohmann::json::object());
  const Outcome outcome = task->turn({network, *loss, batch});
  const at::Tensor expected = at::cross_entropy_loss(batch["answer"], batch["target"], {}, at::Reduction::Mean, -100);
  CHECK(outcome.loss.mean.item<double>() == Approx(expected.item<double>()).epsilon(1e-6));
  CHECK(outcome.loss.weight.item<double>() == 39);
  CHECK(outcome.answer["output"].sizes() == at::IntArrayRef({2, 4, 5, 3}));
  CHECK(outcome.truth["target"].equal(batch["target"]));
  CHECK(task->shapes(*loss).per == Shapes::Per::pixel);
}

TEST_CASE("segmentation of two classes works with one logit, and refuses an answer of another shape") {
  const auto task = task_of({"ground", "cell"});
  Fixed network;
  for (const char* type : {"bce", "dice"}) {
    const auto loss = test::component<Loss>(type, nlohmann::json::object());
    CHECK(task->shapes(*loss).outputs == 1);
    CHECK(std::isfinite(task->turn({network, *loss, batch_of(1, 2)}).loss.mean.item<double>()));
    test::check_error(
        [&] {
          task->turn({network, *loss, batch_of(2, 2)});
        },
        ExitCode::bad_recipe,
        "architecture: it gives [2, 2, 4, 5] for targets [2, 4, 5], and every pixel needs 1 numbers");
  }
}

TEST_CASE("segmentation predicts the class of every pixel, as runs, and what each class covers") {
  const auto task = task_of({"ground", "cell", "wall"});
  const Batch batch = batch_of(3, 3);
  Fixed network;
  const nlohmann::json records = task->predict(network, batch);
  REQUIRE(records.size() == 2);
  const at::Tensor chosen = batch["answer"].argmax(1);
  for (int64_t i = 0; i < 2; ++i) {
    const nlohmann::json& record = records[static_cast<size_t>(i)];
    std::vector<int64_t> pixels;
    for (const nlohmann::json& run : record["mask"]["runs"])
      pixels.insert(pixels.end(), run[1].get<size_t>(), run[0].get<int64_t>());
    CHECK(record["mask"]["height"] == 4);
    CHECK(record["mask"]["width"] == 5);
    CHECK(pixels == test::list(chosen[i].flatten()));
    CHECK(record["shares"]["cell"].get<double>() == Approx(chosen[i].eq(1).to(at::kDouble).mean().item<double>()));
  }
}

TEST_CASE("segmentation shows picture, truth and answer side by side") {
  const auto task = task_of({"ground", "cell"});
  const Batch batch = batch_of(1, 2);
  struct Bright final : Network {
    Batch compute(const Batch& asked) override { return {{"output", asked["input"].narrow(1, 0, 1)}}; }
  } network;
  const at::Tensor shown = task->picture(network, batch);
  REQUIRE(shown.sizes() == at::IntArrayRef({3, 2 * 4 + 2, 3 * 5 + 4}));
  const auto part = [&](int64_t row, int64_t column) {
    return shown.narrow(1, row * 6, 4).narrow(2, column * 7, 5)[0].to(at::kLong);
  };
  for (int64_t i = 0; i < 2; ++i) {
    const at::Tensor truth = batch["target"][i];
    CHECK(part(i, 1).equal(at::where(truth.lt(0), at::full_like(truth, 128), truth * 255)));
    CHECK(part(i, 2).equal(batch["input"][i][0].gt(0).to(at::kLong) * 255));
  }
}

TEST_CASE("segmentation refuses data without a class for each pixel, classification those with one") {
  const auto loss = test::component<Loss>("cross_entropy", nlohmann::json::object());
  DataInfo info;
  info.fields = {{"input", FieldInfo::Means::pixels, {3, 4, 5}}, {"target", FieldInfo::Means::classes, {}, {"a", "b"}}};
  const auto refused = [&](const char* type, const char* message) {
    const auto task = test::component<Task>(type, nlohmann::json::object());
    task->bind(info);
    test::check_error([&] { task->shapes(*loss); }, ExitCode::bad_recipe, message);
  };
  refused("segmentation", "segmentation needs a class for each pixel");
  info.fields[1].sizes = {4, 5};
  refused("classification", "classification needs one class for each sample");
}

TEST_CASE("a unet's ONNX model answers as it does, for batches of any size, with probabilities of each pixel") {
  for (const char* loss : {"loss=dice", "loss=cross_entropy"}) {
    INFO(loss);
    Recipe recipe = small({loss});
    const Experiment experiment = build(recipe, {});
    fill_by_formula(*experiment.network);
    experiment.network->set_training(false);
    const OnnxSubject subject = onnx_subject(experiment);
    OnnxBuild build = build_onnx(subject, *experiment.network, 17);
    put_after(build.model, *recipe.task);
    const OnnxEvaluator evaluator(test::through_file(build.model, "unet"));
    const ParityReport report = check_parity({experiment, subject, build, evaluator, std::nullopt, "val", 2, 1e-4});
    CHECK(report.relative < 1e-5);
    REQUIRE(report.metrics.size() >= 2);
    for (const auto& metric : report.metrics)
      if (!std::isnan(metric.trained)) CHECK(metric.trained == Approx(metric.exported).epsilon(1e-5));
    const c10::NoGradGuard no_gradients;
    const at::Tensor input = numbers({5, 3, 28, 36});
    const at::Tensor scores = experiment.network->forward({{"input", input}})["output"];
    const at::Tensor chances = evaluator.run({{"input", input}}).at("probabilities");
    REQUIRE(chances.sizes() == at::IntArrayRef({5, 2, 28, 36}));
    const at::Tensor cell = scores.size(1) == 1 ? scores.sigmoid().squeeze(1) : scores.softmax(1).select(1, 1);
    CHECK(at::allclose(chances.select(1, 1), cell, 1e-4, 1e-5));
    CHECK(at::allclose(chances.sum(1), at::ones({5, 28, 36}), 1e-5, 1e-5));
  }
}

}  // namespace
}  // namespace dlrun::segmentation_test
