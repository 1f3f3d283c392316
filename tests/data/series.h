// What tests of augmentations of series share: the augmentation by its YAML, applied to rows.

#pragma once

#include <string>

#include "data/augmentation.h"
#include "data/components.h"
#include "spec/read.h"

namespace dlrun::test {

struct AugmentationHolder final : Params {
  Choice<Augmentation> augmentation;
  std::vector<Field> fields() override { return {field("augmentation", augmentation, "Under test.")}; }
  explicit AugmentationHolder(const std::string& yaml) {
    read_text("augmentation: " + yaml + "\n", "test.yaml", {}, *this);
  }
  Augmentation* operator->() const { return &*augmentation; }
};

// A new batch of these rows, changed as training batches are; row i is sample i + `first`.
inline Batch changed(const std::string& yaml, const at::Tensor& rows, uint32_t epoch = 0, int64_t first = 0,
                     uint64_t transform = 0) {
  const AugmentationHolder holder(yaml);
  Batch batch{{"input", rows.clone()}};
  std::vector<int64_t> samples = all_rows(rows.size(0));
  for (int64_t& sample : samples) sample += first;
  holder->apply(batch, {.seed = 5, .epoch = epoch, .transform = transform, .samples = samples});
  return batch;
}

// The same draws for a sample whichever batch it is in; others in another epoch; and no pictures.
inline void check_series(const std::string& yaml) {
  const at::Tensor rows = at::arange(4 * 9, at::kFloat).reshape({4, 9}).sin();
  const at::Tensor whole = changed(yaml, rows)["input"];
  CHECK(whole.sizes() == rows.sizes());
  CHECK(at::equal(changed(yaml, rows)["input"], whole));
  CHECK(at::equal(changed(yaml, rows.narrow(0, 2, 2), 0, 2)["input"], whole.narrow(0, 2, 2)));
  CHECK_FALSE(at::equal(changed(yaml, rows, 1)["input"], whole));
  CHECK_FALSE(at::equal(changed(yaml, rows, 0, 0, 1)["input"], whole));
  Batch held_out{{"input", rows.clone()}};
  AugmentationHolder(yaml)->apply_to_held_out(held_out);
  CHECK(at::equal(held_out["input"], rows));
  CHECK(changed(yaml, rows.reshape({4, 3, 3}))["input"].sizes() == at::IntArrayRef({4, 3, 3}));
  check_error(
      [&] {
        AugmentationHolder(yaml)->output_shape({3, 8, 8});
      },
      ExitCode::bad_recipe, "works on series [steps] or [channels, steps]");
  check_error([&] { changed(yaml, at::ones({2, 5}, at::kLong)); }, ExitCode::bad_recipe, "ids of tokens");
}

}  // namespace dlrun::test
