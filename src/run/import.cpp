// The verb import: reads weights as users have them, writes one safetensors file, and prints what is in it.

#include "run/import.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/terminal.h"
#include "base/units.h"
#include "run/safetensors.h"
#include "run/safetensors_types.h"
#include "run/weights_file.h"

namespace dlrun {
namespace {

std::string output_of(const ImportOptions& options) {
  std::string path = options.output;
  if (path.empty()) {
    const bool folder = FileSystem::instance().kind(options.input) == FileKind::folder;
    const size_t slash = options.input.rfind('/') + 1, dot = options.input.rfind('.');
    path = options.input.substr(0, dot == std::string::npos || dot <= slash ? std::string::npos : dot) + ".safetensors";
    if (folder || path == options.input)
      throw UserError(ExitCode::usage, options.input + ": name the file to write with --output");
  }
  const FileKind kind = FileSystem::instance().kind(path);
  if (!options.overwrite && (kind == FileKind::file || kind == FileKind::folder) && !is_descriptor_path(path))
    throw UserError(ExitCode::cannot_write, path + ": exists already; --overwrite replaces it");
  return path;
}

std::string_view dtype_of(const at::Tensor& tensor) {
  const auto* found = std::find_if(std::begin(safetensors_types), std::end(safetensors_types),
                                   [&](const SafetensorsType& type) { return type.type == tensor.scalar_type(); });
  TORCH_CHECK(found != std::end(safetensors_types), "no name for ", tensor.scalar_type());
  return found->word;
}

// PyTorch keeps tensors that are one, a safetensors file does not: each is written.
void tell_shared(const TensorList& tensors) {
  std::map<std::tuple<const void*, std::vector<int64_t>, std::vector<int64_t>>, std::string> seen;
  for (const auto& [name, tensor] : tensors) {
    if (tensor.numel() == 0) continue;
    const auto [first, fresh] =
        seen.emplace(std::tuple(tensor.const_data_ptr(), tensor.sizes().vec(), tensor.strides().vec()), name);
    if (!fresh) log_info(fmt::format("{} and {} are one tensor in the file; both are written", first->second, name));
  }
}

void print_json(const TensorList& tensors, const std::string& path, const WrittenFile& written) {
  for (const auto& [name, tensor] : tensors)
    fmt::print("{}\n", nlohmann::ordered_json{{"event", "tensor"},
                                              {"version", 1},
                                              {"name", name},
                                              {"shape", tensor.sizes().vec()},
                                              {"dtype", dtype_of(tensor)}}
                           .dump());
  fmt::print("{}\n", nlohmann::ordered_json{{"event", "import"},
                                            {"version", 1},
                                            {"file", path},
                                            {"tensors", tensors.size()},
                                            {"bytes", written.size},
                                            {"hash", written.hash}}
                         .dump());
}

void print_table(const TensorList& tensors, const std::string& path, const WrittenFile& written) {
  Table table({{"tensor"}, {"shape"}, {"type"}, {"values", Table::Align::right}});
  int64_t values = 0;
  for (const auto& [name, tensor] : tensors) {
    table.row({name, fmt::format("[{}]", fmt::join(tensor.sizes(), ", ")), std::string(dtype_of(tensor)),
               count_text(tensor.numel())});
    values += tensor.numel();
  }
  table.line();
  table.row({fmt::format("{} tensors", tensors.size()), "", "", count_text(values)});
  fmt::print("{}{}: {}\n", table.text(terminal(stdout).width), path, bytes_text(written.size));
}

}  // namespace
}  // namespace dlrun

int dlrun_import(const dlrun::ImportOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  const WeightsFile file = read_weights(options.input, options.key);
  const std::string path = output_of(options);
  for (const std::string& note : file.notes) log_info(note);
  for (const auto& [name, tensor] : file.tensors)
    if (name == "__metadata__")
      throw UserError(ExitCode::bad_data, options.input +
                                              ": a tensor is called __metadata__, which safetensors keeps "
                                              "for itself");
  tell_shared(file.tensors);
  const WrittenFile written = save_safetensors(path, file.tensors, {{"format", "pt"}});
  if (options.json)
    print_json(file.tensors, path, written);
  else
    print_table(file.tensors, path, written);
  return 0;
}
