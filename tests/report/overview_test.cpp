// What a report shows of a run beside its curves: gathered from batches, kept as JSON, shown as markup.

#include "report/overview.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <stdexcept>

#include "spec/read.h"

#include "support.h"

namespace dlrun::overview_test {
namespace {

using Json = nlohmann::ordered_json;

// Of 40 rows, 10 of them for validation.
std::unique_ptr<Recipe> recipe_of(const test::TempDir& folder, const std::string& task, const std::string& target) {
  std::string table = "x,kind,y\n";
  for (int i = 0; i < 40; ++i) table += fmt::format("{},{},{}\n", i, i % 4 == 0 ? "<b>" : "a&b", 2 * i);
  folder.write("table.csv", table);
  auto recipe = std::make_unique<Recipe>();
  read_text("version: 1\nname: a\nseed: 1\ntask: " + task + "\ndata: {type: csv, path: " + folder / "table.csv" +
                ", target: " + target + ", drop: [" + (target == "y" ? "kind" : "y") +
                "], val: {split: 0.25}}\narchitecture: {type: mlp, widths: [4]}\noptimizer: adam\n",
            "recipe.yaml", {}, *recipe);
  resolve(*recipe);
  return recipe;
}

Outcome outcome_of(const at::Tensor& scores, const at::Tensor& classes) {
  Outcome outcome;
  outcome.answer.set("output", scores, Rows::sample);
  outcome.truth.set("target", classes, Rows::sample);
  return outcome;
}

TEST_CASE("what classes are taken for is counted over all batches") {
  const test::TempDir folder;
  const auto recipe = recipe_of(folder, "classification", "kind");
  const Experiment experiment = build(*recipe, {});
  HeldOutLook look(experiment, HeldOutLook::Patience::little);
  // Of the first class one is right and two are not; of the second one is right.
  const at::Tensor first = at::tensor({1.0, 0.0}), second = at::tensor({0.0, 1.0});
  look.add(outcome_of(at::stack({first, second}).to(at::kFloat), at::tensor({0, 0}, at::kLong)));
  look.add(outcome_of(at::stack({second, second}).to(at::kFloat), at::tensor({1, 0}, at::kLong)));
  const Json record = look.record();
  CHECK(record.at("split") == "val");
  CHECK(record.at("samples") == 10);
  CHECK(record.at("confusion").at("rows") == Json({"<b>", "a&b"}));
  CHECK(record.at("confusion").at("cells") == Json::parse("[[1.0, 2.0], [0.0, 1.0]]"));
  CHECK(record.at("interval").at("metric") == "accuracy");
  CHECK(record.at("interval").at("low").get<double>() < 0.5);
  CHECK(record.at("interval").at("high").get<double>() > 0.5);
}

TEST_CASE("answers that are no scores of classes have no confusion matrix, and numbers have none") {
  const test::TempDir folder;
  const auto recipe = recipe_of(folder, "classification", "kind");
  const Experiment experiment = build(*recipe, {});
  Outcome embedding;
  embedding.answer.set("embedding", at::zeros({2, 8}), Rows::sample);
  embedding.truth.set("target", at::zeros({2}, at::kLong), Rows::sample);
  REQUIRE(recipe->metrics.size() == 1);
  recipe->metrics.values.clear();  // those of the task ask for scores
  HeldOutLook look(experiment, HeldOutLook::Patience::little);
  look.add(embedding);
  CHECK_FALSE(look.record().contains("confusion"));

  const auto numbers = recipe_of(folder, "regression", "y");
  const Experiment of_numbers = build(*numbers, {});
  HeldOutLook other(of_numbers, HeldOutLook::Patience::little);
  other.add(outcome_of(at::rand({5, 1}), at::rand({5, 1})));
  CHECK_FALSE(other.record().contains("confusion"));
  CHECK(other.record().contains("interval"));
}

TEST_CASE("the data and the layers of a run are told in short") {
  const test::TempDir folder;
  const auto recipe = recipe_of(folder, "classification", "kind");
  const Experiment experiment = build(*recipe, {});
  const Json overview = overview_of(experiment, watch(experiment));
  CHECK(overview.at("data").at("train") == 30);
  CHECK(overview.at("data").at("val") == 10);
  CHECK_FALSE(overview.at("data").contains("test"));
  CHECK(overview.at("data").at("input") == Json({1}));
  CHECK(overview.at("data").at("classes") == Json({"<b>", "a&b"}));
  CHECK(overview.at("layers").get<std::string>().find("mlp") != std::string::npos);

  const std::string html = overview_sections(overview);
  CHECK(html.find("<td class=\"text\">30 samples</td>") != std::string::npos);
  CHECK(html.find("2: &lt;b&gt;, a&amp;b") != std::string::npos);
  CHECK(html.find("<b>, a&b") == std::string::npos);
  CHECK(html.find("<h2>Layers</h2>") != std::string::npos);
  CHECK(html.find("Classes") == std::string::npos);  // nothing was measured
}

TEST_CASE("an overview is shown in the parts that it has, and damage to it is told") {
  CHECK(overview_sections(Json::object()).empty());
  Json overview = {{"checkpoint", "best (step 7)"},
                   {"held_out",
                    {{"split", "test"},
                     {"samples", 1234},
                     {"confusion", {{"rows", {"a", "b"}}, {"columns", {"a", "b"}}, {"cells", {{3, 1}, {0, 2}}}}}}}};
  const std::string html = overview_sections(overview);
  CHECK(html.find("1,234 samples of test, checkpoint best (step 7)") != std::string::npos);
  CHECK(html.find("75.0 %") != std::string::npos);  // three of four of a
  overview["held_out"]["confusion"]["cells"] = {{3, 1}, {0}};
  CHECK_THROWS_AS(overview_sections(overview), std::invalid_argument);
  overview["held_out"]["confusion"].erase("cells");
  CHECK_THROWS_AS(overview_sections(overview), Json::exception);
}

}  // namespace
}  // namespace dlrun::overview_test
