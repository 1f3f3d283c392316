// The index of several files of weights.

#include "run/weights_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "run/pickle.h"

namespace dlrun {
namespace {

// Those of the largest known model: 200,000 bytes, 200 files.
constexpr size_t longest_index = 100'000'000, most_files = 20'000;
constexpr size_t shortest_line = std::string_view(R"("":".pt",)").size();
constexpr std::string_view endings[] = {".safetensors", ".bin", ".pt", ".pth"};

// Fills the index while the JSON streams by, for the reasons HeaderReader does.
class IndexReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit IndexReader(WeightsIndex& index) : index_(index) {}
  std::string problem;

  bool start_object(size_t) override {
    ++depth_;
    if (depth_ == 1) return true;
    if (depth_ == 2 && key_ == "weight_map") return in_map_ = true, true;
    if (depth_ == 2 && key_ == "metadata") return in_metadata_ = true, true;
    return other("an object");
  }
  bool end_object() override {
    --depth_;
    in_map_ = in_metadata_ = false;
    return true;
  }
  bool key(std::string& key) override {
    key_ = key;
    if (depth_ != 1) return true;
    if (key == "weight_map" && ++maps_ > 1) return say("'weight_map' stands there twice");
    return true;
  }
  bool string(std::string& value) override {
    if (depth_ == 0) return say("it is a text");
    if (!in_map_) return true;
    if (value.empty() || value == "." || value == ".." || value.find_first_of("/\\") != std::string::npos ||
        value.find('\0') != std::string::npos)
      return say(fmt::format("tensor '{}' is in '{}', but files must lie beside the index", printable(key_),
                             printable(value)));
    if (std::none_of(std::begin(endings), std::end(endings), [&](auto ending) { return value.ends_with(ending); }))
      return say(
          fmt::format("tensor '{}' is in '{}', which is no safetensors file and no PyTorch file (.bin, .pt, .pth)",
                      printable(key_), printable(value)));
    const auto [file, fresh] = files_.emplace(value, files_.size());
    if (files_.size() > most_files) return say(fmt::format("it names more than {} files", most_files));
    index_.tensors.emplace_back(key_, file->second);
    return true;
  }
  bool number_unsigned(uint64_t value) override {
    if (in_map_ || depth_ == 0) return other("a number");
    if (in_metadata_ && key_ == "total_size") index_.total_size = value;
    return true;
  }

  bool start_array(size_t) override { return other("a list"); }
  bool end_array() override { return true; }
  bool null() override { return in_map_ || depth_ == 0 ? other("null") : true; }
  bool boolean(bool) override { return in_map_ || depth_ == 0 ? other("a boolean") : true; }
  bool number_integer(int64_t) override { return in_map_ || depth_ == 0 ? other("a number") : true; }
  bool number_float(double, const std::string&) override { return in_map_ || depth_ == 0 ? other("a number") : true; }
  bool binary(nlohmann::json::binary_t&) override { return other("binary data"); }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    return say(fmt::format("not valid JSON at its byte {}", position));
  }

  // Files sorted, tensors sorted; what stands there twice is told.
  bool finish() {
    if (maps_ == 0) return say("it has no weight_map");
    if (files_.empty()) return say("its weight_map names no tensor");
    std::vector<size_t> place(files_.size());
    for (const auto& [name, first] : files_) {
      place[first] = index_.files.size();
      index_.files.push_back(name);
    }
    std::sort(index_.tensors.begin(), index_.tensors.end());
    for (size_t i = 0; i < index_.tensors.size(); ++i) {
      index_.tensors[i].second = place[index_.tensors[i].second];
      if (i > 0 && index_.tensors[i].first == index_.tensors[i - 1].first)
        return say(fmt::format("tensor '{}' stands there twice", printable(index_.tensors[i].first)));
    }
    return true;
  }

 private:
  bool say(const std::string& what) {
    problem = what;
    return false;
  }
  bool other(const char* what) {
    return say(fmt::format("{} where the format has none ('{}')", what, printable(key_)));
  }

  WeightsIndex& index_;
  std::map<std::string, size_t> files_;
  std::string key_;
  int depth_ = 0, maps_ = 0;
  bool in_map_ = false, in_metadata_ = false;
};

}  // namespace

WeightsIndex parse_weights_index(const std::string& path, std::string_view text) {
  WeightsIndex index;
  index.tensors.reserve(std::min<size_t>(std::count(text.begin(), text.end(), ':'), text.size() / shortest_line));
  IndexReader reader(index);
  if (text.size() > longest_index)
    reader.problem = fmt::format("it has {} bytes", text.size());
  else if (nlohmann::json::sax_parse(text.begin(), text.end(), &reader))
    reader.finish();
  if (reader.problem.empty()) return index;
  throw UserError(ExitCode::bad_data,
                  fmt::format("{}: not a valid index of files of weights: {}", path, reader.problem));
}

std::string weights_index_text(const WeightsIndex& index, int64_t parameters) {
  nlohmann::json json;  // sorted by key, as transformers sorts it
  json["metadata"] = {{"total_parameters", parameters}, {"total_size", index.total_size.value_or(0)}};
  json["weight_map"] = nlohmann::json::object();
  for (const auto& [name, file] : index.tensors) json["weight_map"][name] = index.files.at(file);
  return json.dump(2, ' ', true) + "\n";
}

}  // namespace dlrun
