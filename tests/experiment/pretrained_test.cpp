// Weights to start from: what transformers wrote loads strictly, under every name it has used.

#include "experiment/pretrained.h"

#include <catch2/catch.hpp>
#include <map>

#include "experiment/experiment.h"
#include "models/support.h"
#include "run/safetensors.h"
#include "run/weights.h"
#include "spec/read.h"

namespace dlrun::pretrained_test {
namespace {

const Shapes shapes = of_tokens(9, 11);

std::shared_ptr<Architecture> small() {
  auto gpt = architecture("gpt");
  set(*gpt, "layers", int64_t{2});
  set(*gpt, "width", int64_t{16});
  set(*gpt, "context", int64_t{12});
  return gpt;
}

std::string golden(const std::string& name) { return (test::source_dir() / "tests/golden/weights" / name).string(); }

// Loads and compares with the formula by which golden/weights_files.py filled the network.
void check_loads(const std::string& path) {
  INFO(path);
  const auto gpt = small();
  gpt->pretrained = path;
  const auto network = gpt->build(shapes), expected = gpt->build(shapes);
  load_pretrained(*network, *gpt, shapes);
  fill_by_formula(*expected);
  for (size_t i = 0; i < network->state().size(); ++i) {
    INFO(network->state()[i].name);
    CHECK(at::allclose(*network->state()[i].tensor, *expected->state()[i].tensor, 1e-6, 1e-7));
  }
}

std::string problem_of(Architecture& architecture, const Shapes& shapes) {
  const auto network = architecture.build(shapes);
  try {
    load_pretrained(*network, architecture, shapes);
    return "loaded";
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    return error.what();
  }
}

TEST_CASE("GPT-2 loads from transformers' shards, from old names with masks, and with a tied head") {
  check_loads(golden("gpt2_shards"));
  check_loads(golden("gpt2_old_names.safetensors"));
  check_loads(golden("gpt2_tied.bin"));
}

TEST_CASE("another shape is refused with what could be done") {
  const auto gpt = small();
  gpt->pretrained = golden("gpt2_shards");
  CHECK(problem_of(*gpt, shapes) == "loaded");
  const Shapes more = of_tokens(9, 12);
  CHECK_THAT(problem_of(*gpt, more),
             Catch::Contains("transformer.wte.weight: [11, 16] in the file, [12, 16] in the network") &&
                 Catch::Contains(R"(pretrained_ignore: ['^transformer\.wte\.'])"));
  gpt->pretrained_ignore = {R"(^transformer\.wte\.)"};
  CHECK(problem_of(*gpt, more) == "loaded");
}

TEST_CASE("the state of a network is in the order of PyTorch's state dict") {
  const auto resnet = architecture("resnet18");
  const auto network = resnet->build(of_numbers({3, 32, 32}, 10));
  std::vector<std::string> names;
  for (const NamedTensor& entry : network->state()) names.push_back(entry.name);
  REQUIRE(names.size() == 122);
  CHECK(std::vector<std::string>(names.begin(), names.begin() + 6) ==
        std::vector<std::string>{"conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
                                 "bn1.num_batches_tracked"});
}

TEST_CASE("an encoder starts from weights of its own, without their head, and stays frozen where it says so") {
  std::filesystem::current_path(test::source_dir());
  const test::TempDir temp;
  const auto resnet = architecture("resnet18")->build(of_numbers({3, 28, 36}, 5));
  fill_by_formula(*resnet);
  TensorList tensors;
  for (const NamedTensor& entry : resnet->state()) tensors.emplace_back(entry.name, entry.tensor->detach());
  write_safetensors(temp / "resnet18.safetensors", tensors);
  const auto built = [&](const std::string& encoder, const std::string& mode = "rgb") {
    Recipe recipe;
    read_file("tests/recipes/unet.yaml",
              {{"architecture={type: unet, encoder: {type: resnet18, pretrained: " + (temp / "resnet18.safetensors") +
                    encoder + "}, decoder_channels: [8, 8, 8, 8, 4]}",
                "data.mode=" + mode, "hardware.threads=1"}},
              recipe);
    return build(recipe, {}).network;
  };
  const auto network = built(", freeze: ['^conv1', '^layer1']");
  const Module* encoder = network->find("encoder");
  REQUIRE(encoder);
  std::map<std::string, at::Tensor> expected;
  for (const NamedTensor& entry : resnet->state()) expected[entry.name] = *entry.tensor;
  CHECK(encoder->state().size() == expected.size() - 2);
  for (const NamedTensor& entry : encoder->state()) {
    INFO(entry.name);
    CHECK(at::equal(*entry.tensor, expected.at(entry.name)));
  }
  for (const NamedTensor& entry : network->parameters()) {
    INFO(entry.name);
    const bool frozen = entry.name.starts_with("encoder.conv1") || entry.name.starts_with("encoder.layer1");
    CHECK(entry.tensor->requires_grad() == !frozen);
  }
  CHECK_THROWS_WITH(built(", freeze: [fc]"),
                    Catch::Contains("architecture.encoder.freeze.0: \"fc\" matches no parameter"));
  CHECK_THROWS_WITH(built("", "grey"), Catch::Contains("(architecture.encoder.pretrained)"));
}

}  // namespace
}  // namespace dlrun::pretrained_test
