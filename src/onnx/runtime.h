// onnxruntime, where its library is found: what another program answers to the same file.

#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dlrun {

// A libonnxruntime in this process. Once loaded it stays: it keeps threads of its own.
class OnnxRuntime {
 public:
  // The library that DLRUN_ONNXRUNTIME names (a file, or a folder that holds it; "off" for none), else one beside the
  // program or in ../lib/dlrun/, else one that the dynamic loader finds by the name libonnxruntime.so. Null where there
  // is none; what was found without being asked for and is of no use is a warning. Throws UserError(no_input) when
  // DLRUN_ONNXRUNTIME names something else.
  static std::shared_ptr<const OnnxRuntime> find();
  // Throws UserError(no_input) for what cannot be loaded, is not onnxruntime, or is older than 1.12.
  explicit OnnxRuntime(const std::string& library);
  ~OnnxRuntime();
  OnnxRuntime(const OnnxRuntime&) = delete;
  OnnxRuntime& operator=(const OnnxRuntime&) = delete;

  const std::string& version() const;  // "1.20.1"
  const std::string& library() const;  // as it was found

 private:
  friend class OnnxRuntimeSession;
  struct State;
  std::unique_ptr<State> state_;
};

// A model in onnxruntime, on the CPU. run() may be called from several threads.
class OnnxRuntimeSession {
 public:
  // `threads` compute each operator. Throws UserError(bad_data), in onnxruntime's words, for a model it refuses.
  OnnxRuntimeSession(std::shared_ptr<const OnnxRuntime> runtime, const std::string& file, int threads);
  ~OnnxRuntimeSession();
  OnnxRuntimeSession(const OnnxRuntimeSession&) = delete;
  OnnxRuntimeSession& operator=(const OnnxRuntimeSession&) = delete;

  // Values by name in, all outputs by name out, in memory of their own: as OnnxEvaluator::run(). `texts`: inputs of
  // strings, each [n, 1]. Throws UserError(bad_data), in onnxruntime's words, when the inputs do not fit or an output
  // is no tensor.
  std::map<std::string, at::Tensor> run(const std::map<std::string, at::Tensor>& inputs,
                                        const std::map<std::string, std::vector<std::string>>& texts = {}) const;
  const OnnxRuntime& runtime() const { return *runtime_; }

 private:
  struct State;
  std::shared_ptr<const OnnxRuntime> runtime_;
  std::unique_ptr<State> state_;
};

}  // namespace dlrun
