// A file of one JSON object a line.

#include "base/json_lines.h"

#include "base/files.h"

namespace dlrun {

void JsonLines::read(const std::function<void(const nlohmann::json&)>& take, const std::function<void()>& began_anew) {
  FileSystem& files = FileSystem::instance();
  if (files.kind(path_) != FileKind::file) return;
  const FileBytes bytes = files.map(path_);
  if (bytes.bytes.size() < position_) {
    position_ = 0;
    began_anew();
  }
  const std::string_view text = bytes.text();
  for (size_t end; (end = text.find('\n', position_)) != std::string_view::npos; position_ = end + 1) {
    const nlohmann::json record =
        nlohmann::json::parse(text.substr(position_, end - position_), nullptr, /*allow_exceptions=*/false);
    if (record.is_object()) take(record);
  }
}

}  // namespace dlrun
