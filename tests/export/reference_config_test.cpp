// config.json: what transformers itself writes for the same network, and none where it could not make it.

#include "export/reference_config.h"

#include <catch2/catch.hpp>

#include "models/support.h"

namespace dlrun::reference_config_test {
namespace {

std::optional<Reference> reference_of(const Architecture& architecture, const Shapes& shapes) {
  return architecture.reference(shapes, *architecture.build(shapes));
}

TEST_CASE("gpt's config.json says what transformers' own says") {
  const Shapes shapes = of_tokens(9, 11);
  auto gpt = architecture("gpt");
  set(*gpt, "layers", int64_t{2});
  set(*gpt, "width", int64_t{16});
  set(*gpt, "context", int64_t{12});
  const auto config = reference_config(*reference_of(*gpt, shapes), {});
  REQUIRE(config);
  const nlohmann::json theirs =
      nlohmann::json::parse(test::read_bytes(test::source_dir() / "tests/golden/weights/gpt2_shards/config.json"));
  for (const auto& [key, value] : config->items()) {
    INFO(key);
    if (key == "torch_dtype") {
      CHECK(value == theirs["dtype"]);
    } else {
      CHECK(nlohmann::json(value) == theirs[key]);
    }
  }
  CHECK(config->size() >= 15);
}

TEST_CASE("what a library cannot make has no config.json, and the reason is known") {
  const Shapes text = of_tokens(9, 11);
  auto gpt = architecture("gpt");
  set(*gpt, "bias", false);
  CHECK_FALSE(reference_config(*reference_of(*gpt, text), {}));
  CHECK_THAT(reference_of(*gpt, text)->obstacle, Catch::Contains("architecture.bias"));
  auto resnet = architecture("resnet18");
  set(*resnet, "stem", std::string("cifar"));
  CHECK_FALSE(reference_config(*reference_of(*resnet, of_numbers({3, 32, 32}, 10)), {}));
  CHECK_FALSE(reference_of(*architecture("mlp"), of_numbers({4}, 2)));
}

TEST_CASE("resnet18's config.json names timm's arguments and preprocessing") {
  const auto resnet = architecture("resnet18");
  const ModelFacts facts{
      .dtype = "float32", .input_shape = {1, 28, 28}, .mean = {0.25}, .std = {0.5}, .classes = {"a", "b"}};
  const auto config = reference_config(*reference_of(*resnet, of_numbers({1, 28, 28}, 2)), facts);
  REQUIRE(config);
  CHECK((*config)["architecture"] == "resnet18");
  CHECK((*config)["num_classes"] == 2);
  CHECK((*config)["num_features"] == 512);
  CHECK((*config)["model_args"]["in_chans"] == 1);
  const auto& data = (*config)["pretrained_cfg"];
  CHECK(data["mean"] == std::vector<double>{0.25});
  CHECK(data["label_names"] == std::vector<std::string>{"a", "b"});
  CHECK(data["input_size"] == std::vector<int64_t>{1, 28, 28});
}

}  // namespace
}  // namespace dlrun::reference_config_test
