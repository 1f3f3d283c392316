// Gloo's thread that reads connections waits for their locks.

#pragma once

namespace dlrun {

// From here on. Before the first group of Gloo is opened; called again it does nothing. Whether the code of that thread
// was found: if not, exchanges give the same and take longer where no processor is idle.
bool wait_for_gloo_locks();

}  // namespace dlrun
