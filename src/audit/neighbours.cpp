// The most alike of many vectors.

#include "audit/neighbours.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "audit/samples.h"
#include "data/pixels.h"

namespace dlrun {
namespace {

constexpr int64_t query_block = 512, reference_block = 8192, side = 16;

// Puts a neighbour in its place among `best`, which is sorted; the last one drops out.
void insert(Neighbour* best, int64_t count, Neighbour found) {
  int64_t place = count - 1;
  for (; place > 0 && best[place - 1].similarity < found.similarity; --place) best[place] = best[place - 1];
  best[place] = found;
}

}  // namespace

std::vector<Neighbour> most_alike(const at::Tensor& queries, const at::Tensor& references, int64_t count,
                                  const std::vector<int64_t>& own) {
  std::vector<Neighbour> best(static_cast<size_t>(queries.size(0) * count));
  if (count == 0) return best;
  const at::Tensor turned = references.t();
  for (int64_t q = 0; q < queries.size(0); q += query_block) {
    const at::Tensor block = queries.slice(0, q, q + query_block);
    for (int64_t r = 0; r < references.size(0); r += reference_block) {
      const at::Tensor products = at::mm(block, turned.slice(1, r, r + reference_block)).contiguous();
      const int64_t width = products.size(1);
      const float* values = products.const_data_ptr<float>();
      at::parallel_for(0, products.size(0), 16, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
          Neighbour* mine = best.data() + (q + row) * count;
          const int64_t itself = own.empty() ? -1 : own[static_cast<size_t>(q + row)];
          for (int64_t column = 0; column < width; ++column) {
            const float similarity = values[row * width + column];
            if (similarity > mine[count - 1].similarity && r + column != itself)
              insert(mine, count, {similarity, r + column});
          }
        }
      });
    }
  }
  return best;
}

bool has_pictures(const Split& split) {
  const int64_t first = 0;
  const Batch sample = split.gather(std::span(&first, 1));
  return sample.has("input") && sample["input"].dim() == 4 && white_of(sample["input"].scalar_type()) != 1.0;
}

at::Tensor picture_vectors(const at::Tensor& pictures) {
  const at::Tensor flat = pictures.to(at::kFloat).flatten(1);
  const at::Tensor centred = flat - flat.mean(1, true);
  return centred / centred.norm(2, {1}, true).clamp_min(1e-6);
}

at::Tensor picture_descriptors(const Split& split) {
  at::Tensor descriptors = at::empty({split.size(), side * side}, at::kFloat);
  for_batches(split, Walk::parallel, [&](int64_t start, const Batch& batch) {
    const at::Tensor grey = batch["input"].to(at::kFloat).mean({1}, true);
    const at::Tensor small = at::adaptive_avg_pool2d(grey, {side, side});
    descriptors.slice(0, start, start + small.size(0)).copy_(picture_vectors(small));
  });
  return descriptors;
}

}  // namespace dlrun
