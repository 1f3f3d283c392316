// A forward pass that is computed again for its gradients: the same bits, with less kept.

#include "tensor/recompute.h"

#include <torch/csrc/autograd/autograd.h>

#include "base/error.h"
#include "golden.h"
#include "heap_peak.h"
#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/sequential.h"
#include "nn/spectral_norm.h"
#include "tensor/random_streams.h"

namespace dlrun::recompute_test {
namespace {

// Blocks that draw, remember and hold a weight under a norm.
struct Stack final : Layer {
  explicit Stack(int64_t blocks, int64_t width = 16) {
    for (int64_t i = 0; i < blocks; ++i) {
      auto block = std::make_shared<Sequential>();
      const auto linear = block->add<Linear>(width, width);
      block->add<BatchNorm>(width);
      block->add<Activation>("relu");
      block->add<Dropout>(0.3);
      block->add<Linear>(width, width);
      blocks_.push_back(make<Sequential>(std::to_string(i)));
      blocks_.back()->add(block);
      linear->parametrize("weight", std::make_shared<SpectralNorm>(linear->weight, SpectralNormOptions{}));
    }
  }
  // A residual network: what enters a block is wanted outside of it, too.
  at::Tensor compute(const at::Tensor& input) override {
    at::Tensor x = input;
    for (const auto& block : blocks_) x = x + block->forward(x);
    return x;
  }
  std::vector<std::shared_ptr<Sequential>> blocks_;
};

struct Seen {
  std::vector<at::Tensor> all;
  bool operator==(const Seen& other) const {
    if (all.size() != other.all.size()) return false;
    for (size_t i = 0; i < all.size(); ++i)
      if (!all[i].equal(other.all[i])) return false;
    return true;
  }
};

// Two steps of a training: outputs, all gradients, buffers and where the random streams stand.
Seen trained(const std::string& expression, bool second_order = false) {
  RandomStreams streams(at::kCPU);
  streams.seed(5);
  Stack network(3);
  for (const auto& [path, module] : network.modules())
    if (!expression.empty() && module->passes() && (expression == "all" || path == expression)) module->recompute();
  Seen seen;
  for (int64_t step = 0; step < 2; ++step) {
    at::Tensor x = numbers({8, 16}, static_cast<double>(step)).set_requires_grad(true);
    const at::Tensor output = network.forward(x);
    seen.all.push_back(output.detach());
    at::Tensor loss = (output * numbers({8, 16}, 2.0)).sum();
    if (second_order) {
      const auto slopes = torch::autograd::grad({loss}, {x}, {}, true, true);
      loss = loss + slopes[0].square().sum();
    }
    loss.backward();
    seen.all.push_back(x.grad());
    for (const NamedTensor& slot : network.parameters()) {
      seen.all.push_back(slot.tensor->grad().clone());
      const c10::NoGradGuard no_gradients;
      slot.tensor->sub_(slot.tensor->grad() * 0.1);
    }
    for (const NamedTensor& slot : network.buffers()) seen.all.push_back(slot.tensor->clone());
    seen.all.push_back(streams.take()[0].second);
  }
  return seen;
}

}  // namespace

TEST_CASE("outputs, gradients, statistics and draws are the same bits, whatever is computed again") {
  const Seen plain = trained("");
  for (const char* expression : {"0", "1.0", "1.0.0", "2.0.1", "2.0.3", "all"}) {
    INFO(expression);
    CHECK(trained(expression) == plain);
  }
}

TEST_CASE("gradients of gradients go through what is computed again") {
  CHECK(trained("all", true) == trained("", true));
}

TEST_CASE("a network whose blocks are computed again keeps less between forward and backward") {
  const auto peak = [](bool again) {
    RandomStreams(at::kCPU).seed(5);
    Stack network(12, 64);
    if (again)
      for (const auto& block : network.blocks_) block->recompute();
    const at::Tensor x = numbers({512, 64});
    network.forward(x).sum().backward();
    const test::HeapPeak heap;
    network.forward(x).sum().backward();
    return heap.peak();
  };
  if (!test::can_count_heap()) return test::skip("this build cannot count the heap");
  const int64_t plain = peak(false), again = peak(true);
  INFO(plain << " and " << again << " bytes");
  CHECK(again < plain / 2);
}

TEST_CASE("evaluation and passes without gradients are as always") {
  Linear linear(4, 4);
  linear.recompute();
  linear.set_training(false);
  CHECK(linear.forward(numbers({2, 4})).requires_grad());
  linear.set_training(true);
  const c10::NoGradGuard no_gradients;
  CHECK_FALSE(linear.forward(numbers({2, 4})).requires_grad());
  CHECK_FALSE(Recomputation::active());
}

TEST_CASE("a pass whose input is changed in place meanwhile is refused, by the module's name") {
  auto holder = std::make_shared<Sequential>();
  const auto linear = holder->add<Linear>(4, 4);
  linear->recompute();
  const at::Tensor x = numbers({2, 4}).mul(1);
  const at::Tensor output = holder->forward(x);
  x.add_(1);
  try {
    output.sum().backward();
    FAIL("went on with other numbers");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    CHECK(std::string(error.what()).find("gradient_checkpointing: 0 ") != std::string::npos);
  }
  CHECK_FALSE(Recomputation::active());
}

}  // namespace dlrun::recompute_test
