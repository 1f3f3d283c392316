// resnet18 against torchvision's.

#include <catch2/catch.hpp>

#include "models/support.h"

namespace dlrun::resnet18_test {
namespace {

at::Tensor named(const Module& network, const std::string& name) {
  for (const NamedTensor& entry : network.parameters())
    if (entry.name == name) return entry.tensor->detach();
  throw std::runtime_error("no parameter " + name);
}

TEST_CASE("resnet18 has torchvision's results, gradients and running statistics") {
  const nlohmann::json golden = read_golden("resnet18");
  const std::vector<std::tuple<std::string, Shapes>> cases = {{"imagenet", of_numbers({3, 64, 48}, 10)},
                                                              {"cifar", of_numbers({3, 32, 32}, 7)}};
  for (const auto& [stem, shapes] : cases) {
    INFO(stem);
    auto resnet = architecture("resnet18");
    set(*resnet, "stem", stem);
    const auto network = resnet->build(shapes);
    fill_by_formula(*network);
    at::Tensor input = numbers({2, 3, shapes.input().sizes[1], shapes.input().sizes[2]});
    if (stem == "cifar") input = input.contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor output = network->forward({{"input", input}})["output"];
    CHECK(relative_difference(output, golden[stem]["train"]) < 1e-4);
    check_gradients(*network, output, golden[stem]["gradients"], 1e-4);
    fill_by_formula(*network);
    network->set_training(false);
    CHECK(relative_difference(network->forward({{"input", input}})["output"], golden[stem]["eval"]) < 1e-4);
  }
}

TEST_CASE("resnet18 has torchvision's names and shapes, and starts from its weights after the same seed") {
  const nlohmann::json golden = read_golden("resnet18");
  auto resnet = architecture("resnet18");
  set(*resnet, "zero_init_residual", true);
  at::manual_seed(7);
  const auto network = resnet->build(of_numbers({3, 224, 224}, 10));
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const NamedTensor& entry : network->parameters()) shapes[entry.name] = entry.tensor->sizes().vec();
  for (const NamedTensor& entry : network->buffers()) shapes[entry.name] = entry.tensor->sizes().vec();
  CHECK(shapes == golden["shapes"].get<std::map<std::string, std::vector<int64_t>>>());
  const nlohmann::json& drawn = golden["drawn"];
  const auto compare = [&](const char* key, const at::Tensor& actual) {
    INFO(key);
    CHECK(relative_difference(actual, drawn[key]) < drawn_tolerance);
  };
  compare("conv1", named(*network, "conv1.weight").flatten().narrow(0, 0, 16));
  compare("downsample", named(*network, "layer3.0.downsample.0.weight").flatten().narrow(0, 0, 16));
  const at::Tensor last = named(*network, "layer4.1.conv2.weight").flatten();
  compare("last", last.narrow(0, last.numel() - 16, 16));
  compare("fc", named(*network, "fc.weight").flatten().narrow(0, 0, 16));
  CHECK(named(*network, "layer1.0.bn2.weight").abs().max().item<double>() == 0);
}

TEST_CASE("resnet18 on meta and on flat buffers") {
  auto resnet = architecture("resnet18");
  set(*resnet, "stem", std::string("cifar"));
  check_meta_build(*resnet, of_numbers({3, 32, 32}, 10));
  check_flat_build(*resnet, of_numbers({1, 16, 16}, 10), {{"input", numbers({2, 1, 16, 16})}});
}

TEST_CASE("resnet18 refuses what is no image") {
  CHECK_THAT(build_error(*architecture("resnet18"), of_numbers({13}, 10)),
             Catch::Contains("[channels, height, width]"));
}

}  // namespace
}  // namespace dlrun::resnet18_test
