// Tells an MLflow server of a run while it trains, beside the training: which never waits for it, and never fails for
// it.

#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "mlflow/told_run.h"

namespace dlrun {

class MlflowSender {
 public:
  // Begins to send. Throws UserError for what is wrong with the settings; without libcurl and with DLRUN_OFFLINE it
  // says so once, and sends nothing.
  MlflowSender(const std::string& run_folder, const MlflowSettings& settings);
  // Sends what is left, for at most settings.wait_seconds, and says where something is.
  ~MlflowSender();
  MlflowSender(const MlflowSender&) = delete;
  MlflowSender& operator=(const MlflowSender&) = delete;

 private:
  void work();
  bool pass(MlflowServer& server, bool last);  // whether there is more to do
  bool may_go_on();

  std::string folder_;
  MlflowSettings settings_;
  ToldRun run_;
  std::mutex mutex_;  // guards the two below
  std::condition_variable woken_;
  bool stopping_ = false;
  double deadline_ = 0.0;  // of the monotonic clock, once it is stopping
  int problems_ = 0;       // in a row
  bool complete_ = false, gave_up_ = false;
  std::thread thread_;
};

}  // namespace dlrun
