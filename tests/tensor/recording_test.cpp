// Work that is done again from its operators.

#include "tensor/recording.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "tensor/dropout.h"

namespace dlrun::recording_test {
namespace {

std::unique_ptr<Recording> recorded(const std::function<void()>& work) {
  std::unique_ptr<Recording> recording = new_recording(at::kCPU);
  recording->record(work);
  return recording;
}

std::string refusal(const std::function<void()>& work) {
  try {
    recorded(work);
  } catch (const CannotRecord& why) {
    return why.what();
  }
  return "";
}

}  // namespace

TEST_CASE(
    "a recording gives what its work gives, on what its tensors hold by then: gradients, views, in-place changes") {
  at::manual_seed(1);
  const at::Tensor input = at::randn({5, 4}), other = at::randn({5, 4});
  at::Tensor weight = at::randn({4, 3}), bias = at::zeros({3});
  for (at::Tensor* one : {&weight, &bias}) {
    one->set_requires_grad(true);
    one->mutable_grad() = at::zeros_like(*one);
  }
  at::Tensor sum;
  const auto work = [&] {
    weight.mutable_grad().zero_();
    bias.mutable_grad().zero_();
    const at::Tensor hidden = at::cat({at::linear(input, weight.t(), bias), input.slice(1, 1, 3)}, 1).tanh();
    const at::Tensor picked = hidden.index({at::tensor({0, 2, 4})}).transpose(0, 1);
    sum = (picked * picked).sum() + hidden.narrow(1, 0, 2).mean();
    sum.backward();
    const at::NoGradGuard no_gradients;
    weight.add_(weight.grad(), -0.1);
    bias.sub_(bias.grad() * 0.1);
    sum = sum.detach();
  };
  const at::Tensor first_weight = weight.detach().clone(), first_bias = bias.detach().clone();
  const auto begin_again = [&] {
    const at::NoGradGuard no_gradients;
    weight.copy_(first_weight);
    bias.copy_(first_bias);
  };
  const auto recording = recorded(work);
  const at::Tensor left = sum;  // what a recording leaves behind is where it was
  begin_again();
  input.copy_(other);
  std::vector<at::Tensor> given;
  for (int i = 0; i < 3; ++i) {
    recording->replay();
    given.insert(given.end(), {left.clone(), weight.detach().clone(), bias.detach().clone()});
  }
  begin_again();
  for (int i = 0; i < 3; ++i) {
    work();
    CHECK(at::equal(sum, given[3 * i]));
    CHECK(at::equal(weight, given[3 * i + 1]));
    CHECK(at::equal(bias, given[3 * i + 2]));
  }
}

TEST_CASE("draws of a recording are new ones, those of the generators as they stand") {
  at::Tensor normal, mask;
  const at::Tensor ones = at::ones({64});
  const auto work = [&] {
    normal = at::randn({8});
    mask = dropout(ones, 0.5);
  };
  at::manual_seed(3);
  const auto recording = recorded(work);
  const at::Tensor left_normal = normal, left_mask = mask;
  at::manual_seed(7);
  for (int i = 0; i < 2; ++i) work();
  const at::Tensor second_normal = normal, second_mask = mask;
  at::manual_seed(7);
  recording->replay();
  CHECK_FALSE(at::equal(left_mask, second_mask));
  recording->replay();
  CHECK(at::equal(left_normal, second_normal));
  CHECK(at::equal(left_mask, second_mask));
}

TEST_CASE("numbers of the host are frozen, and what follows from values is refused") {
  const at::Tensor input = at::arange(6, at::kFloat) - 2;
  double factor = 2.0;
  at::Tensor scaled, some;
  const auto recording = recorded([&] { scaled = input * factor; });
  factor = 3.0;
  recording->replay();
  CHECK(at::equal(scaled, input * 2.0));  // which is why a turn is held against its recording

  CHECK(refusal([&] { scaled = input * input.max().item<double>(); }) ==
        "it reads a number of a tensor (aten::_local_scalar_dense)");
  CHECK(refusal([&] { (void)at::equal(input, scaled); }) == "it reads a number of a tensor (aten::equal)");
  const auto choice = recorded([&] { some = input.masked_select(input > 0); });
  choice->replay();
  CHECK(at::equal(some, at::tensor({1.0F, 2.0F, 3.0F})));
  input.add_(1);
  CHECK_THROWS_WITH(choice->replay(), "the size of a result of aten::masked_select follows from its values");
}

TEST_CASE("what nobody but the recording holds is freed while it runs") {
  const at::Tensor input = at::randn({1 << 16});
  at::Tensor last;
  std::vector<c10::weak_intrusive_ptr<c10::StorageImpl>> within;
  const auto recording = recorded([&] {
    last = input;
    for (int i = 0; i < 200; ++i) {
      last = last + 1;
      within.emplace_back(last.storage().getWeakStorageImpl());
    }
  });
  recording->replay();
  size_t held = 0;
  for (const auto& weak : within)
    if (const auto memory = weak.lock()) held += memory->data() != nullptr;
  CHECK(held == 1);
  CHECK(at::allclose(last, input + 200));
}

}  // namespace dlrun::recording_test
