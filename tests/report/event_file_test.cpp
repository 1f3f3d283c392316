// TensorBoard's event files, byte for byte as the tensorboard package's own messages make them.

#include "report/event_file.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>

#include "report/event_summary.h"

#include "golden.h"
#include "support.h"

namespace dlrun::event_file_test {
namespace {

constexpr double wall_time = 1764387600.25;

std::string hex_of(std::string_view bytes) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) text += {digits[static_cast<uint8_t>(byte) >> 4], digits[byte & 15]};
  return text;
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

TEST_CASE("masked_crc32c is that of TFRecord") {
  for (const nlohmann::json& each : read_golden("event_file").at("masked_crc32c"))
    CHECK(masked_crc32c(bytes_of(each[0].get<std::string>())) == each[1].get<uint32_t>());
}

TEST_CASE("an event file equals what the tensorboard package writes") {
  const nlohmann::json golden = read_golden("event_file");
  const test::TempDir folder;
  {
    EventFile file(folder / "events", wall_time);
    file.goes_on(wall_time, 41);
    file.goes_on(wall_time, 0);
    const auto add = [&](int64_t step, const std::function<void(EventSummary&)>& fill) {
      EventSummary summary;
      CHECK(summary.empty());
      fill(summary);
      file.summary(wall_time, step, summary.take());
    };
    add(40, [](EventSummary& summary) {
      summary.scalar("train/loss", 0.1);
      summary.scalar("val/loss", std::nan(""));
    });
    add(0, [](EventSummary& summary) {
      summary.text("recipe", "    version: 1\n    name: gr\u00fcn\n");
      summary.session_start(wall_time, {{"nothing", std::string()},
                                        {"off", false},
                                        {"optimizer.lr", 0.001},
                                        {"task.type", std::string("regression")},
                                        {"trainer.drop_last", true},
                                        {"zero", 0.0}});
    });
    add(50, [](EventSummary& summary) { summary.session_end(wall_time); });
    add(7, [&](EventSummary& summary) { summary.picture("samples", bytes_of(golden.at("png").get<std::string>())); });
    add(8, [](EventSummary& summary) {
      summary.histogram("parameters/a", at::arange(-16, 17).to(at::kFloat).reshape({3, 11}) / 16.0);
      summary.histogram("parameters/b", at::full({2}, 0.5));
    });
  }
  CHECK(hex_of(read_text(folder / "events")) == golden.at("file").get<std::string>());
}

TEST_CASE("what no reader could show is left out of a summary") {
  EventSummary summary;
  summary.histogram("empty", at::empty({0}));
  summary.histogram("infinite", at::full({3}, HUGE_VAL));
  summary.histogram("nan", at::full({3}, std::nan("")));
  CHECK(summary.empty());
  CHECK_THROWS_AS(summary.picture("a", "GIF89a and what follows it"), std::invalid_argument);
  CHECK_THROWS_AS(summary.picture("a", ""), std::invalid_argument);
}

}  // namespace
}  // namespace dlrun::event_file_test
