// What a turn starts from: buffers and random streams come back as they were, and keeping them costs next to nothing.

#include "step/turn_start.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>

#include "nn/batch_norm.h"
#include "nn/dropout.h"
#include "shapes.h"
#include "spec/catalog.h"

namespace dlrun::turn_start_test {
namespace {

struct Noisy final : SimpleNetwork {
  std::shared_ptr<BatchNorm> norm = make<BatchNorm>("norm", 3);
  std::shared_ptr<Dropout> dropout = make<Dropout>("dropout", 0.5);
  at::Tensor compute(const at::Tensor& input) override { return dropout->forward(norm->forward(input)); }
};

TEST_CASE("a turn that is run again from its start gives the same bits and leaves the same buffers") {
  Noisy network;
  const at::Tensor input = at::randn({16, 3, 2, 2});
  network.forward(input);
  TurnStart start(network, at::kCPU);
  start.take();
  const at::Tensor first = network.forward(input), mean = network.norm->running_mean.clone();
  CHECK_FALSE(at::equal(network.forward(input), first));
  start.restore();
  CHECK(at::equal(network.forward(input), first));
  CHECK(at::equal(network.norm->running_mean, mean));

  std::vector<std::string> names;
  for (const auto& [name, tensor] : start.tensors()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"model.norm.running_mean", "model.norm.running_var",
                                          "model.norm.num_batches_tracked", "random.cpu"});
}

// Not run by itself: build/dlrun_tests "[bench]"
TEST_CASE("what keeping the start of a turn costs", "[.bench]") {
  for (const char* name : {"mlp", "cnn", "resnet18"}) {
    const auto architecture =
        std::static_pointer_cast<Architecture>(Catalog::instance().find(Architecture::kind, name)->make());
    const std::shared_ptr<Network> network = architecture->build(of_numbers({3, 32, 32}, 10));
    int64_t numbers = 0;
    for (const NamedTensor& buffer : network->buffers()) numbers += buffer.tensor->numel();
    TurnStart start(*network, at::kCPU);
    start.take();
    constexpr int times = 2000;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) start.take();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("%-10s %4zu buffers, %6ld numbers: %6.1f microseconds a turn\n", name, network->buffers().size(),
                static_cast<long>(numbers), 1e6 * seconds / times);
  }
}

}  // namespace
}  // namespace dlrun::turn_start_test
