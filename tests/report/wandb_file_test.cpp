// Files for Weights & Biases, byte for byte as the wandb package's own log and messages make them.

#include "report/wandb_file.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <span>
#include <utility>

#include "base/sha256.h"

#include "golden.h"
#include "support.h"

namespace dlrun::wandb_file_test {
namespace {

WireWriter item(const std::string& key, const std::string& value) {
  WireWriter item;
  item.text(2, key);
  item.text(16, value);
  return item;
}

void add_history(WandbFile& file) {
  WireWriter history, step;
  history.message(1, item("loss", "0.5"));
  step.integer(1, 7);
  history.message(2, std::move(step));
  file.record(2, std::move(history));
}

void add_summary(WandbFile& file, size_t length) {
  WireWriter summary;
  summary.message(1, item("a", std::string(length, '1')));
  file.record(3, std::move(summary));
}

TEST_CASE("a file of few records equals what the wandb package writes") {
  const test::TempDir folder;
  {
    WandbFile file(folder / "run.wandb");
    add_history(file);
  }
  std::string hex;
  for (const char byte : read_text(folder / "run.wandb")) hex += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  CHECK(hex == read_golden("wandb_file").at("short").get<std::string>());
}

TEST_CASE("records over several blocks, and at their ends, are cut as the wandb package cuts them") {
  const nlohmann::json golden = read_golden("wandb_file");
  const test::TempDir folder;
  {
    WandbFile file(folder / "run.wandb");
    add_history(file);
    for (const size_t length : golden.at("lengths").get<std::vector<size_t>>()) add_summary(file, length);
  }
  const std::string bytes = read_text(folder / "run.wandb");
  CHECK(bytes.size() == golden.at("bytes").get<size_t>());
  Sha256 sum;
  sum.update(std::as_bytes(std::span(bytes)));
  CHECK(sum.hex() == golden.at("sha256").get<std::string>());
}

}  // namespace
}  // namespace dlrun::wandb_file_test
