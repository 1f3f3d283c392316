// The verb predict: how many predictions are told, and of what.

#include "eval/predict.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support.h"
#include "train/train.h"

namespace dlrun::predict_test {
namespace {

// A ring of 60 nodes of two classes: the first 20 train, then 10 validate, then 25 test, and 5 belong to no split.
struct Ring {
  test::TempDir dir;
  std::string nodes, edges;

  Ring() {
    std::string rows = "node_id,label,split,features\n", links = "source,target\n";
    for (int i = 0; i < 60; ++i) {
      const char* split = i < 20 ? "train" : i < 30 ? "val" : i < 55 ? "test" : "none";
      const std::string name = "n" + std::to_string(i);
      rows += name + (i % 3 ? ",odd," : ",even,") + split + "," + std::to_string(i % 3) + "\n";
      links += name + ",n" + std::to_string((i + 1) % 60) + "\n";
    }
    nodes = dir.write("nodes.csv", rows);
    edges = dir.write("edges.csv", links);
    std::filesystem::current_path(test::source_dir());
    TrainOptions options;
    options.recipe = dir.write("recipe.yaml",
                               "version: 1\nname: ring\nseed: 3\ntask: node_classification\n"
                               "architecture: {type: gcn, widths: [4]}\noptimizer: {type: adamw, lr: 1e-2}\n"
                               "trainer: {max_steps: 3, batch_size: 1}\n"
                               "hardware: {threads: 1, loader_threads: 0, accelerator: cpu}\n"
                               "data: {type: graph, nodes: " +
                                   nodes + ", edges: " + edges + "}\n");
    options.overrides = {"output_dir=" + dir / "run"};
    options.verbosity = -2;
    REQUIRE(dlrun_train(options) == 0);
  }

  std::vector<nlohmann::json> predict(int64_t samples, const std::vector<std::string>& inputs = {}) const {
    PredictOptions options;
    options.run = dir / "run";
    options.samples = samples;
    options.inputs = inputs;
    options.output = dir / "predictions.jsonl";
    options.verbosity = -2;
    REQUIRE(dlrun_predict(options) == 0);
    std::vector<nlohmann::json> records;
    std::istringstream lines(test::read_bytes(options.output));
    for (std::string line; std::getline(lines, line);) records.push_back(nlohmann::json::parse(line));
    return records;
  }
};

}  // namespace

TEST_CASE("predict tells every node of a split, as many as asked for, and every node of given files") {
  const Ring ring;
  const std::vector<nlohmann::json> all = ring.predict(1000);
  REQUIRE(all.size() == 25);
  for (size_t i = 0; i < all.size(); ++i) {
    const int64_t node = 30 + static_cast<int64_t>(i);
    CHECK(all[i]["node"] == node);
    CHECK(all[i]["true"] == (node % 3 ? "odd" : "even"));
    CHECK(all[i]["sample"] == "n" + std::to_string(node));  // what the table calls it
  }
  CHECK(ring.predict(7) == std::vector<nlohmann::json>(all.begin(), all.begin() + 7));
  const std::vector<nlohmann::json> given = ring.predict(7, {ring.nodes, ring.edges});
  REQUIRE(given.size() == 60);
  CHECK(given[59]["node"] == 59);
  CHECK(!given[59].contains("true"));
  CHECK(given[30]["class"] == all[0]["class"]);
}

}  // namespace dlrun::predict_test
