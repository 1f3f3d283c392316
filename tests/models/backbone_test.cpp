// Backbones: maps against torchvision's, a head that can be another or missing.

#include "models/backbone.h"

#include <catch2/catch.hpp>

#include "models/support.h"

namespace dlrun::backbone_test {
namespace {

std::shared_ptr<Backbone> backbone(const Architecture& architecture, const std::vector<int64_t>& image,
                                   int64_t outputs) {
  return std::dynamic_pointer_cast<Backbone>(architecture.build(of_numbers(image, outputs)));
}

std::vector<std::string> names_of(const Module& module) {
  std::vector<std::string> names;
  for (const NamedTensor& entry : module.state()) names.push_back(entry.name);
  return names;
}

// Without those of the head.
std::vector<std::string> body_names(const Module& module, const std::string& head) {
  std::vector<std::string> names = names_of(module);
  std::erase_if(names, [&](const std::string& name) { return name.starts_with(head); });
  return names;
}

TEST_CASE("resnet18's maps and features are torchvision's") {
  const nlohmann::json golden = read_golden("backbone");
  for (const auto& [stem, image] :
       {std::pair{std::string("imagenet"), std::vector<int64_t>{3, 50, 37}}, {"cifar", {3, 16, 20}}}) {
    INFO(stem);
    auto resnet = architecture("resnet18");
    set(*resnet, "stem", stem);
    for (const int64_t outputs : {0, 10}) {
      const auto network = backbone(*resnet, image, outputs);
      fill_by_formula(*network);
      network->set_training(false);
      const at::Tensor input = numbers({2, image[0], image[1], image[2]});
      const std::vector<Backbone::Stage> stages = network->stages();
      const std::vector<at::Tensor> maps = network->maps(input);
      REQUIRE(stages.size() == 5);
      REQUIRE(maps.size() == 5);
      for (size_t i = 0; i < maps.size(); ++i) {
        INFO(stages[i].name);
        const nlohmann::json& expected = golden[stem]["maps"][stages[i].name];
        CHECK(maps[i].sizes().vec() == expected["shape"].get<std::vector<int64_t>>());
        CHECK(maps[i].size(1) == stages[i].channels);
        for (const int64_t side : {2, 3}) {
          const int64_t length = image[static_cast<size_t>(side - 1)], stride = stages[i].stride;
          CHECK(maps[i].size(side) == (length + stride - 1) / stride);
        }
        const at::Tensor flat = maps[i].detach().to(at::kDouble).flatten();
        const double norm = expected["norm"];
        CHECK(flat.norm().item<double>() == Approx(norm).epsilon(1e-5));
        CHECK((flat * waves(flat.numel(), 1.0)).sum().item<double>() ==
              Approx(expected["product"].get<double>()).margin(1e-4 * norm));
      }
      CHECK(relative_difference(network->features(input), golden[stem]["features"]) < 1e-5);
    }
  }
}

TEST_CASE("a backbone without a head holds nothing of it, and answers with its features") {
  for (const char* type : {"resnet18", "cnn"}) {
    INFO(type);
    const auto made = architecture(type);
    const std::string head = dynamic_cast<const BackboneArchitecture&>(*made).head_name();
    const auto whole = backbone(*made, {3, 20, 24}, 7), without = backbone(*made, {3, 20, 24}, 0);
    CHECK(names_of(*without) == body_names(*whole, head));
    CHECK(names_of(*whole).size() > names_of(*without).size());
    const at::Tensor input = numbers({2, 3, 20, 24});
    for (const auto& network : {whole, without}) {
      fill_by_formula(*network);
      network->set_training(false);
    }
    CHECK(without->width() == without->features(input).size(1));
    CHECK(whole->width() == without->width());
    CHECK(at::equal(without->forward(input), without->features(input)));
    CHECK(at::equal(without->features(input), whole->features(input)));
    CHECK(whole->forward(input).sizes() == at::IntArrayRef({2, 7}));
  }
}

TEST_CASE("set_outputs gives a fresh last layer, adds a missing head, and leaves the rest alone") {
  for (const char* type : {"resnet18", "cnn"}) {
    INFO(type);
    const auto made = architecture(type);
    const std::string head = dynamic_cast<const BackboneArchitecture&>(*made).head_name();
    const at::Tensor input = numbers({2, 3, 20, 24});
    const auto whole = backbone(*made, {3, 20, 24}, 7);
    for (const int64_t start : {0, 7}) {
      at::manual_seed(1);
      const auto network = backbone(*made, {3, 20, 24}, start);
      network->set_training(false);
      const at::Tensor before = network->features(input);
      network->set_outputs(4);
      CHECK(names_of(*network) == names_of(*whole));
      CHECK(network->forward(input).sizes() == at::IntArrayRef({2, 4}));
      CHECK(at::equal(network->features(input), before));
      for (const NamedTensor& parameter : network->parameters()) CHECK(parameter.tensor->requires_grad());
      network->forward(input).sum().backward();
      for (const NamedTensor& parameter : network->parameters()) CHECK(parameter.tensor->grad().defined());
    }
  }
}

TEST_CASE("a cnn's stages are its blocks") {
  const auto cnn = architecture("cnn");
  const auto network = backbone(*cnn, {3, 20, 24}, 0);
  const std::vector<Backbone::Stage> stages = network->stages();
  const std::vector<at::Tensor> maps = network->maps(numbers({2, 3, 20, 24}));
  REQUIRE(stages.size() == 2);
  CHECK(stages[1].name == "features.1");
  CHECK(stages[1].stride == 4);
  CHECK(maps[0].sizes() == at::IntArrayRef({2, 32, 10, 12}));
  CHECK(maps[1].sizes() == at::IntArrayRef({2, 64, 5, 6}));
}

}  // namespace
}  // namespace dlrun::backbone_test
