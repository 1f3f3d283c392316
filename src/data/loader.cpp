// Prepares batches ahead of the training loop: loader threads fill a ring, the loop takes batches in order.
//
// Every batch has a position, epoch * batches + batch. Threads claim positions in order, at most `prefetch` ahead of
// the consumer and across the end of an epoch, so that the next epoch starts without a stall.

#include "data/loader.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "data/pixels.h"

namespace dlrun {
namespace {

using Order = std::shared_ptr<const EpochOrder>;

// Orders of the last two epochs asked for: the ring reaches into the next one.
class Orders {
 public:
  explicit Orders(std::function<EpochOrder(int64_t epoch)> make) : make_(std::move(make)) {}
  Order of(int64_t epoch) {
    std::lock_guard lock(mutex_);
    for (const auto& [known, order] : kept_)
      if (known == epoch) return order;
    std::rotate(std::begin(kept_), std::begin(kept_) + 1, std::end(kept_));
    kept_[1] = {epoch, std::make_shared<const EpochOrder>(make_(epoch))};
    return kept_[1].second;
  }

 private:
  std::function<EpochOrder(int64_t)> make_;
  std::mutex mutex_;
  std::pair<int64_t, Order> kept_[2] = {{-1, nullptr}, {-1, nullptr}};
};

struct Prepared {
  int64_t position = -1;  // what is in it; -1: nothing
  Batch batch;
  std::exception_ptr error;
};

// Images nobody normalized become float in [0, 1].
void finish_images(Batch& batch, const std::vector<std::string>& pixels) {
  for (const std::string& name : pixels)
    if (batch.has(name) && white_of(batch[name].scalar_type()) != 1.0) batch.set(name, unit_pixels(batch[name]));
}

}  // namespace

struct Loader::State {
  State(std::shared_ptr<const Split> split, std::vector<std::shared_ptr<const Augmentation>> augmentations,
        const LoaderOptions& options);
  ~State();

  std::vector<int64_t> samples_at(int64_t position);
  std::vector<int64_t> own(std::vector<int64_t> samples) const;
  Batch prepare(int64_t position);
  void work();
  void start();
  std::optional<Batch> take();

  const std::shared_ptr<const Split> split;
  const std::vector<std::shared_ptr<const Augmentation>> augmentations;
  const LoaderOptions options;
  const std::shared_ptr<const Sampler> sampler;
  const int64_t batches;
  Orders orders;

  std::mutex mutex;  // guards everything below
  std::condition_variable room, ready;
  std::vector<Prepared> ring;
  int64_t position = 0;  // what next() returns
  int64_t end = 0;       // the position after the epoch
  int64_t claim = 0;     // the next position a thread takes
  bool stop = false;
  double waited = 0.0;
  std::vector<std::thread> threads;
};

Loader::State::State(std::shared_ptr<const Split> split_, std::vector<std::shared_ptr<const Augmentation>> list,
                     const LoaderOptions& given)
    : split(std::move(split_)),
      augmentations(std::move(list)),
      options(given),
      sampler(given.sampler ? given.sampler : default_sampler()),
      batches(sampler->batches(*split, given.sampling())),
      orders([this](int64_t epoch) { return sampler->epoch(*split, options.sampling(), epoch); }),
      ring(static_cast<size_t>(std::max<int64_t>(1, given.prefetch))),
      end(batches) {}

Loader::State::~State() {
  {
    std::lock_guard lock(mutex);
    stop = true;
  }
  room.notify_all();
  for (std::thread& thread : threads) thread.join();
}

// Threads start with the first batch asked for, and leave signals to the main thread.
void Loader::State::start() {
  if (!threads.empty() || options.workers <= 0) return;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (int64_t i = 0; i < options.workers; ++i) {
    threads.emplace_back([this] { work(); });
    pthread_setname_np(threads.back().native_handle(), "dlrun-loader");
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

std::vector<int64_t> Loader::State::samples_at(int64_t at) {
  const Order order = orders.of(at / batches);
  TORCH_CHECK(order->batches() == batches, "a sampler that gave ", order->batches(), " batches, and said ", batches);
  const std::span<const int64_t> batch = order->batch(at % batches);
  return {batch.begin(), batch.end()};
}

std::vector<int64_t> Loader::State::own(std::vector<int64_t> samples) const {
  const auto [rank, size] = options.share;
  if (size == 1) return samples;
  const auto count = static_cast<int64_t>(samples.size());
  return {samples.begin() + rank * count / size, samples.begin() + (rank + 1) * count / size};
}

Batch Loader::State::prepare(int64_t at) {
  const uint32_t epoch = static_cast<uint32_t>(at / batches);
  const std::vector<int64_t> samples = own(samples_at(at));
  if (samples.empty()) return {};
  Batch batch = split->gather(samples);
  if (batch.count == 0) batch.count = static_cast<int64_t>(samples.size());
  if (static_cast<int64_t>(samples.size()) == batch.count) batch.ids = samples;
  if (options.keep_raw) batch.set("raw", batch["input"]);  // Augmentations put new tensors in its place.
  for (size_t i = 0; i < augmentations.size(); ++i) {
    if (options.training)
      augmentations[i]->apply(batch, Draws{options.seed, epoch, i, samples});
    else
      augmentations[i]->apply_to_held_out(batch);
  }
  finish_images(batch, options.pixels);
  if (options.pinned)
    for (const Batch::Item& item : std::vector(batch.items())) batch.set(item.name, item.value.pin_memory());
  return batch;
}

void Loader::State::work() {
  std::unique_lock lock(mutex);
  const int64_t depth = static_cast<int64_t>(ring.size());
  while (true) {
    room.wait(lock, [&] { return stop || claim < position + depth; });
    if (stop) return;
    const int64_t mine = claim++;
    if (ring[static_cast<size_t>(mine % depth)].position == mine) continue;  // Still there from before a seek.
    lock.unlock();
    Prepared made{mine, {}, nullptr};
    try {
      made.batch = prepare(mine);
    } catch (...) {
      made.error = std::current_exception();
    }
    lock.lock();
    // A seek may have moved the window meanwhile; inside it the batch is right whoever asked for it.
    if (mine < position || mine >= position + depth) continue;
    std::swap(ring[static_cast<size_t>(mine % depth)], made);
    if (mine == position) ready.notify_one();
    lock.unlock();
    made = {};  // What a seek left behind is freed outside the lock.
    lock.lock();
  }
}

std::optional<Batch> Loader::State::take() {
  std::unique_lock lock(mutex);
  if (position >= end) return std::nullopt;
  start();
  const auto began = std::chrono::steady_clock::now();
  auto stop_clock = [&] { waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
  if (options.workers <= 0) {
    Batch batch = prepare(position);
    ++position;
    stop_clock();
    return batch;
  }
  Prepared& slot = ring[static_cast<size_t>(position % static_cast<int64_t>(ring.size()))];
  ready.wait(lock, [&] { return slot.position == position; });
  stop_clock();
  if (slot.error) std::rethrow_exception(slot.error);
  Batch batch = std::move(slot.batch);
  slot = {};
  ++position;
  lock.unlock();
  room.notify_one();
  return batch;
}

Loader::Loader(std::shared_ptr<const Split> split, std::vector<std::shared_ptr<const Augmentation>> augmentations,
               const LoaderOptions& options)
    : state_(std::make_unique<State>(std::move(split), std::move(augmentations), options)) {}

Loader::~Loader() = default;

int64_t Loader::batches() const { return state_->batches; }

std::vector<int64_t> Loader::samples(int64_t epoch, int64_t batch) const {
  TORCH_CHECK(epoch >= 0 && batch >= 0 && batch < state_->batches, "no batch ", batch, " in epoch ", epoch);
  return state_->samples_at(epoch * state_->batches + batch);
}

bool Loader::shared() const { return state_->options.share.size > 1; }

void Loader::seek(int64_t epoch, int64_t batch) {
  TORCH_CHECK(epoch >= 0 && batch >= 0 && batch <= state_->batches, "no batch ", batch, " in epoch ", epoch);
  State& state = *state_;
  std::lock_guard lock(state.mutex);
  const int64_t target = epoch * state.batches + batch;
  state.end = (epoch + 1) * state.batches;
  if (target == state.position) return;
  state.position = state.claim = target;
  const int64_t depth = static_cast<int64_t>(state.ring.size());
  for (Prepared& slot : state.ring)
    if (slot.position < target || slot.position >= target + depth) slot = {};
  state.room.notify_all();
}

std::optional<Batch> Loader::next() { return state_->take(); }

double Loader::waited_seconds() const {
  std::lock_guard lock(state_->mutex);
  return state_->waited;
}

}  // namespace dlrun
