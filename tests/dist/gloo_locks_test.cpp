// The lock that Gloo's thread waits for: whose answer it gets, and that nobody else waits.

#include "dist/gloo_locks.h"

#include <ATen/ATen.h>
#include <dlfcn.h>
#include <pthread.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <string>
#include <thread>

#include "dist/gloo.h"
#include "support.h"

namespace dlrun::gloo_locks_test {
namespace {

std::string file_of(void* address) {
  Dl_info info{};
  return dladdr(address, &info) != 0 && info.dli_fname ? info.dli_fname : "";
}

}  // namespace

TEST_CASE("Gloo's thread is found in libtorch, and this program answers it before libc does") {
  if (!gloo_problem().empty()) return test::skip(gloo_problem());
  CHECK(wait_for_gloo_locks());
  const std::string here = file_of(reinterpret_cast<void*>(&wait_for_gloo_locks));
  CHECK(here != "");
  CHECK(file_of(dlsym(RTLD_DEFAULT, "pthread_mutex_trylock")) == here);
  CHECK(file_of(dlsym(RTLD_NEXT, "pthread_mutex_trylock")) != here);
}

TEST_CASE("whoever else tries for a lock is told at once, as libc says it") {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  REQUIRE(pthread_mutex_trylock(&lock) == 0);
  int there = 0;
  std::thread([&] { there = pthread_mutex_trylock(&lock); }).join();
  CHECK(there == EBUSY);
  CHECK(pthread_mutex_unlock(&lock) == 0);
  std::thread([&] { there = pthread_mutex_trylock(&lock) + pthread_mutex_unlock(&lock); }).join();
  CHECK(there == 0);
}

}  // namespace dlrun::gloo_locks_test
