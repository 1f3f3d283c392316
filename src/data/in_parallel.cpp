// A loop over several threads, for work on files.

#include "data/in_parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace dlrun {

void in_parallel(int64_t count, const std::function<void(int64_t)>& work) {
  std::atomic<int64_t> next = 0, end = count;
  std::mutex mutex;
  std::exception_ptr error;
  const auto run = [&] {
    for (int64_t i = next++; i < end; i = next++) {
      try {
        work(i);
      } catch (...) {
        std::lock_guard lock(mutex);
        if (i < end) {
          end = i;
          error = std::current_exception();
        }
      }
    }
  };
  const auto most = std::min<int64_t>(std::min(16u, std::thread::hardware_concurrency()), count);
  std::vector<std::thread> threads;
  for (int64_t t = 1; t < most; ++t) threads.emplace_back(run);
  run();
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace dlrun
