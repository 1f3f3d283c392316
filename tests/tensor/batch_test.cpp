// Batches: how their fields count, and how they are cut.

#include "tensor/batch.h"

#include <catch2/catch.hpp>

#include "support.h"

namespace dlrun::batch_test {

namespace {

at::Tensor rows(int64_t count, int64_t width = 1) { return at::arange(count * width).reshape({count, width}); }

std::vector<int64_t> list(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kLong).contiguous();
  return {flat.const_data_ptr<int64_t>(), flat.const_data_ptr<int64_t>() + flat.numel()};
}

// Three samples; the second has two boxes, the third none.
Batch mixed() {
  Batch batch{{"input", rows(3, 2)}};
  batch.set("boxes", rows(3, 4), Rows::packed);
  batch.set("boxes.offsets", at::tensor(std::vector<int64_t>{0, 1, 3, 3}));
  batch.count = 3;
  batch.ids = {70, 71, 72};
  return batch;
}

}  // namespace

TEST_CASE("a batch is cut by samples, in every field and in its ids") {
  const Batch part = mixed().cut(1, 2);
  CHECK(part.count == 2);
  CHECK(part.ids == std::vector<int64_t>{71, 72});
  CHECK(at::equal(part["input"], rows(3, 2).narrow(0, 1, 2)));
  CHECK(at::equal(part["boxes"], rows(3, 4).narrow(0, 1, 2)));
  CHECK(list(part["boxes.offsets"]) == std::vector<int64_t>{0, 2, 2});
  CHECK(part.rows("boxes") == Rows::packed);
  const Batch again = part.cut(1, 1);
  CHECK(again["boxes"].size(0) == 0);
  CHECK(list(again["boxes.offsets"]) == std::vector<int64_t>{0, 0});
}

TEST_CASE("parts of a batch together are the batch") {
  const Batch batch = mixed();
  for (const int64_t size : {1, 2, 3}) {
    std::vector<at::Tensor> input, boxes;
    for (int64_t first = 0; first < 3; first += size) {
      const Batch part = batch.cut(first, std::min<int64_t>(size, 3 - first));
      input.push_back(part["input"]);
      boxes.push_back(part["boxes"]);
    }
    CHECK(at::equal(at::cat(input), batch["input"]));
    CHECK(at::equal(at::cat(boxes), batch["boxes"]));
  }
}

TEST_CASE("a field of all samples as one cannot be cut, though it may be as long as the batch") {
  Batch graph{{"input", rows(2)}};
  graph.set("edge_index", rows(2, 7), Rows::whole);
  graph.count = 2;
  CHECK(graph.whole_field() == "edge_index");
  CHECK_THROWS_AS(graph.cut(0, 1), CannotBeCut);
  CHECK(mixed().whole_field().empty());
}

TEST_CASE("how a field counts stays with it") {
  Batch batch = mixed();
  batch.set("boxes", rows(3, 4) + 1);  // another tensor in its place
  CHECK(batch.rows("boxes") == Rows::packed);
  CHECK(batch.to(at::kCPU).rows("boxes") == Rows::packed);
  CHECK(batch.to(at::kCPU).ids == batch.ids);
  for (const Rows kind : {Rows::sample, Rows::packed, Rows::whole}) CHECK(rows_named(name_of(kind)) == kind);
  CHECK_FALSE(rows_named("rows").has_value());
}

TEST_CASE("one of several streams is a batch without the prefix") {
  Batch batch{{"input", rows(2)}, {"second.input", rows(2) + 5}};
  batch.set("second.edges", rows(1), Rows::whole);
  batch.count = 2;
  const Batch second = batch.named("second.");
  CHECK(second.count == 2);
  CHECK(second.items().size() == 2);
  CHECK(at::equal(second["input"], rows(2) + 5));
  CHECK(second.rows("edges") == Rows::whole);
  CHECK_THROWS_AS(second["second.input"], NoSuchTensor);
}

}  // namespace dlrun::batch_test
