// Weights as users have them.

#include "run/weights_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "run/safetensors.h"
#include "run/torch_file.h"
#include "run/weights_index.h"

namespace dlrun {
namespace {

struct Names {
  const char *whole, *index;
};
constexpr Names names[] = {{"model.safetensors", "model.safetensors.index.json"},
                           {"pytorch_model.bin", "pytorch_model.bin.index.json"}};

[[noreturn]] void fail(ExitCode code, const std::string& path, const std::string& what) {
  throw UserError(code, path + ": " + what);
}

// A file in a folder that came from elsewhere: a link must not lead a reader to other files of this machine.
std::string inside(const std::string& folder, const std::string& name) {
  namespace fs = std::filesystem;
  const std::string path = folder + "/" + name;
  FileSystem& files = FileSystem::instance();
  if (!files.exists(path)) fail(ExitCode::no_input, path, "no such file");
  if (!files.is_link(path)) return path;
  std::error_code error;
  const fs::path home = fs::canonical(folder, error), target = fs::canonical(path, error);
  // Hugging Face's cache: models--NAME/snapshots/REVISION/FILE -> ../../blobs/HASH
  const fs::path blobs = home.parent_path().filename() == "snapshots" ? home.parent_path().parent_path() / "blobs" : "";
  const auto within = [&](const fs::path& place) {
    const auto [end, rest] = std::mismatch(place.begin(), place.end(), target.begin(), target.end());
    return !place.empty() && end == place.end();
  };
  if (!error && (within(home) || within(blobs))) return path;
  fail(ExitCode::bad_data, path, "a link that leads out of its folder; name the file it leads to instead");
}

bool looks_like_safetensors(std::string_view bytes) {
  uint64_t length = 0;
  if (bytes.size() < 9) return false;
  std::memcpy(&length, bytes.data(), sizeof length);
  return length <= 100'000'000 && bytes[8] == '{';
}

class ShardReader {
 public:
  explicit ShardReader(const std::string& key) : key_(key) {}

  WeightsFile run(const std::string& path) {
    if (FileSystem::instance().kind(path) == FileKind::folder)
      folder(path);
    else
      file(path);
    return std::move(result_);
  }

 private:
  void folder(const std::string& path) {
    FileSystem& files = FileSystem::instance();
    for (const Names& kind : names) {
      const bool whole = files.exists(path + "/" + kind.whole), parts = files.exists(path + "/" + kind.index);
      if (whole && parts)
        fail(ExitCode::bad_data, path, fmt::format("holds both {} and {}; name one of them", kind.whole, kind.index));
      if (whole || parts) return file(inside(path, whole ? kind.whole : kind.index));
    }
    std::vector<std::string> found;
    for (const std::string& name : files.list(path))
      if (name.ends_with(".safetensors") || name.ends_with(".pt") || name.ends_with(".pth")) found.push_back(name);
    fail(ExitCode::no_input, path,
         fmt::format("holds none of {}, {}, {} and {}{}", names[0].whole, names[0].index, names[1].whole,
                     names[1].index, found.empty() ? "" : "; name a file of it: " + join_or(found)));
  }

  void file(const std::string& path) {
    const FileBytes bytes = FileSystem::instance().map(path);
    const std::string_view text = bytes.text();
    if (looks_like_safetensors(text) || is_torch_file(text))
      return add(path, tensors_of(path, bytes), bytes.bytes.size());
    if (const size_t start = text.find_first_not_of(" \t\r\n"); start != std::string_view::npos && text[start] == '{')
      return index(path, text);
    if (path.ends_with(".safetensors")) read_safetensors(path, bytes);  // It says what is wrong with it.
    if (text.size() > 262 && text.substr(257, 5) == "ustar")
      fail(ExitCode::bad_data, path, "a tar archive; unpack it, or save the weights with PyTorch 0.1.10 or later");
    fail(ExitCode::bad_data, path,
         "none of a safetensors file, a PyTorch file (.pt, .pth, .bin) and an index of several (.index.json)");
  }

  // Of a file that is no index.
  TensorList tensors_of(const std::string& path, const FileBytes& bytes) {
    if (looks_like_safetensors(bytes.text()) || !is_torch_file(bytes.text()))
      return read_safetensors(path, bytes).tensors;
    TorchFile torch = read_torch_file(path, bytes, key_);
    for (std::string& note : torch.notes) result_.notes.push_back(path + ": " + note);
    return std::move(torch.tensors);
  }

  void index(const std::string& path, std::string_view text) {
    const WeightsIndex index = parse_weights_index(path, text);
    uint64_t size = 0;
    for (size_t number = 0; number < index.files.size(); ++number) {
      const std::string part = inside(parent_folder(path), index.files[number]);
      const FileBytes bytes = FileSystem::instance().map(part);
      TensorList shard = tensors_of(part, bytes);
      for (const auto& [name, tensor] : shard) size += tensor.nbytes();
      check(path, index, number, shard);
      add(part, std::move(shard), bytes.bytes.size());
    }
    if (index.total_size && *index.total_size != size)
      result_.notes.push_back(
          fmt::format("{}: states a total_size of {} bytes, its tensors take {}", path, *index.total_size, size));
  }

  // The index and the file agree on what is in it.
  static void check(const std::string& path, const WeightsIndex& index, size_t number, const TensorList& tensors) {
    std::vector<std::string_view> held;
    for (const auto& [name, tensor] : tensors) held.push_back(name);
    std::sort(held.begin(), held.end());
    size_t expected = 0;
    for (const auto& [name, file] : index.tensors) {
      if (file != number) continue;
      ++expected;
      if (!std::binary_search(held.begin(), held.end(), name))
        fail(ExitCode::bad_data, path,
             fmt::format("tensor '{}' should be in {}, but is not there", name, index.files[number]));
    }
    if (expected == held.size()) return;
    for (const std::string_view name : held) {
      const std::pair<std::string, size_t> entry(name, number);
      if (!std::binary_search(index.tensors.begin(), index.tensors.end(), entry))
        fail(ExitCode::bad_data, path,
             fmt::format("{} holds tensor '{}', which the index does not list there", index.files[number], name));
    }
  }

  void add(const std::string& path, TensorList tensors, uint64_t bytes) {
    result_.files.push_back(path);
    result_.bytes += bytes;
    std::move(tensors.begin(), tensors.end(), std::back_inserter(result_.tensors));
  }

  const std::string& key_;
  WeightsFile result_;
};

}  // namespace

WeightsFile read_weights(const std::string& path, const std::string& key) { return ShardReader(key).run(path); }

}  // namespace dlrun
