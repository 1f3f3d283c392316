// How the process treats memory it has freed.

#pragma once

namespace dlrun {

// A training step frees what the next one asks for again. By default the C library gives large blocks back to the
// system every time, and the page faults of getting them anew cost more than the arithmetic of many layers. After this
// call blocks up to 32 MiB stay with the process. Call it before the first tensor is made; later calls do nothing.
void keep_freed_memory();

}  // namespace dlrun
