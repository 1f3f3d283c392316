// tabnet against TabNet of pytorch-tabnet.

#include <catch2/catch.hpp>

#include "models/encoder.h"
#include "models/sparsemax.h"
#include "models/table_case.h"
#include "tensor/loss_terms.h"

namespace dlrun::tabnet_test {
namespace {

std::shared_ptr<Architecture> small(int64_t n_d, int64_t n_a, int64_t n_steps) {
  auto tabnet = architecture("tabnet");
  set(*tabnet, "n_d", n_d);
  set(*tabnet, "n_a", n_a);
  set(*tabnet, "n_steps", n_steps);
  return tabnet;
}

at::Tensor weight_of(const Module& network, const std::string& name) {
  for (const NamedTensor& entry : network.parameters())
    if (entry.name == name) return *entry.tensor;
  throw std::runtime_error("no parameter " + name);
}

// Output, gradients, and the term that the network adds to the loss, all of it and its gradient.
void check_case(Architecture& tabnet, const Shapes& shapes, const std::string& name, double of_gradients = 1e-4) {
  const nlohmann::json golden = read_golden("tabnet")[name];
  set(tabnet, "lambda_sparse", 0.5);
  check_table_case(tabnet, shapes, golden, of_gradients);
  const auto network = tabnet.build(shapes);
  fill_by_formula(*network);
  TensorList terms;
  {
    const LossTerms given;
    network->forward(table_batch(shapes, 6));
    terms = given.terms();
  }
  REQUIRE(terms.size() == 1);
  CHECK(terms[0].first == "sparsity");
  CHECK(terms[0].second.item<double>() == Approx(0.5 * golden["sparsity"].get<double>()).epsilon(1e-5));
  terms[0].second.backward();
  const at::Tensor weight = weight_of(*network, "tabnet.encoder.att_transformers.0.fc.weight");
  CHECK(relative_difference(weight.grad() * 2, golden["sparsity_gradient"]) < 1e-4);
}

TEST_CASE("tabnet has the published names, results, gradients and sparsity, in training and after it") {
  auto whole = small(4, 3, 3);
  check_case(*whole, of_table(5, {}, 3), "numbers");
  auto shared = small(3, 3, 2);
  set<int64_t>(*shared, "n_independent", 0);
  set<int64_t>(*shared, "n_shared", 1);
  set(*shared, "epsilon", 1e-10);
  check_case(*shared, of_table(4, {}, 2), "shared");
  auto independent = small(3, 3, 2);
  set<int64_t>(*independent, "n_independent", 3);
  set<int64_t>(*independent, "n_shared", 0);
  set(*independent, "momentum", 0.3);
  check_case(*independent, of_table(4, {}, 2), "independent");
}

TEST_CASE("tabnet gives one share of attention to an embedding, with entmax and norms over pieces of the batch") {
  auto tabnet = small(3, 4, 2);
  set(*tabnet, "gamma", 1.5);
  set<std::string>(*tabnet, "mask_type", "entmax");
  set<int64_t>(*tabnet, "virtual_batch_size", 4);
  // Square roots near the edge of entmax enlarge rounding: it differs with the number of threads.
  check_case(*tabnet, of_table(4, {3, 7}, 2), "table", 1e-3);
}

TEST_CASE("sparsemax and entmax15 have the published shares and gradients") {
  const nlohmann::json golden = read_golden("tabnet");
  using Shares = at::Tensor (*)(const at::Tensor&);
  for (const auto& [name, function] :
       {std::pair<const char*, Shares>{"sparsemax", sparsemax}, {"entmax15", entmax15}}) {
    INFO(name);
    at::Tensor scores = (3 * numbers({5, 6})).requires_grad_();
    const at::Tensor shares = function(scores);
    CHECK(relative_difference(shares, golden[name]["shares"]) < 1e-6);
    CHECK((shares.sum(1) - 1).abs().max().item<float>() < 1e-6f);
    CHECK(shares.eq(0).any().item<bool>());
    (shares.to(at::kDouble) * waves(30, 2.0).reshape({5, 6})).sum().backward();
    CHECK(relative_difference(scores.grad(), golden[name]["gradient"]) < 1e-5);
    // Scores that are all alike share alike; one that is far above the others has all.
    CHECK(at::allclose(function(at::full({1, 4}, 7.0f)), at::full({1, 4}, 0.25f)));
    CHECK(at::equal(function(at::tensor({1e6f, -3.0f, 0.0f}).reshape({1, 3})),
                    at::tensor({1.0f, 0.0f, 0.0f}).reshape({1, 3})));
  }
}

TEST_CASE("tabnet starts from the published weights after the same seed") {
  at::manual_seed(7);
  const auto network = small(4, 3, 2)->build(of_table(5, {}, 3));
  for (const auto& [name, values] : read_golden("tabnet")["drawn"].items()) {
    INFO(name);
    CHECK(relative_difference(weight_of(*network, name), values) < drawn_tolerance);
  }
}

TEST_CASE("tabnet tells its sparsity where a training keeps it, and in no evaluation") {
  const Shapes shapes = of_table(4, {3}, 2);
  const auto network = small(3, 3, 2)->build(shapes);
  const Batch batch = table_batch(shapes, 6);
  CHECK_FALSE(wants_loss_terms());
  network->forward(batch);
  const LossTerms given;
  {
    const c10::NoGradGuard teacher;
    network->forward(batch);
  }
  CHECK(given.terms().empty());
  network->forward(batch);
  network->forward(batch);
  CHECK(given.terms().size() == 1);
}

TEST_CASE("tabnet on meta and on flat buffers, and for no outputs") {
  const Shapes shapes = of_table(4, {3, 7}, 2);
  check_meta_build(*small(3, 3, 2), shapes);
  check_flat_build(*small(3, 3, 2), shapes, table_batch(shapes, 6));
  const auto features = small(5, 3, 2)->build(of_table(4, {3}, 0));
  CHECK(dynamic_cast<const Encoder&>(*features).width() == 5);
  CHECK(features->forward(table_batch(of_table(4, {3}, 0), 6))["output"].sizes() == at::IntArrayRef({6, 5}));
}

}  // namespace
}  // namespace dlrun::tabnet_test
