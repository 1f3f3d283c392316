// The most alike vectors against a full sort, and descriptors of pictures against closed forms.

#include "audit/neighbours.h"

#include <catch2/catch.hpp>

#include "data/components.h"
#include "golden.h"

namespace dlrun::neighbours_test {

TEST_CASE("the most alike are those of a full sort, over several blocks of queries and references") {
  const at::Tensor queries = numbers({1100, 7}, 0.1), references = numbers({9000, 7}, 0.7);
  const std::vector<Neighbour> found = most_alike(queries, references, 5);
  const at::Tensor products = queries.mm(references.t());
  const auto [values, indices] = products.topk(5, 1);
  double largest = 0.0;
  for (int64_t q = 0; q < 1100; ++q)
    for (int64_t k = 0; k < 5; ++k) {
      const Neighbour& neighbour = found[static_cast<size_t>(5 * q + k)];
      largest = std::max(largest, std::abs(neighbour.similarity - values[q][k].item<double>()));
      largest = std::max(largest, std::abs(products[q][neighbour.index].item<double>() - values[q][k].item<double>()));
    }
  CHECK(largest < 1e-5);
}

TEST_CASE("a query is not its own neighbour, and there may be fewer than asked for") {
  const at::Tensor few = at::eye(3);
  const std::vector<Neighbour> found = most_alike(few, few, 5, {0, 1, -1});
  CHECK(found[0].index == 1);  // equal ones by index
  CHECK(found[1].index == 2);
  CHECK(found[2].index == -1);
  CHECK(found[10].index == 2);
  CHECK(found[10].similarity == 1.0f);
  CHECK(found[12].index == 1);
  CHECK(found[13].index == -1);
}

TEST_CASE("the product of picture vectors is the correlation of the pixels") {
  const at::Tensor pictures = (numbers({2, 3, 9, 8}, 0.3) * 100 + 128).to(at::kByte);
  const at::Tensor vectors = picture_vectors(pictures);
  const at::Tensor correlation = at::corrcoef(pictures.to(at::kDouble).flatten(1));
  CHECK(vectors[0].dot(vectors[1]).item<double>() == Approx(correlation[0][1].item<double>()).margin(1e-5));
  CHECK(vectors[0].dot(vectors[0]).item<double>() == Approx(1.0).margin(1e-5));
  CHECK(picture_vectors(at::full({1, 1, 4, 4}, 7, at::kByte)).abs().max().item<float>() == 0.0f);
}

TEST_CASE("a picture's descriptor does not change with brightness, contrast or fine noise") {
  const at::Tensor plain =
      (numbers({1, 1, 16, 16}, 0.3) * 40 + 100).to(at::kByte).repeat_interleave(2, 2).repeat_interleave(2, 3);
  const at::Tensor brighter = plain + 55, checkered = plain.clone();
  for (int64_t y = 0; y < 32; ++y)
    for (int64_t x = 0; x < 32; ++x) checkered[0][0][y][x] += (x + y) % 2 ? 5 : -5;
  const auto split = std::make_shared<TensorSplit>(
      TensorSplit::Fields{{"input", at::cat({plain, brighter, checkered}).contiguous()}}, all_rows(3));
  REQUIRE(has_pictures(*split));
  const at::Tensor descriptors = picture_descriptors(*split);
  CHECK(descriptors.sizes() == at::IntArrayRef({3, 256}));
  CHECK((descriptors[0] - descriptors[1]).abs().max().item<float>() < 1e-6f);
  CHECK((descriptors[0] - descriptors[2]).abs().max().item<float>() < 1e-6f);
}

}  // namespace dlrun::neighbours_test
