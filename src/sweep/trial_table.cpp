// Trials as a table: for programs, and for a person.

#include <fmt/format.h>

#include "base/terminal.h"
#include "base/text.h"
#include "base/units.h"
#include "sweep/trial.h"

namespace dlrun {
namespace {

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char letter : text) cell += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return cell + "\"";
}

}  // namespace

std::string record_csv(const SweepRecord& record, const Space& space) {
  std::vector<std::string> cells = {
      "trial",       "state",   csv_cell(record.monitor.empty() ? "value" : record.monitor),
      "validations", "seconds", "exit_code"};
  for (const SweptKey& key : space) cells.push_back(csv_cell(key.key));
  std::string text = join(cells, ",") + "\n";
  for (size_t i = 0; i < record.trials.size(); ++i) {
    const Trial& trial = record.trials[i];
    cells = {std::to_string(trial.trial),
             trial.state,
             trial.value ? number_text(*trial.value) : "",
             std::to_string(trial.validations),
             fmt::format("{:.1f}", trial.seconds),
             std::to_string(trial.exit_code)};
    for (const std::string& value : trial.values) cells.push_back(csv_cell(value));
    text += join(cells, ",") + "\n";
  }
  return text;
}

std::string record_table(const SweepRecord& record, const Space& space, size_t most, int width) {
  const auto right = Table::Align::right;
  std::vector<Table::Column> columns = {{"trial", right}, {record.monitor, right}, {"state"}, {"time", right}};
  for (const SweptKey& key : space) columns.push_back({key.key, key.is_interval() ? right : Table::Align::left});
  Table table(std::move(columns));
  std::vector<const Trial*> order = record.best_first();
  const size_t left_out = order.size() > most ? order.size() - most : 0;
  order.resize(order.size() - left_out);
  for (const Trial* trial : order) {
    std::vector<std::string> row = {
        std::to_string(trial->trial), trial->value ? fmt::format("{:.5g}", *trial->value) : "-",
        trial->state == "failed" ? fmt::format("failed ({})", trial->exit_code) : trial->state,
        duration_text(trial->seconds)};
    row.insert(row.end(), trial->values.begin(), trial->values.end());
    table.row(std::move(row));
  }
  return table.text(width) + (left_out > 0 ? fmt::format("{} more in sweep.csv\n", left_out) : "");
}

}  // namespace dlrun
