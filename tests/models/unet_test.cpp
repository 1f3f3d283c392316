// unet against segmentation_models_pytorch's.

#include <catch2/catch.hpp>

#include "models/backbone.h"
#include "models/support.h"
#include "spec/read.h"

namespace dlrun::unet_test {
namespace {

struct Holder final : Params {
  Choice<Architecture> architecture;
  std::vector<Field> fields() override { return {field("architecture", architecture, "Under test.")}; }
  explicit Holder(const std::string& yaml) {
    read_text("architecture: {type: unet, " + yaml + "}", "t.yaml", {}, *this);
  }
};

Shapes of_pixels(std::vector<int64_t> image, int64_t outputs) {
  Shapes shapes = of_numbers(std::move(image), outputs);
  shapes.per = Shapes::Per::pixel;
  return shapes;
}

// Every third row and column: what the golden file holds.
at::Tensor thinned(const at::Tensor& output) {
  return output.slice(2, 0, std::nullopt, 3).slice(3, 0, std::nullopt, 3);
}

const std::string small = "encoder: {type: cnn, blocks: [{channels: 6}, {channels: 8}]}, decoder_channels: [5, 4]";

TEST_CASE("unet has the results and gradients of segmentation_models_pytorch's, also where a stride divides no side") {
  const nlohmann::json golden = read_golden("unet");
  const std::vector<std::tuple<std::string, std::string, int64_t, Shapes>> cases = {
      {"multiple", "batch", 1, of_pixels({3, 128, 32}, 3)},
      {"other", "batch", 2, of_pixels({3, 50, 37}, 1)},
      {"plain", "none", 2, of_pixels({3, 64, 48}, 2)}};
  for (const auto& [name, norm, samples, shapes] : cases) {
    INFO(name);
    const Holder holder("encoder: resnet18, decoder_channels: [32, 24, 16, 12, 8], norm: " + norm);
    const auto network = holder.architecture->build(shapes);
    fill_by_formula(*network);
    const std::vector<int64_t>& image = shapes.input().sizes;
    const at::Tensor input = numbers({samples, 3, image[1], image[2]}).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor output = network->forward({{"input", input}})["output"];
    REQUIRE(output.sizes() == at::IntArrayRef({samples, shapes.outputs, image[1], image[2]}));
    CHECK(relative_difference(thinned(output), golden[name]["train"]) < 1e-4);
    check_gradients(*network, output, golden[name]["gradients"], 1e-3);
    fill_by_formula(*network);
    network->set_training(false);
    CHECK(relative_difference(thinned(network->forward({{"input", input}})["output"]), golden[name]["eval"]) < 1e-4);
  }
}

TEST_CASE("unet's default has the names and shapes of segmentation_models_pytorch's") {
  const auto network = Holder("encoder: resnet18").architecture->build(of_pixels({3, 64, 64}, 2));
  std::map<std::string, std::vector<int64_t>> shapes;
  for (const NamedTensor& entry : network->state()) shapes[entry.name] = entry.tensor->sizes().vec();
  CHECK(shapes == read_golden("unet")["shapes"].get<std::map<std::string, std::vector<int64_t>>>());
}

TEST_CASE("unet's decoder starts as its scheme says") {
  at::manual_seed(3);
  const auto network = Holder("encoder: resnet18, norm: none").architecture->build(of_pixels({3, 64, 64}, 2));
  for (const NamedTensor& entry : network->parameters()) {
    if (!entry.name.starts_with("decoder") && !entry.name.starts_with("segmentation_head")) continue;
    INFO(entry.name);
    const at::Tensor values = entry.tensor->detach();
    if (entry.name.ends_with("bias")) {
      CHECK(values.abs().max().item<double>() == 0.0);
      continue;
    }
    const auto in = static_cast<double>(values.size(1) * 9), out = static_cast<double>(values.size(0) * 9);
    const double bound = std::sqrt(6.0 / (entry.name.starts_with("decoder") ? in : in + out));
    CHECK(values.abs().max().item<double>() <= bound);
    CHECK(values.abs().max().item<double>() > 0.9 * bound);
  }
}

TEST_CASE("unet over any encoder, on meta and on flat buffers, in the size of the image") {
  for (const char* encoder : {"{type: resnet18, stem: cifar}, decoder_channels: [16, 12, 8, 4]",
                              "{type: cnn, blocks: [{channels: 6}, {channels: 8}]}, decoder_channels: [5, 4]",
                              "{type: cnn, blocks: [{channels: 6, pool: none}, {channels: 8, pool: none, stride: 3}]}, "
                              "decoder_channels: [5, 4], norm: group, dropout: 0.0"}) {
    INFO(encoder);
    const Holder holder(std::string("encoder: ") + encoder);
    const Shapes shapes = of_pixels({1, 17, 22}, 3);
    check_meta_build(*holder.architecture, shapes);
    check_flat_build(*holder.architecture, shapes, {{"input", numbers({2, 1, 17, 22})}});
    CHECK(holder.architecture->build(shapes)->forward({{"input", numbers({2, 1, 17, 22})}})["output"].sizes() ==
          at::IntArrayRef({2, 3, 17, 22}));
  }
}

TEST_CASE("unet trains no head of its encoder") {
  const auto network = Holder(small).architecture->build(of_pixels({1, 16, 16}, 2));
  for (const NamedTensor& entry : network->state()) CHECK_THAT(entry.name, !Catch::StartsWith("encoder.classifier"));
}

TEST_CASE("unet says what of it does not fit") {
  CHECK_THAT(build_error(*Holder("encoder: mlp").architecture, of_pixels({3, 32, 32}, 2)),
             Catch::StartsWith("architecture.encoder: mlp has no stages") && Catch::Contains("cnn, resnet18"));
  CHECK_THAT(build_error(*Holder("encoder: {type: resnet18, stem: cifar}").architecture, of_pixels({3, 32, 32}, 2)),
             Catch::StartsWith("architecture.decoder_channels: has 5 values, and resnet18 gives maps of 4 strides (1, "
                               "2, 4, 8)"));
  CHECK_THAT(build_error(*Holder(small).architecture, of_numbers({3, 32, 32}, 2)),
             Catch::Contains("architecture.type: unet gives one answer for each pixel"));
  CHECK_THAT(build_error(*Holder(small).architecture, of_pixels({3, 2, 2}, 2)),
             Catch::StartsWith("architecture.encoder.blocks.1.pool_size: "));
  CHECK_THAT(build_error(*Holder(small).architecture, of_pixels({7}, 2)), Catch::Contains("[channels, height, width]"));
}

}  // namespace
}  // namespace dlrun::unet_test
