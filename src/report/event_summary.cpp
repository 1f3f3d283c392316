// Scalars, texts, pictures, histograms, values of recipes.

#include "report/event_summary.h"

#include <cmath>
#include <iterator>
#include <stdexcept>

namespace dlrun {
namespace {

constexpr int64_t histogram_buckets = 64;

// Fields of Summary.Value.
constexpr uint32_t field_tag = 1, field_scalar = 2, field_picture = 4, field_histogram = 5, field_tensor = 8,
                   field_metadata = 9;

// SummaryMetadata: which tab it is for, and what that tab wants to know.
WireWriter metadata_of(const std::string& plugin, std::string_view data) {
  WireWriter plugin_data, metadata;
  plugin_data.text(1, plugin);
  plugin_data.text(2, data);
  metadata.message(1, std::move(plugin_data));
  return metadata;
}

int64_t big_endian(std::string_view bytes) {
  int64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

// google.protobuf.Value
WireWriter value_message(const EventValue& value) {
  WireWriter message;
  if (const auto* number = std::get_if<double>(&value)) message.fixed64(2, *number);
  if (const auto* text = std::get_if<std::string>(&value)) message.bytes(3, *text);
  if (const auto* flag = std::get_if<bool>(&value)) message.varint(4, *flag);
  return message;
}

}  // namespace

void EventSummary::value(const std::string& tag, const std::string& plugin, std::string_view data, uint32_t field,
                         WireWriter&& content) {
  WireWriter value;
  value.text(field_tag, tag);
  if (content.size() > 0) value.message(field, std::move(content));
  if (!plugin.empty()) value.message(field_metadata, metadata_of(plugin, data));
  message_.message(1, std::move(value));
}

void EventSummary::scalar(const std::string& tag, double value) {
  WireWriter message;
  message.text(field_tag, tag);
  message.fixed32(field_scalar, static_cast<float>(value));
  message_.message(1, std::move(message));
}

// A tensor of one text.
void EventSummary::text(const std::string& tag, std::string_view markdown) {
  constexpr uint64_t type_text = 7;
  WireWriter size, shape, tensor;
  size.integer(1, 1);
  shape.message(2, std::move(size));
  tensor.varint(1, type_text);
  tensor.message(2, std::move(shape));
  tensor.bytes(8, markdown);
  value(tag + "/text_summary", "text", "", field_tensor, std::move(tensor));
}

void EventSummary::picture(const std::string& tag, std::string_view png) {
  constexpr size_t header_bytes = 26;  // signature, length and name of the first chunk, width, height, depth, colours
  if (png.size() < header_bytes || png.substr(1, 3) != "PNG") throw std::invalid_argument("no PNG file");
  const bool gray = png[25] == 0;
  WireWriter picture;
  picture.integer(1, big_endian(png.substr(20, 4)));
  picture.integer(2, big_endian(png.substr(16, 4)));
  picture.integer(3, gray ? 1 : 3);
  picture.bytes(4, png);
  value(tag, "", "", field_picture, std::move(picture));
}

void EventSummary::histogram(const std::string& tag, const at::Tensor& values) {
  const at::Tensor numbers = values.detach().reshape(-1).to(at::kCPU, at::kDouble);
  if (numbers.numel() == 0) return;
  const auto [least, greatest] = numbers.aminmax();
  const double low = least.item<double>(), high = greatest.item<double>();
  if (!std::isfinite(low) || !std::isfinite(high)) return;
  std::vector<double> limits, counts;
  if (low == high) {
    limits = {high};
    counts = {static_cast<double>(numbers.numel())};
  } else {
    const at::Tensor histogram = at::histc(numbers, histogram_buckets, low, high);
    const double* first = histogram.const_data_ptr<double>();
    counts.assign(first, first + histogram_buckets);
    for (int64_t i = 1; i < histogram_buckets; ++i)
      limits.push_back(low + (high - low) * static_cast<double>(i) / static_cast<double>(histogram_buckets));
    limits.push_back(high);
  }
  WireWriter message;
  const double numbers_of_all[] = {low, high, static_cast<double>(numbers.numel()), numbers.sum().item<double>(),
                                   numbers.square().sum().item<double>()};
  for (uint32_t field = 1; field <= std::size(numbers_of_all); ++field)  // a number that is 0 is not written
    if (numbers_of_all[field - 1] != 0) message.fixed64(field, numbers_of_all[field - 1]);
  message.packed(6, limits);
  message.packed(7, counts);
  value(tag, "", "", field_histogram, std::move(message));
}

void EventSummary::session_start(double wall_time, const EventValues& values) {
  WireWriter start, data;
  for (const auto& [key, each] : values) {
    WireWriter entry;
    entry.text(1, key);
    entry.message(2, value_message(each));
    start.message(1, std::move(entry));
  }
  start.fixed64(5, wall_time);
  data.message(3, std::move(start));
  value("_hparams_/session_start_info", "hparams", data.all(), field_tensor, {});
}

void EventSummary::session_end(double wall_time) {
  constexpr int64_t success = 1;
  WireWriter end, data;
  end.integer(1, success);
  end.fixed64(2, wall_time);
  data.message(4, std::move(end));
  value("_hparams_/session_end_info", "hparams", data.all(), field_tensor, {});
}

}  // namespace dlrun
