// vit against torchvision's VisionTransformer, weights of other libraries and of other pictures, and its limits.

#include <catch2/catch.hpp>
#include <set>

#include "experiment/pretrained.h"
#include "models/encoder.h"
#include "models/support.h"
#include "nn/drop_path.h"
#include "nn/dropout.h"
#include "optim/layers.h"
#include "run/safetensors.h"
#include "spec/relation.h"

namespace dlrun::vit_test {
namespace {

std::shared_ptr<Architecture> small() {
  auto made = architecture("vit");
  set<int64_t>(*made, "patch_size", 4);
  set<int64_t>(*made, "layers", 2);
  set<int64_t>(*made, "heads", 2);
  set<int64_t>(*made, "width", 8);
  set<double>(*made, "mlp_ratio", 1.5);
  return made;
}

std::shared_ptr<Architecture> of_patches() {
  auto made = small();
  set<std::string>(*made, "pool", "mean");
  set<int64_t>(*made, "register_tokens", 3);
  set<std::optional<double>>(*made, "layer_scale", 1e-2);
  return made;
}

const Shapes square = of_numbers({3, 16, 16}, 5);

TEST_CASE("vit has torchvision's results and gradients, in training and evaluation") {
  const nlohmann::json golden = read_golden("vit");
  const auto check = [&](const char* name, const Architecture& made, const Shapes& shapes) {
    INFO(name);
    const auto network = made.build(shapes);
    fill_by_formula(*network);
    const std::vector<int64_t>& sizes = shapes.input().sizes;
    const Batch batch{{"input", numbers({3, sizes[0], sizes[1], sizes[2]})}};
    const at::Tensor output = network->forward(batch)["output"];
    CHECK(relative_difference(output, golden[name]["output"]) < 1e-5);
    check_gradients(*network, output, golden[name]["gradients"], 1e-5);
    network->set_training(false);
    CHECK(relative_difference(network->forward(batch)["output"], golden[name]["eval"]) < 1e-5);
  };
  check("plain", *small(), square);
  auto pretraining = small();
  set<int64_t>(*pretraining, "patch_size", 8);
  set<std::optional<int64_t>>(*pretraining, "representation_size", 6);
  set<std::optional<int64_t>>(*pretraining, "mlp_width", 12);
  set<double>(*pretraining, "mlp_ratio", 9.0);  // not used
  check("representation", *pretraining, square);
  check("mean", *of_patches(), of_numbers({2, 8, 12}, 5));
}

TEST_CASE("vit has torchvision's names and shapes in its order, and starts from its weights after the same seed") {
  const nlohmann::json golden = read_golden("vit");
  auto made = small();
  set<std::optional<int64_t>>(*made, "representation_size", 6);
  at::manual_seed(7);
  const auto network = made->build(square);
  std::vector<std::pair<std::string, std::vector<int64_t>>> names;
  for (const NamedTensor& entry : network->state()) {
    INFO(entry.name);
    names.emplace_back(entry.name, entry.tensor->sizes().vec());
    const at::Tensor flat = entry.tensor->detach().flatten();
    if (golden["drawn"].contains(entry.name))
      CHECK(relative_difference(flat.slice(0, std::max<int64_t>(0, flat.numel() - 16)), golden["drawn"][entry.name]) <
            drawn_tolerance);
    else
      CHECK(flat.min().equal(flat.max()));
    if (entry.name == "class_token" || entry.name.starts_with("heads.head."))
      CHECK(flat.count_nonzero().item<int64_t>() == 0);
  }
  CHECK(names == golden["names"].get<decltype(names)>());
}

// A file's tensors, filled by the formula under the names they have there.
class Foreign final : public Module {
 public:
  explicit Foreign(const nlohmann::json& state) : slots_(state.size()) {
    for (size_t i = 0; i < state.size(); ++i)
      parameter(state[i][0].get<std::string>(), slots_[i], at::zeros(state[i][1].get<std::vector<int64_t>>()));
    fill_by_formula(*this);
  }

 private:
  std::vector<at::Tensor> slots_;
};

std::string stored(const test::TempDir& folder, const Module& module,
                   const std::vector<std::pair<std::string, std::string>>& renamed = {}) {
  TensorList tensors;
  for (const NamedTensor& entry : module.state()) {
    std::string name = entry.name;
    for (const auto& [from, to] : renamed)
      if (const size_t place = name.find(from); place != std::string::npos) name.replace(place, from.size(), to);
    tensors.emplace_back(name, entry.tensor->detach());
  }
  write_safetensors(folder / "weights.safetensors", tensors);
  return folder / "weights.safetensors";
}

std::shared_ptr<Network> loaded(Architecture& made, const std::string& file, const Shapes& shapes = square) {
  made.pretrained = file;
  const auto network = made.build(shapes);
  load_pretrained(*network, made, shapes);
  network->set_training(false);
  return network;
}

TEST_CASE("vit takes weights under timm's names, and those torchvision had") {
  const nlohmann::json golden = read_golden("vit");
  const test::TempDir folder;
  const Batch batch{{"input", numbers({3, 3, 16, 16})}};
  const auto check = [&](const char* name, Architecture& made) {
    INFO(name);
    const auto network = loaded(made, stored(folder, Foreign(golden[name]["state"])));
    CHECK(relative_difference(network->forward(batch)["output"], golden[name]["output"]) < 1e-5);
  };
  check("timm", *small());
  // With registers timm has no position for the class token.
  auto registers = small();
  set<int64_t>(*registers, "register_tokens", 3);
  set<std::optional<double>>(*registers, "layer_scale", 1.0);
  check("timm_registers", *registers);

  const auto own = small()->build(square);
  fill_by_formula(*own);
  const auto network =
      loaded(*small(), stored(folder, *own, {{"mlp.0.", "mlp.linear_1."}, {"mlp.3.", "mlp.linear_2."}}));
  for (size_t i = 0; i < own->state().size(); ++i)
    CHECK(at::equal(*own->state()[i].tensor, *network->state()[i].tensor));
}

TEST_CASE("positions of pictures of another size are interpolated as torchvision does, and all is told") {
  const nlohmann::json golden = read_golden("vit");
  const auto own = small()->build(square);
  fill_by_formula(*own);
  const auto fitted = [&](const Architecture& made, const Shapes& shapes) {
    TensorList tensors;
    for (const NamedTensor& entry : own->state()) tensors.emplace_back(entry.name, entry.tensor->detach());
    std::vector<std::string> notes = made.fit_weights(*made.build(shapes), tensors);
    std::map<std::string, at::Tensor> found(tensors.begin(), tensors.end());
    return std::make_pair(std::move(notes), std::move(found));
  };
  for (const int64_t side : {8, 28}) {
    const auto [notes, tensors] = fitted(*small(), of_numbers({3, side, side}, 5));
    CHECK(relative_difference(tensors.at("encoder.pos_embedding"), golden["interpolated"][std::to_string(side)]) <
          1e-5);
    REQUIRE(notes.size() == 1);
    CHECK_THAT(notes[0], Catch::Contains("4 x 4 patches") && Catch::Contains("bicubic"));
  }
  CHECK(fitted(*small(), square).first.empty());
  const auto [wide_notes, wide] = fitted(*small(), of_numbers({3, 8, 24}, 5));
  CHECK(wide.at("encoder.pos_embedding").sizes() == at::IntArrayRef({1, 13, 8}));
  CHECK_THAT(wide_notes.at(0), Catch::Contains("to 2 x 6"));
  auto mean = small();
  set<std::string>(*mean, "pool", "mean");
  const auto [notes, tensors] = fitted(*mean, square);
  CHECK_FALSE(tensors.contains("class_token"));
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Catch::Contains("class token"));
  const test::TempDir folder;
  CHECK(loaded(*mean, stored(folder, *own), of_numbers({3, 8, 24}, 5)) != nullptr);
  // Positions of no square grid are nobody's to guess.
  const auto oblong = small()->build(of_numbers({3, 8, 24}, 5));
  CHECK_THROWS_WITH(loaded(*small(), stored(folder, *oblong)),
                    Catch::Contains("encoder.pos_embedding: [1, 13, 8] in the file, [1, 17, 8] in the network"));
}

TEST_CASE("vit says what of it torchvision has not") {
  const auto obstacle = [](const Architecture& made, const Shapes& shapes) {
    return made.reference(shapes, *made.build(shapes))->obstacle;
  };
  CHECK(obstacle(*small(), square).empty());
  CHECK_THAT(obstacle(*of_patches(), square), Catch::Contains("architecture.pool: mean"));
  CHECK_THAT(obstacle(*small(), of_numbers({3, 8, 16}, 5)), Catch::Contains("not square"));
}

TEST_CASE("vit's layers are its blocks, with what enters them as the first and the heads as the last") {
  const auto network = small()->build(square);
  const std::vector<NamedTensor> parameters = network->parameters();
  const std::vector<int64_t> layers = layers_of(parameters);
  for (size_t i = 0; i < parameters.size(); ++i) {
    INFO(parameters[i].name);
    const std::string& name = parameters[i].name;
    const int64_t expected = name.starts_with("heads.")                                                      ? 3
                             : name.find("layer_1.") != std::string::npos || name.starts_with("encoder.ln.") ? 2
                             : name.find("layer_0.") != std::string::npos                                    ? 1
                                                                                                             : 0;
    CHECK(layers[i] == expected);
  }
}

TEST_CASE("dropout and stochastic depth of vit are where torchvision and timm have them") {
  auto made = small();
  set<double>(*made, "dropout", 0.5);
  set<double>(*made, "attention_dropout", 0.25);
  set<double>(*made, "drop_path", 0.3);
  const auto network = made->build(square);
  std::multiset<double> dropouts, paths;
  for (const auto& [name, module] : network->modules()) {
    if (const auto* dropout = dynamic_cast<const Dropout*>(module)) dropouts.insert(dropout->p);
    if (const auto* path = dynamic_cast<const DropPath*>(module)) paths.insert(path->p);
  }
  CHECK(dropouts.count(0.5) == 1 + 2 * 3);
  CHECK(dropouts.count(0.25) == 2);
  CHECK(paths == std::multiset<double>{0.3});
  fill_by_formula(*network);
  const Batch batch{{"input", numbers({3, 3, 16, 16})}};
  CHECK_FALSE(at::equal(network->forward(batch)["output"], network->forward(batch)["output"]));
  network->set_training(false);
  CHECK(at::equal(network->forward(batch)["output"], network->forward(batch)["output"]));
}

TEST_CASE("vit for no outputs answers with what its head would take") {
  Shapes shapes = square;
  shapes.outputs = 0;
  for (const auto& made : {small(), of_patches()}) {
    const auto network = made->build(shapes);
    CHECK(dynamic_cast<const Encoder&>(*network).width() == 8);
    CHECK(network->forward({{"input", numbers({3, 3, 16, 16})}})["output"].sizes() == at::IntArrayRef({3, 8}));
    for (const NamedTensor& entry : network->parameters()) CHECK_FALSE(entry.name.starts_with("heads"));
  }
}

TEST_CASE("vit on meta and on flat buffers") {
  check_meta_build(*small(), square);
  check_meta_build(*of_patches(), square);
  Shapes features = square;  // Its head starts at 0, behind which no gradient is.
  features.outputs = 0;
  check_flat_build(*small(), features, {{"input", numbers({3, 3, 16, 16})}});
  check_flat_build(*of_patches(), features, {{"input", numbers({3, 3, 16, 16})}});
}

TEST_CASE("vit says what does not fit") {
  CHECK_THAT(build_error(*small(), of_numbers({13}, 5)), Catch::Contains("[channels, height, width]"));
  CHECK_THAT(build_error(*small(), of_numbers({3, 16, 18}, 5)),
             Catch::StartsWith("architecture.patch_size: patches of 4 pixels do not tile pictures of 16 x 18"));
  Shapes pixels = square;
  pixels.per = Shapes::Per::pixel;
  CHECK_THAT(build_error(*small(), pixels), Catch::Contains("one for each pixel"));
  auto odd = small();
  set<int64_t>(*odd, "width", 9);
  CHECK(broken_relations(*odd).size() == 1);
  const auto network = small()->build(square);
  try {
    network->forward({{"input", numbers({1, 3, 16, 20})}});
    FAIL("a picture of another size");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    CHECK_THAT(error.what(), Catch::Contains("16 x 16 pixels") && Catch::Contains("16 x 20"));
  }
}

}  // namespace
}  // namespace dlrun::vit_test
