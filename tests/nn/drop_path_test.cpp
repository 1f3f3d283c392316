// Stochastic depth: whole samples pass, the mean stays, evaluation is not touched.

#include "nn/drop_path.h"

#include <catch2/catch.hpp>

#include "data/components.h"
#include "models/architecture.h"
#include "shapes.h"

namespace dlrun::drop_path_test {
namespace {

TEST_CASE("drop_path drops a branch for whole samples and scales up what stays") {
  at::manual_seed(3);
  DropPath path(0.3);
  const at::Tensor branch = at::rand({4000, 3, 2, 2}) + 1;
  const at::Tensor result = path.forward(branch);
  const at::Tensor dropped = result.flatten(1).eq(0).all(1), stayed = result.flatten(1).ne(0).all(1);
  CHECK(dropped.logical_xor(stayed).all().item<bool>());
  CHECK(dropped.to(at::kDouble).mean().item<double>() == Approx(0.3).margin(0.03));
  CHECK(result.index({stayed}).allclose(branch.index({stayed}) / 0.7));
  path.set_training(false);
  CHECK(path.forward(branch).equal(branch));
}

TEST_CASE("the chance grows evenly from block to block, as timm's drop_path_rate") {
  // numpy.linspace(0, 0.2, 8)
  for (int64_t i = 0; i < 8; ++i)
    CHECK(DropPath::of_block(0.2, i, 8) == Approx(0.2 * static_cast<double>(i) / 7).margin(1e-12));
  CHECK(DropPath::of_block(0.2, 0, 1) == 0.2);
}

TEST_CASE("networks with drop_path have the weights of those without, and answer alike in evaluation") {
  const Shapes shapes{.inputs = {{"input", FieldInfo::Means::pixels, {3, 16, 16}}}, .outputs = 4};
  const at::Tensor images = at::randn({6, 3, 16, 16});
  const auto network = [&](double chance) {
    at::manual_seed(7);
    return test::component<Architecture>("resnet18", {{"stem", "cifar"}, {"drop_path", chance}})->build(shapes);
  };
  const std::shared_ptr<Network> plain = network(0.0), some = network(0.5);
  const std::vector<NamedTensor> one = plain->state(), other = some->state();
  REQUIRE(one.size() == other.size());
  for (size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i].name == other[i].name);
    CHECK(one[i].tensor->equal(*other[i].tensor));
  }
  const Batch batch{{"input", images}};
  CHECK_FALSE(plain->forward(batch)["output"].allclose(some->forward(batch)["output"]));
  at::manual_seed(8);
  const std::shared_ptr<Network> again = network(0.0), quiet = network(0.5);
  again->set_training(false);
  quiet->set_training(false);
  CHECK(again->forward(batch)["output"].equal(quiet->forward(batch)["output"]));
}

}  // namespace
}  // namespace dlrun::drop_path_test
