// The run folder: everything one training run leaves behind.
//
//   .dlrun-run.json (whose it is)  recipe.yaml (resolved)  environment.json  metrics.jsonl  log.txt
//   result.json (once finished)  checkpoints/  export/
//
// Of a run that is several trainings: members/1, members/2, ..., each a run folder, in place of the checkpoints, and
// soup.safetensors where their weights became one network's.

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

inline constexpr const char* marker_name = ".dlrun-run.json";
inline constexpr const char* lock_name = ".dlrun-lock";

class RunFolder {
 public:
  // For writing: creates the folder and locks it until destruction. It is a run's by its marker, which begin() writes
  // first, never by the names in it. A run that has neither a checkpoint nor metrics holds nothing worth keeping and
  // never stands in the way. Throws UserError(cannot_write) when the folder holds a run (Start::fresh) or anything
  // else, when another process writes this run, or when it cannot be created.
  static RunFolder create(const std::string& path, Start start);
  // The same for a further process of the run: the first one has created the folder, and alone writes.
  static RunFolder beside(const std::string& path, bool resumed);
  // Makes the folder this run's: takes a result back that will not hold, deletes what a run left that is not gone on
  // with (files of others stay), and writes the recipe. Until then nothing in the folder is touched, and without it a
  // folder that was made for this run goes again.
  void begin(const std::string& recipe);
  ~RunFolder();
  RunFolder(RunFolder&&) = default;
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
  std::string members() const { return path_ + "/members"; }

  bool resumed() const { return resumed_; }  // there was a run to go on with
  std::string recipe_text() const;
  void write_environment(const nlohmann::json& environment) const;

  // Bytes that begin() will free, roughly.
  uint64_t bytes_replaced() const;

  // A run is finished once its result is written.
  bool finished() const;
  void finish(const nlohmann::json& result) const;

 private:
  explicit RunFolder(std::string path) : path_(std::move(path)) {}
  void check(Start start);  // whether what is there may be gone on with, or replaced
  std::string path_;
  std::unique_ptr<FileLock> lock_;
  bool resumed_ = false, begun_ = false;
  bool made_ = false, fresh_ = false;  // the folder was not there before; it was, at most, empty
};

}  // namespace dlrun
