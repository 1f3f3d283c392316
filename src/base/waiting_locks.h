// Locks that are waited for where only a try was asked for.

#pragma once

// Code of a library from which pthread_mutex_trylock waits for a lock that is taken, a millisecond at a time; everybody
// else has libc's answer. One piece of code for the whole program; nothing until this is called. C, because the program
// and its engine both have it, and the program's is to be the one that the engine finds.
extern "C" void dlrun_wait_for_locks_in(const void* begin, const void* end);
