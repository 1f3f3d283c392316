// Norms that recipes may choose, against torch.nn.

#include "nn/norm.h"

#include "base/error.h"
#include "golden.h"
#include "nn/instance_norm.h"
#include "nn/rms_norm.h"

namespace dlrun::norm_test {
namespace {

void check_norm(const std::string& name, Layer& layer, const std::vector<int64_t>& shape) {
  INFO(name);
  const nlohmann::json golden = read_golden("norms")["norms"][name];
  {
    const c10::NoGradGuard no_gradients;
    for (const NamedTensor& slot : layer.parameters()) {
      const bool weight = slot.name == "weight";
      const at::Tensor wave = 0.1 * numbers(slot.tensor->sizes(), weight ? 0.3 : 0.7);
      slot.tensor->copy_(weight ? 1 + wave : wave);
    }
  }
  at::Tensor x = numbers(shape).set_requires_grad(true);
  const at::Tensor output = layer.forward(x);
  (output.to(at::kDouble) * waves(output.numel(), 2.0).reshape(output.sizes())).sum().backward();
  CHECK(relative_difference(output, golden["output"]) < 2e-6);
  CHECK(relative_difference(x.grad(), golden["input"]) < 2e-5);
  REQUIRE(layer.parameters().size() == golden["gradients"].size());
  for (const NamedTensor& slot : layer.parameters())
    CHECK(relative_difference(slot.tensor->grad(), golden["gradients"].at(slot.name)) < 2e-5);
}

}  // namespace

TEST_CASE("rms and instance norms agree with torch.nn") {
  RmsNorm rms(6);
  check_norm("rms", rms, {2, 3, 6});
  RmsNorm rms_eps(6, 0.1);
  check_norm("rms_eps", rms_eps, {2, 3, 6});
  InstanceNorm instance(3);
  check_norm("instance", instance, {2, 3, 4, 5});
  InstanceNorm instance1d(3);
  check_norm("instance1d", instance1d, {2, 3, 7});
}

TEST_CASE("an instance norm of one place is refused while training, by the module's name") {
  InstanceNorm norm(3);
  try {
    norm.forward(at::ones({4, 3, 1, 1}));
    FAIL("trained");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    CHECK(std::string(error.what()).find("instance norm") != std::string::npos);
  }
  norm.set_training(false);
  CHECK(norm.forward(at::ones({4, 3, 1, 1})).abs().max().item<double>() == 0);
}

TEST_CASE("every name makes a norm of the right kind, and none makes none") {
  for (const char* name : {"batch", "layer", "rms"})
    CHECK(make_row_norm(name, 6)->forward(numbers({4, 6})).size(1) == 6);
  for (const char* name : {"layer", "rms"}) CHECK(make_step_norm(name, 6)->forward(numbers({4, 2, 6})).size(2) == 6);
  for (const char* name : {"batch", "group", "layer", "instance"})
    CHECK(make_image_norm(name, 6)->forward(numbers({2, 6, 3, 3})).size(1) == 6);
  CHECK_FALSE(make_row_norm("none", 6));
  CHECK_FALSE(make_image_norm("none", 6));
}

}  // namespace dlrun::norm_test
