// Loops compiled for three instruction sets; the processor decides at run time which is used.

#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

namespace dlrun::cpu {

template <class Work>
void run_plain(const Work& work, int64_t begin, int64_t end) {
  work(begin, end);
}

#ifdef __x86_64__
template <class Work>
[[gnu::target("avx2,fma")]] void run_avx2(const Work& work, int64_t begin, int64_t end) {
  work(begin, end);
}
template <class Work>
[[gnu::target("avx512f,avx512vl,avx512bw,avx512dq,fma")]] void run_avx512(const Work& work, int64_t begin,
                                                                          int64_t end) {
  work(begin, end);
}
template <class Work>
auto best_version() {
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return &run_avx512<Work>;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &run_avx2<Work>;
  return &run_plain<Work>;
}
#else
template <class Work>
auto best_version() {
  return &run_plain<Work>;
}
#endif

// Work, whose operator() is always inlined, is called for ranges of [0, count), at least `grain` long. What it computes
// for one index must not depend on the range.
template <class Work>
void run(const Work& work, int64_t count, int64_t grain) {
  const auto version = best_version<Work>();
  at::parallel_for(0, count, std::max<int64_t>(1, grain),
                   [&](int64_t begin, int64_t end) { version(work, begin, end); });
}

}  // namespace dlrun::cpu
