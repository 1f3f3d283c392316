// The run folder: everything one training run leaves behind.
//
//   recipe.yaml (resolved)  environment.json  metrics.jsonl  log.txt  result.json (once finished)  checkpoints/ export/

#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/files.h"

namespace dlrun {

enum class Start {
  fresh,      // refuse a folder that holds a run
  resume,     // go on with the run in it; with none there, begin
  overwrite,  // delete the run in it, once this one begins
};

class RunFolder {
 public:
  // For writing: creates the folder and locks it until destruction. A run that has neither a checkpoint nor metrics
  // holds nothing worth keeping and never stands in the way. Only files that dlrun makes are ever deleted. Throws
  // UserError(cannot_write) when the folder holds a run (Start::fresh) or something else, when another process writes
  // this run, or when it cannot be created.
  static RunFolder create(const std::string& path, Start start);
  // The same for a further process of the run: the first one has created the folder, and alone writes.
  static RunFolder beside(const std::string& path, bool resumed);
  // Deletes what a run left that is not gone on with. Until then nothing in the folder is touched.
  void begin() const;
  // For reading. Throws UserError(no_input) when there is no run in it.
  static RunFolder open(const std::string& path);

  const std::string& path() const { return path_; }
  std::string recipe_file() const { return path_ + "/recipe.yaml"; }
  std::string environment_file() const { return path_ + "/environment.json"; }
  std::string metrics_file() const { return path_ + "/metrics.jsonl"; }
  std::string log_file() const { return path_ + "/log.txt"; }
  std::string result_file() const { return path_ + "/result.json"; }
  std::string checkpoints() const { return path_ + "/checkpoints"; }
  std::string exports() const { return path_ + "/export"; }

  bool resumed() const { return resumed_; }  // there was a run to go on with
  void write_recipe(const std::string& text) const;
  std::string recipe_text() const;
  void write_environment(const nlohmann::json& environment) const;

  // A run is finished once its result is written. A resumed run that goes on beyond its end takes it back first.
  bool finished() const;
  void finish(const nlohmann::json& result) const;
  void reopen() const;

 private:
  explicit RunFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
  std::unique_ptr<FileLock> lock_;
  bool resumed_ = false;
};

}  // namespace dlrun
