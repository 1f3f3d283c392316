// gcn against torch_geometric's GCNConv.

#include <catch2/catch.hpp>

#include "models/support.h"

namespace dlrun::gcn_test {
namespace {

constexpr int64_t nodes = 12;

std::shared_ptr<Architecture> narrow() {
  auto gcn = architecture("gcn");
  set(*gcn, "widths", std::vector<int64_t>{5});
  set(*gcn, "dropout", 0.0);
  return gcn;
}

at::Tensor edges() {
  const at::Tensor i = at::arange(30, at::kLong);
  const at::Tensor extra = at::tensor({3, 1, 1, 3, 2, 2}, at::kLong).reshape({2, 3});
  return at::cat({at::stack({(i * 7).remainder(11), (i * i + 2).remainder(11)}), extra}, 1);
}

at::Tensor words(int64_t features) {
  const at::Tensor place = at::arange(nodes * features, at::kLong).reshape({nodes, features});
  return at::where(place.remainder(16).eq(5), numbers({nodes, features}), at::zeros({}));
}

TEST_CASE("gcn has torch_geometric's names, results and gradients, for dense and for sparse features") {
  const nlohmann::json golden = read_golden("gcn");
  const std::vector<std::pair<std::string, at::Tensor>> cases = {{"dense", numbers({nodes, 6})}, {"sparse", words(40)}};
  for (const auto& [name, input] : cases) {
    INFO(name);
    const auto network = narrow()->build(of_graph(input.size(1), 3));
    fill_by_formula(*network);
    const at::Tensor output = network->forward({{"input", input}, {"edge_index", edges()}})["output"];
    CHECK(relative_difference(output, golden[name]["output"]) < 1e-5);
    check_gradients(*network, output, golden[name]["gradients"]);
  }
}

// Those of golden/gcn.py: node 11 gets a loop of weight 0, and an edge to node 2.
std::pair<at::Tensor, at::Tensor> weighted_edges() {
  const at::Tensor graph = at::cat({edges(), at::tensor({11, 11, 2, 11}, at::kLong).reshape({2, 2})}, 1);
  at::Tensor weights = at::arange(graph.size(1), at::kLong).remainder(7).to(at::kFloat) * 0.5;
  weights[-1] = 0;
  return {graph, weights};
}

TEST_CASE("gcn weighs edges as torch_geometric does: loops keep theirs, and a node that nothing reaches gets nothing") {
  const nlohmann::json golden = read_golden("gcn")["weighted"];
  const auto [graph, weights] = weighted_edges();
  const auto network = narrow()->build(of_graph(6, 3));
  fill_by_formula(*network);
  const at::Tensor input = numbers({nodes, 6});
  const auto forward = [&](const Batch& batch) { return network->forward(batch)["output"]; };
  const at::Tensor output = forward({{"input", input}, {"edge_index", graph}, {"edge_weight", weights}});
  CHECK(relative_difference(output, golden["output"]) < 1e-5);
  check_gradients(*network, output, golden["gradients"]);
  // Ones are no weights; other weights on the same edges are noticed.
  const at::Tensor plain = forward({{"input", input}, {"edge_index", graph}});
  const at::Tensor ones = forward({{"input", input}, {"edge_index", graph}, {"edge_weight", at::ones_like(weights)}});
  CHECK((plain - ones).abs().max().item<float>() < 1e-6f);
  CHECK((plain - output).abs().max().item<float>() > 1e-2f);
}

TEST_CASE("gcn notices another graph, other features, and changes in place") {
  const auto network = narrow()->build(of_graph(40, 3));
  const auto fresh = [&](const at::Tensor& input, const at::Tensor& edge_index) {
    const auto other = narrow()->build(of_graph(40, 3));
    for (size_t i = 0; i < network->parameters().size(); ++i)
      *other->parameters()[i].tensor = *network->parameters()[i].tensor;
    return other->forward({{"input", input}, {"edge_index", edge_index}})["output"];
  };
  const auto check = [&](const at::Tensor& input, const at::Tensor& edge_index) {
    const at::Tensor output = network->forward({{"input", input}, {"edge_index", edge_index}})["output"];
    CHECK(at::equal(output, fresh(input, edge_index)));
    return output;
  };
  at::Tensor input = words(40), graph = edges();
  const at::Tensor first = check(input, graph);
  CHECK(at::equal(first, check(input.clone(), graph.clone())));
  CHECK(!at::equal(first, check(input, graph.narrow(1, 0, 20))));
  CHECK(!at::equal(first, check(input * 2, graph)));
  input.mul_(3);
  check(input, graph);
  graph[0][0] = 5;
  check(input, graph);
  check(input.narrow(0, 0, 11), at::tensor({0, 1, 1, 0}, at::kLong).reshape({2, 2}));
}

TEST_CASE("gcn drops out features, whether they are stored as sparse or dense") {
  auto gcn = narrow();
  set(*gcn, "dropout", 0.5);
  for (const at::Tensor& input : {numbers({nodes, 40}), words(40)}) {
    const auto network = gcn->build(of_graph(40, 3));
    const Batch batch = {{"input", input}, {"edge_index", edges()}};
    CHECK(!at::equal(network->forward(batch)["output"], network->forward(batch)["output"]));
    network->set_training(false);
    CHECK(at::equal(network->forward(batch)["output"], network->forward(batch)["output"]));
  }
}

TEST_CASE("gcn on meta and on flat buffers") {
  check_meta_build(*narrow(), of_graph(40, 3));
  check_flat_build(*narrow(), of_graph(40, 3), {{"input", words(40)}, {"edge_index", edges()}});
}

TEST_CASE("gcn refuses images") {
  CHECK_THAT(build_error(*narrow(), of_numbers({3, 8, 8}, 2)), Catch::Contains("list of features"));
}

}  // namespace
}  // namespace dlrun::gcn_test
