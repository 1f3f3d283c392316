// Indexing, sorting and scattering as ONNX nodes.

#include "onnx/lower/cases.h"

namespace dlrun::test::index_test {
namespace {

TEST_CASE("indexing, sorting and scattering give the same numbers as ONNX nodes") {
  check_lowering({
      {"embedding",
       [](const Tensor& x) {
         return at::embedding(weights({6, 3}), places(x));
       }},
      {"index_select",
       [](const Tensor& x) {
         return x.index_select(2, at::tensor({3, 0, 3}));
       }},
      {"gather", [](const Tensor& x) { return x.gather(3, places(x)); }},
      {"take_along_dim", [](const Tensor& x) { return at::take_along_dim(x, places(x), 3); }},
      {"index_one",
       [](const Tensor& x) {
         return x.index({at::indexing::Slice(), at::tensor({3, 0, 1, 1}).view({2, 2})});
       }},
      {"index_two",
       [](const Tensor& x) {
         return x.index({at::indexing::Slice(), at::tensor({3, 0}), at::tensor({5, 1})});
       }},
      {"index_apart",
       [](const Tensor& x) {
         return x.index(
             {at::indexing::Slice(), at::tensor({3, 0}), at::indexing::Slice(), at::tensor({5, 1}).view({2, 1})});
       }},
      {"index_mask", [](const Tensor& x) { return x.index({x > 0}).sum(); }},
      {"scatter",
       [](const Tensor& x) {
         return x.scatter(3, places(x).slice(3, 0, 1), x * 2).sum(1) +
                x.scatter(3, places(x).slice(3, 0, 1), 9.0).sum(1);
       }},
      {"scatter_add", [](const Tensor& x) { return x.scatter_add(3, places(x), x); }},
      {"index_add",
       [](const Tensor& x) {
         return x.index_add(1, at::tensor({0, 0, 2}), x.slice(1, 0, 3), 2);
       }},
      {"nonzero", [](const Tensor& x) { return x.select(1, 0).gt(0).nonzero(); }},
      {"bincount", [](const Tensor& x) { return places(x.flatten()).bincount({}, x.size(0) + 6).slice(0, 0, 6); }},
      {"sort",
       [](const Tensor& x) {
         auto [v, i] = x.sort(2, true);
         return v + i;
       }},
      {"argsort", [](const Tensor& x) { return at::argsort(whole(x), /*stable=*/true, 3, false); }},
      {"topk",
       [](const Tensor& x) {
         auto [v, i] = x.topk(3, 2);
         return v + i;
       }},
      {"searchsorted",
       [](const Tensor& x) {
         return at::searchsorted(at::tensor({-1.0f, 0.0f, 0.5f}), x);
       }},
      {"one_hot", [](const Tensor& x) { return at::one_hot(places(x), 6); }},
  });
}

}  // namespace
}  // namespace dlrun::test::index_test
