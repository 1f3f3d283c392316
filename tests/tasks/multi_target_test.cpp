// Several targets at once: what they cost together and its gradient beside torch's, their metrics beside
// scikit-learn's, what is told of each, and what is refused.

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "data/components.h"
#include "golden.h"
#include "metrics/of_target.h"
#include "spec/read.h"
#include "tasks/several_targets.h"

namespace dlrun::multi_target_test {
namespace {

constexpr const char* four =
    "[{target: kind, task: classification}, {target: sold, task: classification, loss: bce, weight: 2},"
    " {target: count, task: regression, loss: poisson, weight: 0.5}, {target: price, task: regression, weight: 0.25}]";

struct Holder final : Params {
  Choice<Task> task;
  Choice<Loss> loss;
  ChoiceList<Metric> metrics;
  std::vector<Field> fields() override {
    return {field("task", task, "The task under test.", required()), field("loss", loss, "Its loss."),
            field("metrics", metrics, "Its metrics.")};
  }
};

// Gives "answer" of the batch.
struct Fixed final : Network {
  Batch compute(const Batch& batch) override { return {{"output", batch["answer"]}}; }
};

std::unique_ptr<Holder> read(const std::string& of, const std::string& loss = "target_sum",
                             const std::string& metrics = "[]") {
  auto holder = std::make_unique<Holder>();
  read_text("task: {type: multi_target, of: " + of + "}\nloss: " + loss + "\nmetrics: " + metrics + "\n", "test", {},
            *holder);
  dynamic_cast<SeveralTargets&>(*holder->task).complete();
  return holder;
}

DataInfo four_targets(double offset, double scale) {
  DataInfo info;
  info.fields = {{"input", FieldInfo::Means::numbers, {2}},
                 {"target.count", FieldInfo::Means::numbers, {1}},
                 {"target.price", FieldInfo::Means::numbers, {1}},
                 {"target.kind", FieldInfo::Means::classes, {}, {"a", "b", "c"}},
                 {"target.sold", FieldInfo::Means::classes, {}, {"no", "yes"}}};
  info.targets = {"count", "price"};
  info.target_offset = {0, offset};
  info.target_scale = {1, scale};
  return info;
}

at::Tensor floats(const nlohmann::json& numbers) {
  return at::tensor(numbers.get<std::vector<double>>(), at::kDouble).to(at::kFloat);
}

struct Golden {
  nlohmann::json numbers = read_golden("multi_target");
  int64_t rows = numbers["rows"];
  at::Tensor output = floats(numbers["output"]).reshape({rows, 6}).requires_grad_();

  Batch batch(bool weighted, bool partly) const {
    Batch made{{"input", at::zeros({rows, 2})}, {"answer", output}};
    made.count = rows;
    for (const char* name : {"kind", "sold"})
      made.set(std::string("target.") + name, at::tensor(numbers[name].get<std::vector<int64_t>>()));
    for (const char* name : {"count", "price"})
      made.set(std::string("target.") + name, floats(numbers[name]).unsqueeze(1));
    if (weighted) made.set("weight", floats(numbers["weight"]));
    for (const auto& [name, mask] : numbers["known"].items()) {
      if (!partly) continue;
      const at::Tensor known = floats(mask).to(at::kBool);
      made.set("known." + name, known);
      // What stands where nothing is known may not matter.
      const at::Tensor target = made["target." + name];
      made.set("target." + name,
               target.masked_fill(
                   known.view(target.dim() == 1 ? at::IntArrayRef{-1} : at::IntArrayRef{-1, 1}).logical_not(), 0));
    }
    return made;
  }
};

}  // namespace

TEST_CASE("multi_target costs what torch says, with its gradient, also of weighted rows that lack targets") {
  const auto holder = read(four);
  Golden golden;
  holder->task->bind(four_targets(golden.numbers["offset"], golden.numbers["scale"]));
  holder->task->teach(*holder->loss);
  CHECK(holder->task->shapes(*holder->loss).outputs == 6);
  CHECK(holder->task->shapes(*holder->loss).inputs.size() == 1);  // no target is an input
  CHECK(holder->task->weighs_samples());
  Fixed network;
  for (const bool weighted : {false, true})
    for (const bool partly : {false, true}) {
      const std::string name = weighted && partly ? "weighted_partly"
                               : weighted         ? "weighted"
                               : partly           ? "partly"
                                                  : "all";
      INFO(name);
      const nlohmann::json& expected = golden.numbers[name];
      golden.output.mutable_grad() = at::Tensor();
      const Outcome outcome = holder->task->turn({network, *holder->loss, golden.batch(weighted, partly)});
      CHECK(outcome.loss.mean.item<double>() == Approx(expected["loss"].get<double>()).epsilon(1e-6));
      outcome.loss.mean.backward();
      CHECK(at::allclose(golden.output.grad().flatten(), floats(expected["gradient"]), 1e-5, 1e-7));
      const double rows = weighted ? floats(golden.numbers["weight"]).sum().item<double>() : golden.rows;
      CHECK(outcome.loss.weight.item<double>() == Approx(rows));
      REQUIRE(outcome.loss.parts.size() == 4);
      for (const auto& [part, value] : outcome.loss.parts)
        CHECK(value.item<double>() ==
              Approx(expected["parts"][part.substr(0, part.find('.'))].get<double>()).epsilon(1e-6));
    }
}

TEST_CASE("parts of a batch add up to the whole, whichever targets their rows lack") {
  const auto holder = read(four);
  Golden golden;
  holder->task->bind(four_targets(golden.numbers["offset"], golden.numbers["scale"]));
  holder->task->teach(*holder->loss);
  Fixed network;
  const Batch batch = golden.batch(true, true);
  const auto turn = [&](const Batch& some) { return holder->task->turn({network, *holder->loss, some}); };
  const Outcome whole = turn(batch), both = joined(turn(batch.cut(0, 7)), turn(batch.cut(7, golden.rows - 7)));
  CHECK(both.loss.mean.item<double>() == Approx(whole.loss.mean.item<double>()).epsilon(1e-6));
  CHECK(both.loss.weight.item<double>() == Approx(whole.loss.weight.item<double>()));
}

TEST_CASE("the metrics of each target are scikit-learn's, of the rows that have it") {
  const auto holder =
      read(four, "target_sum",
           "[{type: of_target, target: kind, metric: accuracy}, {type: of_target, target: kind, metric: f1},"
           " {type: of_target, target: sold, metric: roc_auc}, {type: of_target, target: count, metric: mae},"
           " {type: of_target, target: price, metric: rmse}, {type: of_target, target: price, metric: r2}]");
  Golden golden;
  const DataInfo info = four_targets(golden.numbers["offset"], golden.numbers["scale"]);
  holder->task->bind(info);
  holder->task->teach(*holder->loss);
  for (size_t k = 0; k < 2; ++k)
    dynamic_cast<OfTarget&>(holder->metrics[k]).know_target({"a", "b", "c"}, Chances::softmax);
  Fixed network;
  for (const bool partly : {false, true}) {
    const nlohmann::json& expected = golden.numbers[partly ? "partly" : "all"]["metrics"];
    const Batch batch = golden.batch(false, partly);
    const Outcome outcome = holder->task->turn({network, *holder->loss, batch});
    REQUIRE(outcome.comparable());
    CHECK_NOTHROW(require_suitable(holder->metrics, outcome.answer, outcome.truth));
    for (size_t k = 0; k < holder->metrics.size(); ++k) {
      const Metric& metric = holder->metrics[k];
      const std::string name = metric.names().front();
      INFO(name << (partly ? " of known rows" : ""));
      const auto whole = metric.values(metric.measure(outcome.answer, outcome.truth));
      CHECK(whole.front().second == Approx(expected[name].get<double>()).epsilon(1e-5));
      // Row by row, as an interval needs it: some have nothing to measure.
      std::vector<at::Tensor> kept;
      for (int64_t i = 0; i < golden.rows; ++i)
        join(metric.merge(), kept, metric.measure(outcome.answer.cut(i, 1), outcome.truth.cut(i, 1)));
      CHECK(metric.values(kept).front().second == Approx(expected[name].get<double>()).epsilon(1e-5));
    }
  }
}

TEST_CASE("multi_target tells of each target what its own task would") {
  const auto holder = read(four);
  Golden golden;
  holder->task->bind(four_targets(10, 3));
  holder->task->teach(*holder->loss);
  Fixed network;
  const nlohmann::json records = holder->task->predict(network, golden.batch(false, false));
  REQUIRE(records.size() == static_cast<size_t>(golden.rows));
  const at::Tensor first = golden.output[0];
  const at::Tensor kinds = at::softmax(first.narrow(0, 0, 3), 0);
  CHECK(records[0]["targets"]["kind"]["probabilities"]["b"].get<double>() ==
        Approx(kinds[1].item<double>()).epsilon(1e-5));
  CHECK(records[0]["targets"]["sold"]["probabilities"]["yes"].get<double>() ==
        Approx(at::sigmoid(first[3]).item<double>()).epsilon(1e-5));
  CHECK(records[0]["targets"]["count"]["value"].get<double>() ==
        Approx(std::exp(first[4].item<double>())).epsilon(1e-5));
  CHECK(records[0]["targets"]["price"]["value"].get<double>() ==
        Approx(10 + 3 * first[5].item<double>()).epsilon(1e-5));
}

TEST_CASE("targets of numbers may stand in one field, and are read by their names") {
  const auto holder = read("[{target: price, task: regression}, {target: count, task: regression, loss: mae}]");
  DataInfo info;
  info.fields = {{"input", FieldInfo::Means::numbers, {2}}, {"target", FieldInfo::Means::numbers, {2}}};
  info.targets = {"count", "price"};
  holder->task->bind(info);
  holder->task->teach(*holder->loss);
  Fixed network;
  Batch batch{{"input", at::zeros({1, 2})},
              {"answer", at::tensor({1.0f, 2.0f}).unsqueeze(0)},
              {"target", at::tensor({5.0f, 3.0f}).unsqueeze(0)}};
  batch.count = 1;
  const Outcome outcome = holder->task->turn({network, *holder->loss, batch});
  CHECK(outcome.loss.mean.item<double>() == Approx((1.0 - 3.0) * (1.0 - 3.0) + (5.0 - 2.0)));
}

TEST_CASE("multi_target measures by default what its tasks do, and learns by their losses") {
  const auto holder = read(four);
  std::vector<std::string> names;
  for (const AnyChoice& metric : dynamic_cast<SeveralTargets&>(*holder->task).metrics_of_targets())
    for (const std::string& name : std::static_pointer_cast<Metric>(metric.value)->names()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"kind.accuracy", "sold.accuracy", "count.rmse", "count.mae", "price.rmse",
                                          "price.mae"});
  const std::vector<TargetPart> parts = dynamic_cast<SeveralTargets&>(*holder->task).parts();
  CHECK(parts[0].loss->type == "cross_entropy");
  CHECK(parts[3].loss->type == "mse");
}

TEST_CASE("multi_target says which target it cannot learn") {
  const auto problem = [](const std::string& of, const std::string& loss = "target_sum") {
    try {
      const auto holder = read(of, loss);
      holder->task->bind(four_targets(0, 1));
      holder->task->teach(*holder->loss);
      holder->task->shapes(*holder->loss);
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::bad_recipe);
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(problem("[{target: kin, task: classification}]"),
             Catch::Equals("task.of.0.target: the data have no target 'kin' (is it 'kind'?); they have count, price, "
                           "kind, sold"));
  CHECK_THAT(problem("[{target: price, task: regression}, {target: kind, task: regression}]"),
             Catch::StartsWith("task.of.1.task: regression is for numbers, and 'kind' is one of data.class_targets"));
  CHECK_THAT(problem("[{target: price, task: classification}]"),
             Catch::StartsWith("task.of.0.task: classification is for classes, and 'price' is a number"));
  CHECK_THAT(problem("[{target: price, task: regression}, {target: price, task: regression}]"),
             Catch::Contains("task.of.1.target: 'price' is there twice"));
  CHECK_THAT(problem("[{target: price, task: forecasting}]"), Catch::StartsWith("task.of.0.task: forecasting"));
  CHECK_THAT(problem("[{target: kind, task: classification, loss: triplet}]"), Catch::StartsWith("task.of.0.loss: "));
  CHECK_THAT(problem("[{target: kind, task: classification}]", "cross_entropy"),
             Catch::StartsWith("loss: the targets of multi_target have a loss each"));
  CHECK(problem(four).empty());
}

}  // namespace dlrun::multi_target_test
