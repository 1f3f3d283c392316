// Asking a run to stop: signals only set a flag, which the training loop looks at between steps.

#pragma once

namespace dlrun {

// Keeps the signals below waiting until watch_signals(): one that comes while the program starts is not lost and does
// not end it.
void hold_signals();
// SIGINT, SIGTERM, SIGUSR1 and SIGHUP. One that the parent chose to ignore (nohup) stays ignored. A second SIGINT ends
// the program at once with 130.
void watch_signals();
// The first signal that came, or 0.
int stop_requested();
// Makes stop_requested() answer `signal`, as if it had come; 0 forgets.
void request_stop(int signal);
// "SIGTERM"; "a signal" for one that is not watched.
const char* signal_name(int signal);

}  // namespace dlrun
