// The part of onnxruntime's C interface that is used here, declared by its binary layout.
//
// OrtGetApiBase() gives two functions; GetApi(version) gives a table of function pointers. Members are only ever added
// at the end of that table, so a position means the same in every release that knows the version asked for
// (https://github.com/microsoft/onnxruntime/blob/main/include/onnxruntime/core/session/onnxruntime_c_api.h).

#pragma once

#include <cstddef>
#include <cstdint>

namespace dlrun::ort {

struct Status;  // null: all went well
struct Env;
struct Session;
struct SessionOptions;
struct Value;
struct MemoryInfo;
struct TensorInfo;
struct Allocator;

constexpr uint32_t api_version = 12;  // of the release 1.12, the first that knows opset 17
constexpr int log_fatal = 4;          // what is wrong is in the status, nothing need be printed
constexpr int arena_allocator = 1, default_memory = 0;

using Table = const void* const*;

struct ApiBase {
  Table (*get_api)(uint32_t version);
  const char* (*version)();
};

// A function of the table, at its position.
template <class Function, size_t position>
struct Entry {
  Function* call = nullptr;
  explicit Entry(Table table) : call(reinterpret_cast<Function*>(const_cast<void*>(table[position]))) {}
  template <class... Arguments>
  auto operator()(Arguments... arguments) const {
    return call(arguments...);
  }
};

// All positions are of the first version of the table.
struct Api {
  explicit Api(Table functions) : table(functions) {}

  Table table;
  Entry<const char*(const Status*), 2> error_message{table};
  Entry<Status*(int severity, const char* name, Env**), 3> create_env{table};
  Entry<Status*(const Env*, const char* path, const SessionOptions*, Session**), 7> create_session{table};
  Entry<Status*(Session*, const void* run_options, const char* const* input_names, const Value* const* inputs,
                size_t input_count, const char* const* output_names, size_t output_count, Value** outputs),
        9>
      run{table};
  Entry<Status*(SessionOptions**), 10> create_session_options{table};
  Entry<Status*(SessionOptions*, int), 24> set_intra_op_threads{table};
  Entry<Status*(SessionOptions*, int), 25> set_inter_op_threads{table};
  Entry<Status*(const Session*, size_t*), 31> output_count{table};
  Entry<Status*(const Session*, size_t index, Allocator*, char**), 37> output_name{table};
  Entry<Status*(Allocator*, const int64_t* shape, size_t rank, int type, Value**), 48> new_tensor{table};
  Entry<Status*(const MemoryInfo*, void* data, size_t bytes, const int64_t* shape, size_t rank, int type, Value**), 49>
      tensor_over_data{table};
  Entry<Status*(const Value*, int*), 50> is_tensor{table};
  Entry<Status*(Value*, void**), 51> tensor_data{table};
  Entry<Status*(Value*, const char* const* texts, size_t count), 52> fill_texts{table};
  Entry<Status*(const TensorInfo*, int*), 60> element_type{table};
  Entry<Status*(const TensorInfo*, size_t*), 61> dimension_count{table};
  Entry<Status*(const TensorInfo*, int64_t*, size_t), 62> dimensions{table};
  Entry<Status*(const Value*, TensorInfo**), 65> tensor_info{table};
  Entry<Status*(int allocator, int memory, MemoryInfo**), 69> cpu_memory_info{table};
  Entry<Status*(Allocator*, void*), 76> allocator_free{table};
  Entry<Status*(Allocator**), 78> default_allocator{table};
  Entry<void(Env*), 92> release_env{table};
  Entry<void(Status*), 93> release_status{table};
  Entry<void(MemoryInfo*), 94> release_memory_info{table};
  Entry<void(Session*), 95> release_session{table};
  Entry<void(Value*), 96> release_value{table};
  Entry<void(TensorInfo*), 99> release_tensor_info{table};
  Entry<void(SessionOptions*), 100> release_session_options{table};
};

}  // namespace dlrun::ort
