// Work on tensors without values: mixed arguments.

#include "tensor/meta.h"

#include <catch2/catch.hpp>

#include "nn/build_device.h"
#include "nn/linear.h"
#include "nn/sequential.h"
#include "tensor/tap.h"

namespace dlrun::meta_test {

namespace {

at::Tensor meta(at::IntArrayRef sizes, at::ScalarType type = at::kFloat) {
  return at::empty(sizes, at::TensorOptions().device(at::kMeta).dtype(type));
}

void work_on_meta(const std::function<void()>& work) {
  tap(work, [](const TappedCall&) {}, {.prepare = &all_on_meta});
}

}  // namespace

TEST_CASE("a call with one tensor without values gives a tensor without values; real ones alone stay real") {
  at::Tensor rows, picked, sum, counts, moved;
  work_on_meta([&] {
    const at::Tensor index = at::tensor({2, 0, 2}, at::kLong);
    rows = at::embedding(meta({5, 3}), index);
    picked = at::index(meta({5, 3}), {std::nullopt, index});
    sum = meta({3}) * at::ones({2, 1}) + 1.5;
    counts = at::bincount(index);
    moved = meta({4}).to(at::kCPU, at::kDouble);
  });
  CHECK(rows.is_meta());
  CHECK(rows.sizes() == at::IntArrayRef({3, 3}));
  CHECK(picked.sizes() == at::IntArrayRef({5, 3}));
  CHECK(sum.sizes() == at::IntArrayRef({2, 3}));
  CHECK(sum.scalar_type() == at::kFloat);
  CHECK(counts.equal(at::tensor({1, 0, 2}, at::kLong)));
  CHECK(moved.is_meta());
  CHECK(moved.scalar_type() == at::kDouble);
}

TEST_CASE("a tap tells which call an exception left, in which module") {
  std::shared_ptr<Sequential> network;
  {
    const BuildDevice scope(at::kMeta);
    network = std::make_shared<Sequential>();
    network->add<Linear>(4, 8);
    network->add<Linear>(9, 2);
  }
  std::string name, module;
  const auto failed = [&](const TappedCall& call) {
    name = call.name();
    module = call.module;
    CHECK(call.inputs()[0].sizes() == at::IntArrayRef({3, 8}));
  };
  CHECK_THROWS_AS(tap(
                      [&] {
                        network->forward(at::ones({3, 4}));
                      },
                      [](const TappedCall&) {}, {&all_on_meta, failed}),
                  c10::Error);
  CHECK(name == "aten::linear");
  CHECK(module == "1");
}

}  // namespace dlrun::meta_test
