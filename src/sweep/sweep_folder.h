// The folder of a sweep: sweep.yaml, the recipe; sweep.json, the trials; sweep.csv; trials/, a run folder for each;
// logs/, what each said on its terminal.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/files.h"

namespace dlrun {

class SweepFolder {
 public:
  // Creates and locks it. Throws UserError(cannot_write) where it holds a sweep and neither `resume` nor `overwrite` is
  // given, where it holds anything else, and where another process is writing it.
  SweepFolder(const std::string& path, bool resume, bool overwrite);
  // Whether there is a sweep to go on with.
  bool resumed() const { return resumed_; }
  // What a sweep that is overwritten left goes; then the recipe is written, and sweep.json by `write_trials`. A sweep
  // that is killed anywhere in it leaves a folder that can be begun in or gone on with.
  void begin(const std::string& recipe, const std::function<void()>& write_trials);

 private:
  std::string path_;
  bool resumed_ = false;
  std::unique_ptr<FileLock> lock_;
};

}  // namespace dlrun
