// The random streams of a run: seeded, kept and put back together, whichever device they belong to.

#include "tensor/random_streams.h"

#include <ATen/CPUGeneratorImpl.h>

#include <catch2/catch.hpp>

namespace dlrun::random_streams_test {
namespace {

TEST_CASE("random numbers repeat after their streams are put back") {
  RandomStreams streams(at::kCPU);
  streams.seed(3);
  const at::Tensor first = at::randn({5});
  const TensorList here = streams.take();
  const at::Tensor next = at::randn({1001});  // An odd number: half a pair of normals waits in the generator.
  const at::Tensor after = at::bernoulli(at::full({1001}, 0.5));
  streams.restore(here);
  CHECK(at::equal(at::randn({1001}), next));
  CHECK(at::equal(at::bernoulli(at::full({1001}, 0.5)), after));
  streams.seed(3);
  CHECK(at::equal(at::randn({5}), first));
  REQUIRE(here.size() == 1);
  CHECK(here[0].first == "random.cpu");
  CHECK(here[0].second.scalar_type() == at::kByte);
}

// Two generators stand for a CPU and a device.
TEST_CASE("every stream is seeded, kept and put back, not only that of the CPU") {
  at::Generator near = at::detail::createCPUGenerator(), far = at::detail::createCPUGenerator();
  RandomStreams streams({{"random.cpu", near}, {"random.device", far}});
  streams.seed(11);
  CHECK(near.current_seed() == 11);
  CHECK(far.current_seed() == 11);
  at::randn({3}, near);
  const TensorList here = streams.take();
  REQUIRE(here.size() == 2);
  const at::Tensor a = at::randn({9}, near), b = at::randn({9}, far);
  CHECK_FALSE(at::equal(a, b));
  streams.restore(here);
  CHECK(at::equal(at::randn({9}, near), a));
  CHECK(at::equal(at::randn({9}, far), b));
}

TEST_CASE("a stream that was not kept goes on, and what is no stream is passed over") {
  at::Generator near = at::detail::createCPUGenerator(), far = at::detail::createCPUGenerator();
  RandomStreams streams({{"random.cpu", near}, {"random.device", far}});
  streams.seed(11);
  const TensorList kept = {{"model.weight", at::ones({2})}, streams.take().front()};
  const at::Tensor first_near = at::randn({9}, near), first_far = at::randn({9}, far), second_far = at::randn({9}, far);
  streams.seed(11);
  CHECK(at::equal(at::randn({9}, near), first_near));
  CHECK(at::equal(at::randn({9}, far), first_far));
  streams.restore(kept);
  CHECK(at::equal(at::randn({9}, near), first_near));
  CHECK(at::equal(at::randn({9}, far), second_far));
}

TEST_CASE("copies of streams stand where they stood, and stay there") {
  RandomStreams streams(at::kCPU);
  streams.seed(3);
  at::randn({7});  // An odd number: one of a pair of normal numbers is kept for the next draw.
  const RandomStreams copy = streams.copy();
  const at::Tensor first = at::randn({5});
  const TensorList later = streams.take();
  CHECK_FALSE(later[0].second.equal(copy.take()[0].second));
  streams.restore(copy.take());
  CHECK(at::randn({5}).equal(first));
  CHECK(streams.take()[0].second.equal(later[0].second));
}

}  // namespace
}  // namespace dlrun::random_streams_test
