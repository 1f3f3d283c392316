// Finding onnxruntime's library, and calling it through its C interface.

#include "onnx/runtime.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "onnx/proto.h"
#include "onnx/runtime_api.h"

namespace dlrun {
namespace {

namespace fs = std::filesystem;

constexpr const char* variable = "DLRUN_ONNXRUNTIME";

// What releases an object of onnxruntime's.
template <class Object>
using Owned = std::unique_ptr<Object, std::function<void(Object*)>>;

// A library in the folder: libonnxruntime.so, or with a version behind it; "" where there is none.
std::string library_in(const fs::path& folder) {
  std::error_code error;
  std::string found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name == "libonnxruntime.so" || (name.starts_with("libonnxruntime.so.") && entry.path().string() > found))
      found = entry.path().string();
  }
  return found;
}

// The library that the variable names.
std::string library_asked_for(const std::string& given) {
  std::error_code error;
  if (!fs::is_directory(given, error)) return given;
  const std::string found = library_in(given);
  if (found.empty())
    throw UserError(ExitCode::no_input, fmt::format("{}: no libonnxruntime.so* in this folder ({})", given, variable));
  return found;
}

// Libraries worth a try where none was asked for, the likeliest first.
std::vector<std::string> candidates() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  std::vector<std::string> paths;
  for (const fs::path& folder : {program, program / "../lib/dlrun"})
    if (const std::string found = library_in(folder); !found.empty()) paths.push_back(found);
  paths.insert(paths.end(), {"libonnxruntime.so.1", "libonnxruntime.so"});
  return paths;
}

[[noreturn]] void fail(const std::string& library, const std::string& what) {
  throw UserError(ExitCode::no_input,
                  fmt::format("{}: {} ({} names a libonnxruntime.so, or off)", library, what, variable));
}

// The table of a loaded library, after a look at what it says of itself.
ort::Table table_of(void* handle, const std::string& library, std::string& version) {
  const auto get_base = reinterpret_cast<const ort::ApiBase* (*)()>(dlsym(handle, "OrtGetApiBase"));
  if (!get_base) fail(library, "this library is not onnxruntime, it has no OrtGetApiBase");
  const ort::ApiBase* base = get_base();
  version = base->version();
  int major = 0, minor = 0;
  if (std::sscanf(version.c_str(), "%d.%d", &major, &minor) != 2) fail(library, "its version is \"" + version + "\"");
  const bool old = major < 1 || (major == 1 && minor < static_cast<int>(ort::api_version));
  const ort::Table table = old ? nullptr : base->get_api(ort::api_version);
  if (!table)
    fail(library, fmt::format("onnxruntime {} is too old, 1.{} or later is needed", version, ort::api_version));
  return table;
}

}  // namespace

struct OnnxRuntime::State {
  State(const std::string& path, void* handle) : library(path), api(table_of(handle, path, version)) {
    ort::Env* made = nullptr;
    check(api.create_env(ort::log_fatal, "dlrun", &made), ExitCode::no_input, library);
    env = own(made, api.release_env.call);
    ort::MemoryInfo* info = nullptr;
    check(api.cpu_memory_info(ort::arena_allocator, ort::default_memory, &info), ExitCode::no_input, library);
    memory = own(info, api.release_memory_info.call);
    check(api.default_allocator(&allocator), ExitCode::no_input, library);
  }

  template <class Object>
  static Owned<Object> own(Object* object, void (*release)(Object*)) {
    return Owned<Object>(object, release);
  }

  // What onnxruntime objects to becomes an error of ours.
  void check(ort::Status* status, ExitCode code, const std::string& place) const {
    if (!status) return;
    const std::string words = api.error_message(status);
    api.release_status(status);
    throw UserError(code, fmt::format("{}: onnxruntime {}: {}", place, version, words));
  }

  std::string library, version;
  ort::Api api;
  Owned<ort::Env> env;
  Owned<ort::MemoryInfo> memory;
  ort::Allocator* allocator = nullptr;  // onnxruntime's own, never released
};

OnnxRuntime::OnnxRuntime(const std::string& library) {
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) {
    const char* reason = dlerror();
    fail(library, std::string("cannot be loaded: ") + (reason ? reason : "unknown reason"));
  }
  state_ = std::make_unique<State>(library, handle);
}

OnnxRuntime::~OnnxRuntime() = default;

std::shared_ptr<const OnnxRuntime> OnnxRuntime::find() {
  if (const char* given = std::getenv(variable); given && *given) {
    if (std::string(given) == "off") return nullptr;
    return std::make_shared<OnnxRuntime>(library_asked_for(given));
  }
  for (const std::string& path : candidates()) {
    // One that the loader does not know is no reason for a warning.
    if (path.find('/') == std::string::npos && !dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)) continue;
    try {
      return std::make_shared<OnnxRuntime>(path);
    } catch (const UserError& error) {
      log_warning(std::string("left aside: ") + error.what());
    }
  }
  return nullptr;
}

const std::string& OnnxRuntime::version() const { return state_->version; }
const std::string& OnnxRuntime::library() const { return state_->library; }

struct OnnxRuntimeSession::State {
  std::string file;
  Owned<ort::Session> session;
  std::vector<std::string> outputs;
};

OnnxRuntimeSession::OnnxRuntimeSession(std::shared_ptr<const OnnxRuntime> runtime, const std::string& file, int threads)
    : runtime_(std::move(runtime)), state_(std::make_unique<State>()) {
  const OnnxRuntime::State& ort = *runtime_->state_;
  const auto check = [&](ort::Status* status) { ort.check(status, ExitCode::bad_data, file); };
  ort::SessionOptions* made = nullptr;
  check(ort.api.create_session_options(&made));
  const Owned<ort::SessionOptions> options = ort.own(made, ort.api.release_session_options.call);
  check(ort.api.set_intra_op_threads(options.get(), threads));
  check(ort.api.set_inter_op_threads(options.get(), 1));
  ort::Session* session = nullptr;
  check(ort.api.create_session(ort.env.get(), file.c_str(), options.get(), &session));
  state_->file = file;
  state_->session = ort.own(session, ort.api.release_session.call);
  size_t count = 0;
  check(ort.api.output_count(session, &count));
  for (size_t i = 0; i < count; ++i) {
    char* name = nullptr;
    check(ort.api.output_name(session, i, ort.allocator, &name));
    state_->outputs.emplace_back(name);
    check(ort.api.allocator_free(ort.allocator, name));
  }
}

OnnxRuntimeSession::~OnnxRuntimeSession() = default;

std::map<std::string, at::Tensor> OnnxRuntimeSession::run(
    const std::map<std::string, at::Tensor>& inputs,
    const std::map<std::string, std::vector<std::string>>& texts) const {
  const OnnxRuntime::State& ort = *runtime_->state_;
  const auto check = [&](ort::Status* status) { ort.check(status, ExitCode::bad_data, state_->file); };
  std::vector<const char*> input_names, output_names;
  std::vector<at::Tensor> kept;  // Values look into them while it runs.
  std::vector<Owned<ort::Value>> values;
  std::vector<const ort::Value*> given;
  const auto give = [&](const std::string& name, ort::Value* value) {
    values.push_back(ort.own(value, ort.api.release_value.call));
    given.push_back(value);
    input_names.push_back(name.c_str());
  };
  for (const auto& [name, tensor] : inputs) {
    const onnx::ElementType* type = onnx::element_type(tensor.scalar_type());
    if (!type)
      throw UserError(ExitCode::bad_data,
                      fmt::format("input '{}': onnxruntime has no type {}", name, c10::toString(tensor.scalar_type())));
    kept.push_back(tensor.contiguous());
    ort::Value* value = nullptr;
    check(ort.api.tensor_over_data(ort.memory.get(), kept.back().data_ptr(), kept.back().nbytes(),
                                   kept.back().sizes().data(), kept.back().sizes().size(),
                                   static_cast<int>(type->number), &value));
    give(name, value);
  }
  for (const auto& [name, cells] : texts) {
    const std::array<int64_t, 2> shape = {static_cast<int64_t>(cells.size()), 1};
    ort::Value* value = nullptr;
    check(ort.api.new_tensor(ort.allocator, shape.data(), shape.size(), static_cast<int>(onnx::string_type), &value));
    give(name, value);
    std::vector<const char*> pointers;
    for (const std::string& cell : cells) pointers.push_back(cell.c_str());
    check(ort.api.fill_texts(value, pointers.data(), pointers.size()));
  }
  for (const std::string& name : state_->outputs) output_names.push_back(name.c_str());
  std::vector<ort::Value*> answers(output_names.size(), nullptr);
  check(ort.api.run(state_->session.get(), nullptr, input_names.data(), given.data(), given.size(), output_names.data(),
                    output_names.size(), answers.data()));
  std::vector<Owned<ort::Value>> owned;
  for (ort::Value* answer : answers) owned.push_back(ort.own(answer, ort.api.release_value.call));

  std::map<std::string, at::Tensor> outputs;
  for (size_t i = 0; i < answers.size(); ++i) {
    int is_tensor = 0;
    if (answers[i]) check(ort.api.is_tensor(answers[i], &is_tensor));
    const auto refuse = [&](const std::string& what) {
      throw UserError(ExitCode::bad_data, fmt::format("{}: output '{}' {}", state_->file, state_->outputs[i], what));
    };
    if (!is_tensor) refuse("is no tensor");
    ort::TensorInfo* made = nullptr;
    check(ort.api.tensor_info(answers[i], &made));
    const Owned<ort::TensorInfo> info = ort.own(made, ort.api.release_tensor_info.call);
    int number = 0;
    size_t rank = 0;
    check(ort.api.element_type(made, &number));
    check(ort.api.dimension_count(made, &rank));
    std::vector<int64_t> shape(rank);
    check(ort.api.dimensions(made, shape.data(), rank));
    const onnx::ElementType* type = onnx::element_type(static_cast<uint64_t>(number));
    if (!type || !type->type) refuse(fmt::format("is of a type that is not supported ({})", number));
    void* data = nullptr;
    check(ort.api.tensor_data(answers[i], &data));
    at::Tensor copy = at::empty(shape, *type->type);
    if (copy.numel() > 0) std::memcpy(copy.data_ptr(), data, copy.nbytes());
    outputs[state_->outputs[i]] = std::move(copy);
  }
  return outputs;
}

}  // namespace dlrun
