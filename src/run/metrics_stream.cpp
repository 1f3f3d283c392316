// metrics.jsonl: appending and cutting back.

#include "run/metrics_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;

Json finite(const Json& value) {
  if (value.is_number_float()) {
    double number = value.get<double>();
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  }
  if (!value.is_structured()) return value;
  Json result = value;
  for (auto& [key, item] : result.items()) item = finite(item);
  return result;
}

}  // namespace

void MetricsStream::open(std::string path, int64_t position) {
  path_ = std::move(path);
  position_ = position;
  FileSystem& files = FileSystem::instance();
  if (!files.exists(path_)) {
    files.open_for_writing(path_, WriteMode::truncate)->sync();
    files.sync_folder(parent_folder(path_));
  }
  FileBytes old = files.map(path_);
  std::string_view kept = old.text().substr(0, static_cast<size_t>(position_));
  if (!kept.empty() && kept.back() != '\n') kept = kept.substr(0, kept.find_last_of('\n') + 1);
  if (static_cast<int64_t>(kept.size()) < position_) {
    log_warning(fmt::format("{}: {} bytes, but the checkpoint was taken after {}: earlier metrics are missing", path_,
                            old.bytes.size(), position_));
    position_ = static_cast<int64_t>(kept.size());
  }
  if (old.bytes.size() != kept.size()) files.truncate(path_, kept.size());
  file_ = files.open_for_writing(path_, WriteMode::append);
}

std::string line_of(const Json& record) { return finite(record).dump(-1, ' ', false, Json::error_handler_t::replace); }

void MetricsStream::write(const Json& record) {
  buffer_ += line_of(record) + "\n";
  if (listener) listener(record);
}

int64_t MetricsStream::flush() {
  if (buffer_.empty()) return position_;
  file_->write(buffer_);
  position_ += static_cast<int64_t>(buffer_.size());
  buffer_.clear();
  return position_;
}

int64_t MetricsStream::commit() {
  flush();
  if (file_) file_->sync();
  return position_;
}

std::string without_clock(std::string_view line) {
  Json record = Json::parse(line);
  for (std::string_view field : clock_fields) record.erase(std::string(field));
  return record.dump();
}

}  // namespace dlrun
