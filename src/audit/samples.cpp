// Samples one by one, whatever their reader.

#include "audit/samples.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

#include "base/long_work.h"
#include "data/fingerprint.h"
#include "data/own_targets.h"

namespace dlrun {
namespace {

constexpr int64_t chunk_bytes = 4 << 20;

std::vector<int64_t> range(int64_t first, int64_t end) {
  std::vector<int64_t> indices;
  for (int64_t i = first; i < end; ++i) indices.push_back(i);
  return indices;
}

// Samples in a batch of about chunk_bytes.
int64_t chunk_of(const Split& split) {
  const int64_t first = 0;
  int64_t bytes = 1;
  const Batch sample = split.gather(std::span(&first, 1));
  for (const Batch::Item& item : sample.items()) bytes += static_cast<int64_t>(item.value.nbytes());
  return std::clamp<int64_t>(chunk_bytes / bytes, 1, 4096);
}

at::Tensor lengths_of(const Batch& batch, const char* name) {
  const std::string lengths = std::string(name) + ".lengths";
  return batch.has(lengths) ? batch[lengths] : at::Tensor();
}

// Class indices stand for themselves, other targets for the hash of their bytes.
void label_rows(const at::Tensor& target, const at::Tensor& lengths, int64_t* labels) {
  if (target.scalar_type() == at::kLong && target.dim() == 1) {
    std::copy_n(target.const_data_ptr<int64_t>(), target.numel(), labels);
    return;
  }
  std::vector<Hash128> hashes(static_cast<size_t>(target.size(0)));
  hash_rows(target, target.dim() > 1 ? lengths : at::Tensor(), hashes.data());
  for (size_t i = 0; i < hashes.size(); ++i) labels[i] = static_cast<int64_t>(hashes[i].low);
}

// Targets that have a field each, as one [N, ...] float64; what a row lacks is 0 there, and told apart by its mask.
// Undefined where there are none.
at::Tensor own_targets(const Batch& batch) {
  std::vector<at::Tensor> columns;
  for (const Batch::Item& item : batch.items())
    if (is_target_field(item.name)) columns.push_back(item.value.to(at::kDouble).reshape({item.value.size(0), -1}));
  return columns.empty() ? at::Tensor() : at::cat(columns, 1).contiguous();
}

Fingerprints of_nodes(const Batch& graph) {
  Fingerprints found;
  found.nodes = true;
  const at::Tensor& mask = graph["mask"];
  for (int64_t node = 0; node < mask.numel(); ++node) {
    if (!mask.const_data_ptr<bool>()[node]) continue;
    found.ids.push_back(node);
    found.hashes.push_back({0, static_cast<uint64_t>(node)});
  }
  return found;
}

}  // namespace

std::vector<std::pair<std::string, const Split*>> named_splits(const Splits& splits) {
  std::vector<std::pair<std::string, const Split*>> found;
  if (splits.train) found.emplace_back("train", splits.train.get());
  if (splits.val) found.emplace_back("val", splits.val.get());
  if (splits.test) found.emplace_back("test", splits.test.get());
  return found;
}

std::vector<SplitPair> split_pairs(const Splits& splits) {
  const Split *train = splits.train.get(), *val = splits.val.get(), *test = splits.test.get();
  std::vector<SplitPair> pairs;
  if (test && train) pairs.push_back({"test", "train", test, train});
  if (val && train) pairs.push_back({"val", "train", val, train});
  if (test && val) pairs.push_back({"test", "val", test, val});
  return pairs;
}

std::vector<SplitPair> pairs_with_train(const Splits& splits) {
  std::vector<SplitPair> pairs = split_pairs(splits);
  std::erase_if(pairs, [](const SplitPair& pair) { return pair.other != "train"; });
  return pairs;
}

void for_batches(const Split& split, Walk walk, const std::function<void(int64_t, const Batch&)>& work) {
  const int64_t chunk = chunk_of(split), size = split.size(), chunks = (size + chunk - 1) / chunk;
  LongWork checking("checking samples", size);
  const auto run = [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      const std::vector<int64_t> indices = range(c * chunk, std::min(size, (c + 1) * chunk));
      work(c * chunk, split.gather(indices));
      checking.done(static_cast<int64_t>(indices.size()));
    }
  };
  if (walk == Walk::parallel)
    at::parallel_for(0, chunks, 1, run);
  else
    run(0, chunks);
}

std::string Fingerprints::name(const Split& split, size_t i) const {
  return nodes ? "node " + std::to_string(ids[i]) : split.describe(ids[i]);
}

Fingerprints fingerprints(const Split& split) {
  const int64_t first = 0;
  const Batch sample = split.gather(std::span(&first, 1));
  if (sample.has("mask")) return of_nodes(sample);

  Fingerprints found;
  const size_t size = static_cast<size_t>(split.size());
  found.hashes.resize(size);
  found.ids = range(0, split.size());
  const bool own = !sample.has("target") && own_targets(sample).defined();
  if (sample.has("target") || own) found.labels.resize(size);
  const SourceRows* written = split.rows_written();
  for_batches(split, Walk::parallel, [&](int64_t start, const Batch& batch) {
    if (!written) hash_rows(batch["input"], lengths_of(batch, "input"), found.hashes.data() + start);
    if (!found.labels.empty())
      label_rows(own ? own_targets(batch) : batch["target"], lengths_of(batch, "input"), found.labels.data() + start);
  });
  if (written)
    for (size_t i = 0; i < size; ++i) found.hashes[i] = hash_of_row(*written, written->rows[i]);
  return found;
}

}  // namespace dlrun
