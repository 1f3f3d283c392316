// A batch of any size, made of a few samples.

#include "data/whole_batches.h"
#include "rehearsal/rehearsal.h"
#include "tensor/memory_count.h"

namespace dlrun {
namespace {

constexpr int64_t few = 8;

at::Tensor with_rows(const at::Tensor& tensor, int64_t rows, bool values) {
  if (!values && tensor.is_floating_point()) {
    std::vector<int64_t> sizes = tensor.sizes().vec();
    sizes[0] = rows;
    return at::empty(sizes, tensor.options().device(at::kMeta));
  }
  if (tensor.size(0) == rows) return tensor;
  return tensor.index_select(0, at::arange(rows, at::kLong).remainder(tensor.size(0)));
}

// A few samples of a split, in the calling thread.
Batch some(const Experiment& experiment, const std::string& split, int64_t rows, bool training) {
  LoaderOptions options;
  options.batch_size = std::min({rows, few, experiment.samples(split)->size()});
  options.training = training;
  options.keep_raw = experiment.keep_raw;
  options.pixels = experiment.pixels;
  options.seed = static_cast<uint64_t>(experiment.recipe.seed);
  options.workers = 0;
  Loader loader(experiment.samples(split), experiment.augmentations, options);
  loader.seek(0);
  return *loader.next();
}

}  // namespace

Batch sample_batch(const Experiment& experiment, int64_t rows, bool training) {
  if (makes_whole_batches(*experiment.recipe.sampler)) rows = experiment.recipe.trainer.batch_size;
  const Batch given = some(experiment, "train", rows, training);
  if (!given.whole_field().empty()) return experiment.place(given);
  const std::vector<NamedTensor> parameters = experiment.all->parameters();
  const bool values = parameters.empty() || !parameters.front().tensor->is_meta();
  Batch batch;
  batch.count = rows;
  const auto take = [&](const std::string& prefix, const Batch& samples) {
    for (const Batch::Item& item : samples.items())
      batch.set(prefix + item.name, with_rows(item.value, rows, values), item.rows);
  };
  take("", given);
  for (const Stream& stream : experiment.recipe.task->streams())
    take(stream.prefix, some(experiment, stream.split, rows, training));
  return experiment.place(batch);
}

LoadingCost loading_cost(const Experiment& experiment, int64_t rows) {
  const std::shared_ptr<Split>& split = experiment.samples("train");
  LoaderOptions options;
  options.batch_size = std::min({rows, few, split->size()});
  options.training = true;
  options.pixels = experiment.pixels;
  options.seed = static_cast<uint64_t>(experiment.recipe.seed);
  options.workers = 0;
  Loader loader(split, experiment.augmentations, options);
  loader.seek(0);
  loader.next();  // What is made once is made now.
  loader.seek(1);
  const MemoryCount memory;
  const Batch batch = *loader.next();
  const int64_t scale = !batch.whole_field().empty() ? 1 : std::max<int64_t>(1, rows / options.batch_size);
  const int64_t one = memory.live() * scale, beside = memory.peak() * scale - one;
  const int64_t threads = experiment.recipe.hardware.loader_threads;
  if (threads == 0) return {};  // Made before the step in memory that the step takes then.
  return {one * LoaderOptions().prefetch, beside * std::min(threads, LoaderOptions().prefetch)};
}

}  // namespace dlrun
