// What an evaluation looks at: every sample of any split once, as held-out samples are prepared; and of their targets
// those alone that count.

#include "eval/evaluate.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "data/images.h"
#include "spec/read.h"
#include "step/step.h"
#include "support.h"

namespace dlrun::evaluate_test {

namespace {

// Rows of two numbers and one of `classes` classes, a third of them of each; `rows` is no multiple of anything.
std::string table(const test::TempDir& dir, int64_t rows, const std::string& classes) {
  std::string text = "a,b,y\n";
  for (int64_t i = 0; i < rows; ++i)
    text += std::to_string(static_cast<double>(i * 37 % 101) / 20 - 2) + "," +
            std::to_string(static_cast<double>(i * i % 89) / 20 - 2) + "," +
            classes[static_cast<size_t>(i * 7 / 3 % static_cast<int64_t>(classes.size()))] + "\n";
  return dir.write("t" + std::to_string(rows) + ".csv", text);
}

struct Built {
  Recipe recipe;
  std::unique_ptr<Experiment> experiment;

  Built(const std::string& text, const std::vector<std::string>& overrides = {}) {
    read_text("version: 1\nname: t\nseed: 3\noptimizer: {type: sgd, lr: 0.1}\nhardware: {threads: 1}\n" + text,
              "test.yaml", {overrides}, recipe);
    experiment = std::make_unique<Experiment>(build(recipe, {}));
  }
};

std::string classifier(const std::string& path) {
  return "task: classification\narchitecture: {type: mlp, widths: [6]}\n"
         "data: {type: csv, path: " +
         path + ", target: y}\ntrainer: {batch_size: 16}\n";
}

double number(const Results& results, const std::string& name) {
  for (const auto& [key, value] : results)
    if (key == name) return value;
  FAIL("no " << name);
  return 0;
}

// All samples of "train" at once: scores and targets as plain numbers.
struct Answers {
  std::vector<std::vector<double>> scores;
  std::vector<int64_t> targets;

  explicit Answers(const Experiment& experiment) {
    const c10::NoGradGuard no_gradients;
    experiment.all->set_training(false);
    const std::unique_ptr<Loader> loader = experiment.plain_loader("train", 1 << 20);
    loader->seek(0);
    const Batch batch = *loader->next();
    const at::Tensor output = experiment.network->forward(batch)["output"].to(at::kDouble).contiguous();
    const at::Tensor target = batch["target"];
    for (int64_t i = 0; i < output.size(0); ++i) {
      const double* row = output.const_data_ptr<double>() + i * output.size(1);
      scores.emplace_back(row, row + output.size(1));
      targets.push_back(target.const_data_ptr<int64_t>()[i]);
    }
    experiment.all->set_training(true);
  }

  // How many scores of a row are above that of its target.
  int64_t rank(size_t i) const {
    const double own = scores[i][static_cast<size_t>(targets[i])];
    return std::count_if(scores[i].begin(), scores[i].end(), [&](double score) { return score > own; });
  }
};

// A loss that somebody else writes, and that ignores a value.
struct Ignores final : PairLoss {
  explicit Ignores(int64_t value) : value(value) {}
  std::vector<Field> fields() override { return {}; }
  std::optional<int64_t> ignored() const override { return value; }
  Weighted compare(const at::Tensor& prediction, const at::Tensor& target) const override {
    return {prediction.sum() * 0, weight_of(target.numel(), prediction)};
  }
  int64_t value;
};

}  // namespace

TEST_CASE("every split is evaluated whole and in order, whatever the training leaves out, mixes or repeats") {
  const test::TempDir dir;
  for (const char* way : {"trainer={batch_size: 40, eval_batch_size: 7}", "trainer={batch_size: 40}",
                          "sampler=balanced", "sampler={type: bucketed}"}) {
    INFO(way);
    Built built(classifier(table(dir, 103, "abc")), {"trainer={batch_size: 40}", way});
    const std::unique_ptr<Loader> loader = built.experiment->loader("train");
    std::multiset<int64_t> seen;
    loader->seek(0);
    while (const std::optional<Batch> batch = loader->next()) seen.insert(batch->ids.begin(), batch->ids.end());
    CHECK(seen.size() == 103);
    CHECK(std::set<int64_t>(seen.begin(), seen.end()).size() == 103);
  }
  Built built(classifier(table(dir, 103, "abc")), {"trainer={batch_size: 40}"});
  const Answers answers(*built.experiment);
  int64_t right = 0;
  for (size_t i = 0; i < answers.targets.size(); ++i) right += answers.rank(i) == 0;
  CHECK(number(evaluate(*built.experiment, *built.experiment->loader("train")), "accuracy") ==
        Approx(static_cast<double>(right) / 103).epsilon(1e-12));
}

TEST_CASE("the training split is evaluated without what is for training alone: flips, crops and noise") {
  const test::TempDir dir;
  for (int64_t i = 0; i < 22; ++i)
    dir.write((i % 2 ? "dog/" : "cat/") + std::to_string(i) + ".png",
              encode_png(at::arange(81).mul(i + 3).remainder(251).to(at::kByte).reshape({1, 9, 9})));
  const std::string text =
      "task: classification\narchitecture: {type: mlp, widths: [4]}\ndata: {type: image_folder, mode: grey, path: " +
      dir.path().string() + "}\ntrainer: {batch_size: 8}\n";
  Built plain(text),
      augmented(text + "augmentation: [random_horizontal_flip, {type: random_crop, size: 9, padding: 4}]\n");
  const auto pictures = [](const Built& built) {
    std::vector<at::Tensor> parts;
    const std::unique_ptr<Loader> loader = built.experiment->loader("train");
    loader->seek(0);
    while (const std::optional<Batch> batch = loader->next()) parts.push_back((*batch)["input"]);
    return at::cat(parts);
  };
  CHECK(pictures(augmented).equal(pictures(plain)));
  CHECK(pictures(plain).size(0) == 22);
}

TEST_CASE("targets that the loss ignores count in no metric of a classification, and their number is told") {
  const test::TempDir dir;
  for (const char* size : {"1", "5", "1000"}) {
    Built built(classifier(table(dir, 61, "abc")) + "loss: {type: cross_entropy, ignore_index: 2}\n",
                {"metrics=[accuracy, {type: accuracy, top_k: 2}]", std::string("trainer.eval_batch_size=") + size});
    const Answers answers(*built.experiment);
    double first = 0, second = 0, counted = 0;
    for (size_t i = 0; i < answers.targets.size(); ++i) {
      if (answers.targets[i] == 2) continue;
      first += answers.rank(i) < 1;
      second += answers.rank(i) < 2;
      ++counted;
    }
    int64_t ignored = 0;
    EvaluateOptions options;
    options.ignored = [&](int64_t targets) { ignored = targets; };
    const Results results = evaluate(*built.experiment, *built.experiment->loader("train"), options);
    CHECK(number(results, "accuracy") == Approx(first / counted).epsilon(1e-12));
    CHECK(number(results, "top2_accuracy") == Approx(second / counted).epsilon(1e-12));
    CHECK(ignored == 61 - static_cast<int64_t>(counted));
    CHECK(ignored > 10);
  }
}

TEST_CASE("a metric that keeps rows is given none that the loss ignores") {
  const test::TempDir dir;
  // Of two classes one is ignored: nothing is left to be ranked against the other.
  Built built(classifier(table(dir, 61, "ab")) + "loss: {type: cross_entropy, ignore_index: 0}\nmetrics: [roc_auc]\n");
  CHECK(std::isnan(number(evaluate(*built.experiment, *built.experiment->loader("train")), "roc_auc")));
  built.recipe.loss.value = std::make_shared<Ignores>(-7);
  CHECK_FALSE(std::isnan(number(evaluate(*built.experiment, *built.experiment->loader("train")), "roc_auc")));
}

TEST_CASE("a training whose loss ignores targets has its metrics and its class counts without them") {
  const test::TempDir dir;
  Built built(classifier(table(dir, 61, "abc")) + "loss: {type: cross_entropy, ignore_index: 1}\n");
  const std::unique_ptr<Loader> loader = built.experiment->plain_loader("train", 61);
  loader->seek(0);
  const Batch batch = *loader->next();
  Step step(*built.experiment);
  std::vector<Part> parts;
  for (int64_t first = 0; first < 61; first += 20)
    parts.push_back({{first, std::min<int64_t>(20, 61 - first)}, batch.cut(first, std::min<int64_t>(20, 61 - first))});
  const Outcome outcome = step.learn(0, parts, 0);
  const int64_t counted = batch["target"].ne(1).sum().item<int64_t>();
  CHECK(outcome.truth["target"].size(0) == counted);
  CHECK(outcome.answer["output"].size(0) == counted);
  CHECK(outcome.truth.count == counted);
  CHECK(outcome.truth["target"].equal(batch["target"].masked_select(batch["target"].ne(1))));
  CHECK(outcome.ignored.item<int64_t>() == 61 - counted);
  CHECK(outcome.loss.weight.item<double>() == static_cast<double>(counted));
}

TEST_CASE("ignored pixels and tokens are padding to every metric") {
  const test::TempDir dir;
  std::filesystem::current_path(test::source_dir());
  const auto results_of = [](const std::string& file, const std::vector<std::string>& overrides) {
    Recipe recipe;
    read_file(file, {overrides}, recipe);
    const Experiment experiment = build(recipe, {});
    return evaluate(experiment, *experiment.loader("train"));
  };
  // Whatever the network says: of one class of two no pixel is left, and the other's intersection is what is right.
  const std::vector<std::string> pixels = {"loss=cross_entropy", "metrics=[iou, accuracy]", "hardware.threads=1"};
  std::vector<std::string> ignoring = pixels;
  ignoring[0] = "loss={type: cross_entropy, ignore_index: 0}";
  const Results all = results_of("tests/recipes/unet.yaml", pixels);
  const Results some = results_of("tests/recipes/unet.yaml", ignoring);
  // Of the pixels of the ellipse alone, those given to it are the accuracy and its overlap.
  CHECK(number(some, "accuracy") == Approx(number(some, "iou_ellipse")).epsilon(1e-12));
  CHECK(number(some, "iou_ground") == 0.0);
  CHECK(number(all, "accuracy") != Approx(number(some, "accuracy")));

  Recipe recipe;
  read_file("tests/recipes/tagging.yaml", {{"loss={type: cross_entropy, ignore_index: 0}", "hardware.threads=1"}},
            recipe);
  const Experiment experiment = build(recipe, {});
  const std::unique_ptr<Loader> loader = experiment.loader("val");
  loader->seek(0);
  const Batch batch = *loader->next();
  const c10::NoGradGuard no_gradients;
  experiment.all->set_training(false);
  const Outcome outcome = forward_held_out(experiment, batch);
  const at::Tensor target = batch["target"], kept = outcome.truth["target"];
  CHECK(kept.sizes() == target.sizes());
  CHECK(kept.eq(0).sum().item<int64_t>() == 0);
  CHECK(kept.ge(0).sum().item<int64_t>() == target.gt(0).sum().item<int64_t>());
  CHECK(outcome.ignored.item<int64_t>() == target.eq(0).sum().item<int64_t>());
  CHECK(target.eq(0).sum().item<int64_t>() > 0);
}

}  // namespace dlrun::evaluate_test
