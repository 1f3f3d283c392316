// Frames and events.

#include "report/event_file.h"

#include <array>
#include <utility>

namespace dlrun {
namespace {

// Fields of Event and SessionLog, and SessionLog.START.
constexpr uint32_t field_wall_time = 1, field_step = 2, field_version = 3, field_summary = 5, field_session_log = 7;
constexpr uint32_t field_status = 1;
constexpr int64_t session_start = 1;

constexpr std::array<uint32_t, 256> make_table() {
  constexpr uint32_t polynomial = 0x82f63b78;  // 0x1edc6f41, its bits the other way round
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ (rest & 1 ? polynomial : 0);
    table[byte] = rest;
  }
  return table;
}

std::string little_endian(uint64_t value, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i & 0xff);
  return bytes;
}

}  // namespace

uint32_t masked_crc32c(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> table = make_table();
  uint32_t sum = 0xffffffff;
  for (const char byte : bytes) sum = sum >> 8 ^ table[(sum ^ static_cast<uint8_t>(byte)) & 0xff];
  sum = ~sum;
  return (sum >> 15 | sum << 17) + 0xa282ead8;
}

EventFile::EventFile(const std::string& path, double wall_time)
    : file_(FileSystem::instance().open_for_writing(path, WriteMode::truncate)) {
  WireWriter event;
  event.fixed64(field_wall_time, wall_time);
  event.text(field_version, "brain.Event:2");
  frame(event.all());
}

void EventFile::summary(double wall_time, int64_t step, WireWriter&& summary) {
  event(wall_time, step, field_summary, std::move(summary));
}

void EventFile::goes_on(double wall_time, int64_t step) {
  WireWriter session;
  session.integer(field_status, session_start);
  event(wall_time, step, field_session_log, std::move(session));
}

void EventFile::event(double wall_time, int64_t step, uint32_t field, WireWriter&& content) {
  WireWriter event;
  event.fixed64(field_wall_time, wall_time);
  if (step != 0) event.integer(field_step, step);  // a number that is 0 is not written
  event.message(field, std::move(content));
  frame(event.all());
}

// Length, its sum, the bytes, their sum.
void EventFile::frame(const std::string& bytes) {
  const std::string length = little_endian(bytes.size(), 8);
  file_->write(length + little_endian(masked_crc32c(length), 4) + bytes + little_endian(masked_crc32c(bytes), 4));
}

}  // namespace dlrun
