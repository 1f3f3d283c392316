// Gloo's thread that reads connections waits for their locks.
//
// It only tries for the lock of a connection; where another thread has it, it turns to its next event, which is the
// same one at once, as what came has still not been read (https://github.com/pytorch/gloo/issues/246). It spins until
// the other thread has let go: one that it took the processor from, which comes back when this one's slice is used up.
// Where no processor is idle an exchange of microseconds takes milliseconds so.
//
// Gloo comes inside libtorch and cannot be built anew; but it asks libc for the lock, by a name that this program
// answers to first (base/waiting_locks.h).

#include "dist/gloo_locks.h"

#include <dlfcn.h>
#include <link.h>

#include "base/waiting_locks.h"

namespace dlrun {

bool wait_for_gloo_locks() {
  static const bool found = [] {
    // gloo::transport::tcp::Pair::handleEvents(Loop&, int)
    void* const function = dlsym(RTLD_DEFAULT, "_ZN4gloo9transport3tcp4Pair12handleEventsERNS1_4LoopEi");
    Dl_info info{};
    void* entry = nullptr;
    if (!function || dladdr1(function, &info, &entry, RTLD_DL_SYMENT) == 0 || !entry) return false;
    const auto length = static_cast<const ElfW(Sym)*>(entry)->st_size;
    dlrun_wait_for_locks_in(function, static_cast<const char*>(function) + length);
    return true;
  }();
  return found;
}

}  // namespace dlrun
