// What the training loop takes batches from: epochs, limits, streams beside the first, and any position again.

#include "data/feed.h"

#include <catch2/catch.hpp>

#include "data/tensor_split.h"

namespace dlrun::feed_test {

namespace {

std::unique_ptr<Loader> loader_of(int64_t rows, int64_t batch_size, int64_t first) {
  LoaderOptions options;
  options.batch_size = batch_size;
  options.shuffle = true;
  options.drop_last = true;
  options.seed = 5;
  options.workers = 0;
  return std::make_unique<Loader>(
      std::make_shared<TensorSplit>(TensorSplit::Fields{{"input", at::arange(first, first + rows)}}, all_rows(rows)),
      std::vector<std::shared_ptr<const Augmentation>>{}, options);
}

LoaderFeed feed_of(int64_t limit) {
  LoaderFeed::Beside beside;
  beside.emplace_back("other.", loader_of(26, 4, 100));              // 6 batches
  return LoaderFeed(loader_of(17, 4, 0), std::move(beside), limit);  // 4 batches
}

std::vector<int64_t> list(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<int64_t>(), tensor.const_data_ptr<int64_t>() + tensor.numel()};
}

}  // namespace

TEST_CASE("a batch holds as many samples of each stream, and each stream goes through its own in its own time") {
  LoaderFeed feed = feed_of(0);
  CHECK(feed.steps() == 4);
  feed.seek(0);
  std::vector<int64_t> others;
  for (int64_t step = 0; step < 12; ++step) {
    const Batch batch = feed.next();
    CHECK(batch.count == 4);
    CHECK(batch["input"].size(0) == 4);
    CHECK(batch["input"].max().item<int64_t>() < 17);
    for (const int64_t one : list(batch["other.input"])) others.push_back(one);
    CHECK(at::equal(batch.named("other.")["input"], batch["other.input"]));
    CHECK(batch.cut(1, 2)["other.input"].size(0) == 2);
  }
  std::sort(others.begin(), others.begin() + 24);
  CHECK(std::unique(others.begin(), others.begin() + 24) == others.begin() + 24);  // an epoch of it repeats nothing
}

TEST_CASE("any position gives the batches that came there") {
  for (const int64_t limit : {0, 3}) {
    LoaderFeed feed = feed_of(limit);
    CHECK(feed.steps() == (limit ? 3 : 4));
    feed.seek(0);
    std::vector<Batch> all;
    for (int64_t step = 0; step < 15; ++step) all.push_back(feed.next());
    for (const int64_t start : {1, 3, 4, 7, 11}) {
      LoaderFeed again = feed_of(limit);
      again.seek(start);
      for (int64_t step = start; step < 15; ++step) {
        const Batch batch = again.next();
        CHECK(at::equal(batch["input"], all[static_cast<size_t>(step)]["input"]));
        CHECK(at::equal(batch["other.input"], all[static_cast<size_t>(step)]["other.input"]));
        CHECK(batch.ids == all[static_cast<size_t>(step)].ids);
      }
    }
  }
}

}  // namespace dlrun::feed_test
