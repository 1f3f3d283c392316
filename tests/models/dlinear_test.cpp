// dlinear against the same layers in torch.nn, and its limits.

#include <catch2/catch.hpp>

#include "models/support.h"
#include "spec/relation.h"

namespace dlrun::dlinear_test {
namespace {

std::shared_ptr<Architecture> of(int64_t kernel, bool individual) {
  auto made = architecture("dlinear");
  set(*made, "kernel_size", kernel);
  set(*made, "individual", individual);
  return made;
}

TEST_CASE("dlinear agrees with torch.nn") {
  const nlohmann::json golden = read_golden("dlinear");
  const auto check = [&](const char* name, const Architecture& made, const Shapes& shapes, const at::Tensor& input) {
    INFO(name);
    const auto network = made.build(shapes);
    fill_by_formula(*network);
    const at::Tensor output = network->forward({{"input", input}})["output"];
    CHECK(output.sizes() == at::IntArrayRef({2, shapes.outputs}));
    CHECK(relative_difference(output, golden[name]["output"]) < 1e-5);
    check_gradients(*network, output, golden[name]["gradients"]);
  };
  check("shared", *of(5, false), of_numbers({3, 12}, 15), numbers({2, 3, 12}));
  check("individual", *of(25, true), of_numbers({3, 12}, 15), numbers({2, 3, 12}));
  check("one_channel", *of(1, false), of_numbers({12}, 5), numbers({2, 12}));
}

TEST_CASE("a constant series is all trend to dlinear") {
  const auto network = of(5, false)->build(of_numbers({12}, 3));
  const at::Tensor constant = at::full({1, 12}, 2.0);
  const at::Tensor before = network->forward({{"input", constant}})["output"].detach();
  for (const NamedTensor& entry : network->parameters())
    if (entry.name == "Linear_Seasonal.weight") entry.tensor->detach().zero_();
  CHECK(at::allclose(network->forward({{"input", constant}})["output"], before));
}

TEST_CASE("dlinear on meta and on flat buffers") {
  check_meta_build(*of(5, true), of_numbers({3, 12}, 15));
  check_flat_build(*of(5, true), of_numbers({3, 12}, 15), {{"input", numbers({2, 3, 12})}});
}

TEST_CASE("dlinear refuses an even kernel, and answers that do not go round") {
  CHECK(broken_relations(*of(24, false)).size() == 1);
  CHECK_THAT(build_error(*of(25, false), of_numbers({3, 12}, 16)), Catch::Contains("no multiple of 3 channels"));
  CHECK_THAT(build_error(*of(25, false), of_numbers({-1, 3}, 15)), Catch::Contains("one length"));
}

}  // namespace
}  // namespace dlrun::dlinear_test
