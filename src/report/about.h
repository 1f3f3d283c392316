// What this dlrun is made of: for `dlrun --version -v` and `dlrun doctor`. Torch-free: the front program includes it.

#pragma once

#include <string>
#include <vector>

namespace dlrun {

struct About {
  struct Plugin {
    std::string file;     // "libdlrun_images.so"
    std::string does;     // what it is for
    std::string problem;  // why it cannot be loaded; empty where it can
  };
  std::string revision, compiler;
  std::string libtorch;  // its version, with "CUDA 13.0" where it has that half
  std::string libtorch_file;
  std::string processor;   // the model
  std::string capability;  // the vector instructions that libtorch's kernels use
  int threads = 0;         // that computations take by default
  std::vector<std::string> gpus;
  std::string gpu_problem;   // why there is none
  std::string gloo_problem;  // why several processes are impossible; empty where they are not
  std::string onnxruntime;   // version and file; empty where none is found
  std::string onnxruntime_problem;
  std::vector<Plugin> plugins;
};

struct AboutOptions {
  About* about = nullptr;  // is filled
};

}  // namespace dlrun

// Loads what it tells about, where it can be loaded. Returns 0.
extern "C" int dlrun_about(const dlrun::AboutOptions& options);
