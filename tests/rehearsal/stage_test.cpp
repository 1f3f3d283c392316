// Rehearsals of networks that read values: with real weights, and the same numbers.

#include "rehearsal/stage.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "nn/linear.h"
#include "rehearsal/rehearsal.h"
#include "spec/read.h"
#include "support.h"

namespace dlrun::stage_test {

namespace {

struct Curious final : Architecture {
  bool reads_values = false;
  int64_t width = 100;
  std::vector<Field> fields() override { return {}; }
  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

struct CuriousNetwork final : SimpleNetwork {
  CuriousNetwork(const Curious& curious, int64_t inputs, int64_t outputs) : reads_values(curious.reads_values) {
    first = make<Linear>("first", inputs, curious.width);
    second = make<Linear>("second", curious.width, outputs);
  }
  at::Tensor compute(const at::Tensor& x) override {
    const at::Tensor hidden = first->forward(x.flatten(1)).relu();
    if (reads_values && hidden.max().item<float>() < 0) return second->forward(-hidden);
    return second->forward(hidden);
  }
  bool reads_values;
  std::shared_ptr<Linear> first, second;
};

std::shared_ptr<Network> Curious::build(const Shapes& shapes) const {
  return std::make_shared<CuriousNetwork>(
      *this, shapes.input().sizes[0] * shapes.input().sizes[1] * shapes.input().sizes[2], shapes.outputs);
}

Rehearsal rehearsed(const std::shared_ptr<Curious>& architecture, bool& real) {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  read_file("recipes/mlp_hdf5.yaml", {}, recipe);
  recipe.architecture.value = architecture;
  Stage stage(recipe);
  Rehearsal rehearsal;
  stage.run([&](const Experiment& experiment) { rehearsal = rehearse(experiment, {.batch_size = 64}); });
  real = !stage.experiment().network->parameters().front().tensor->is_meta();
  return rehearsal;
}

}  // namespace

TEST_CASE("a network that reads values is rehearsed with real weights, and costs the same") {
  const auto architecture = std::make_shared<Curious>();
  bool real = true;
  const Rehearsal without = rehearsed(architecture, real);
  CHECK_FALSE(real);
  architecture->reads_values = true;
  const Rehearsal with = rehearsed(architecture, real);
  CHECK(real);
  CHECK(with.cost.forward == without.cost.forward);
  CHECK(with.cost.backward == without.cost.backward);
  CHECK(with.cost.weights == without.cost.weights);
  CHECK(std::abs(with.cost.activations - without.cost.activations) < 100);  // the maximum it looks at
  CHECK(std::abs(with.cost.tensors - without.cost.tensors) < 100);
  REQUIRE(with.modules.size() == without.modules.size());
  for (size_t i = 0; i < with.modules.size(); ++i) CHECK(with.modules[i].shape == without.modules[i].shape);
}

TEST_CASE("a large network that reads values is given no weights") {
  const auto architecture = std::make_shared<Curious>();
  architecture->reads_values = true;
  architecture->width = 30'000;
  bool real = false;
  CHECK_THROWS_AS(rehearsed(architecture, real), NeedsValues);
}

}  // namespace dlrun::stage_test
