// What every verb of the program accepts. Torch-free, like every options header: the front program includes it.

#pragma once

namespace dlrun {

struct CommonOptions {
  bool json = false;     // results as JSON Lines on stdout
  int verbosity = 0;     // -1 quiet, 0 normal, 1 and more: talkative
  bool progress = true;  // a live progress line where stderr is a terminal
};

}  // namespace dlrun
