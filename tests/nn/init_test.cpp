// Initial weights are PyTorch's own after the same seed.

#include "nn/init.h"

#include <catch2/catch.hpp>

#include "golden.h"
#include "nn/build_device.h"
#include "nn/conv2d.h"
#include "nn/embedding.h"
#include "nn/linear.h"
#include "nn/sequential.h"

namespace dlrun::init_test {
namespace {

void check_drawn(const std::string& name, const std::vector<at::Tensor>& drawn) {
  static const nlohmann::json golden = read_golden("initial_weights");
  INFO(name);
  REQUIRE(golden[name].size() == drawn.size());
  for (size_t i = 0; i < drawn.size(); ++i) CHECK(relative_difference(drawn[i], golden[name][i]) < drawn_tolerance);
}

template <class Drawn, class... Arguments>
void check_layer(const std::string& name, Arguments&&... arguments) {
  at::manual_seed(7);
  const Drawn layer(std::forward<Arguments>(arguments)...);
  std::vector<at::Tensor> drawn;
  for (const NamedTensor& entry : layer.parameters()) drawn.push_back(*entry.tensor);
  check_drawn(name, drawn);
}

TEST_CASE("layers start from PyTorch's weights") {
  check_layer<Linear>("linear", 5, 4);
  check_layer<Conv2d>("conv2d", Conv2dOptions{.inputs = 4, .outputs = 6, .kernel = {3}, .groups = 2});
  check_layer<ConvTranspose2d>("conv_transpose2d",
                               Conv2dOptions{.inputs = 4, .outputs = 6, .kernel = {3}, .groups = 2});
  check_layer<Embedding>("embedding", 7, 3);
}

TEST_CASE("functions draw what torch.nn.init draws") {
  const at::Tensor weight = at::empty({6, 4, 3, 2});
  const auto check = [&](const std::string& name, auto draw) {
    at::manual_seed(7);
    draw();
    check_drawn(name, {weight});
  };
  check("kaiming_uniform", [&] { kaiming_uniform_(weight); });
  check("kaiming_normal", [&] { kaiming_normal_(weight); });
  check("kaiming_normal_out", [&] { kaiming_normal_(weight, Fan::out); });
  check("xavier_uniform", [&] { xavier_uniform_(weight); });
  check("xavier_normal", [&] { xavier_normal_(weight); });
  check("trunc_normal", [&] { trunc_normal_(weight, 0.1, 0.5, -0.4, 0.6); });
}

TEST_CASE("schemes redraw weights with their deviation and clear biases") {
  Sequential layers;
  const auto linear = layers.add<Linear>(400, 300);
  const auto conv = layers.add<Conv2d>(Conv2dOptions{.inputs = 40, .outputs = 60, .kernel = {3}});
  const std::map<std::string, double> deviation = {
      {"kaiming_normal", std::sqrt(2.0 / 400)},
      {"kaiming_uniform", std::sqrt(2.0 / 400)},
      {"xavier_normal", std::sqrt(2.0 / (400 + 300))},
      {"xavier_uniform", std::sqrt(2.0 / (400 + 300))},
      {"normal", 0.02},
      {"trunc_normal", 0.02},
  };
  const at::Tensor before = linear->weight.detach().clone();
  initialise(layers, "default");
  CHECK(at::equal(linear->weight, before));
  CHECK(init_choice().choices.size() == deviation.size() + 1);
  for (const auto& [scheme, expected] : deviation) {
    INFO(scheme);
    at::manual_seed(2);
    initialise(layers, scheme);
    CHECK(linear->weight.std().item<double>() == Approx(expected).epsilon(0.01));
    CHECK(linear->bias.abs().max().item<double>() == 0);
    CHECK(conv->bias.abs().max().item<double>() == 0);
  }
}

TEST_CASE("tensors on meta are left alone") {
  const BuildDevice scope(at::kMeta);
  at::manual_seed(4);
  const Linear linear(3, 2);
  CHECK(linear.weight.is_meta());
  const at::Tensor after = at::rand({3});
  at::manual_seed(4);
  CHECK(at::equal(at::rand({3}), after));
}

}  // namespace
}  // namespace dlrun::init_test
