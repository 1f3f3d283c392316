// JSON Lines as a table: https://jsonlines.org

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/long_work.h"
#include "base/text.h"
#include "base/units.h"
#include "data/csv_table.h"
#include "data/input_file.h"

namespace dlrun {
namespace {

using JsonCells = std::vector<std::pair<std::string, std::string>>;

// One flat object as cells, numbers with the digits they were written with.
class FlatObject final : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonCells cells;
  std::string problem;

  bool null() override { return cell(""); }
  bool boolean(bool value) override { return cell(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return cell(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return cell(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& written) override { return cell(written); }
  bool string(string_t& value) override { return cell(std::move(value)); }
  bool binary(binary_t&) override { return fail("binary data"); }
  bool start_object(size_t) override {
    if (std::exchange(inside_, true)) return fail("an object");
    return true;
  }
  bool key(string_t& name) override {
    key_ = std::move(name);
    return true;
  }
  bool end_object() override { return true; }
  bool start_array(size_t) override { return fail("a list"); }
  bool end_array() override { return true; }
  bool parse_error(size_t at, const std::string&, const nlohmann::json::exception&) override {
    problem = fmt::format("is no JSON object (at character {})", at);
    return false;
  }

 private:
  bool cell(std::string text) {
    if (!inside_) return fail("a value alone");
    for (const auto& [name, value] : cells)
      if (name == key_) {
        problem = "has the key '" + key_ + "' twice";
        return false;
      }
    cells.emplace_back(key_, std::move(text));
    return true;
  }
  bool fail(const std::string& what) {
    problem = inside_ ? "holds " + what + " in '" + key_ + "'; a table has numbers, texts, true, false and null"
                      : "holds " + what + "; expected an object with a key for each column";
    return false;
  }

  bool inside_ = false;
  std::string key_;
};

}  // namespace

bool is_json_lines(const std::string& path) {
  std::string_view name = path;
  if (name.ends_with(".gz")) name.remove_suffix(3);
  return name.ends_with(".jsonl") || name.ends_with(".ndjson");
}

void CsvTable::read_json_lines(std::string_view text) {
  std::vector<JsonCells> rows;
  std::vector<std::string> names;
  std::vector<int64_t> lacking;
  int64_t line = 0;
  LongWork reading("reading " + path_, static_cast<int64_t>(text.size()), Counted::bytes);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view one = text.substr(at, end - at);
    at = end + 1;
    ++line;
    reading.done(static_cast<int64_t>(one.size()) + 1);
    if (one.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    FlatObject object;
    if (!nlohmann::json::sax_parse(one, &object)) bad_data(path_, fmt::format("line {}: {}", line, object.problem));
    if (object.cells.empty()) bad_data(path_, fmt::format("line {}: is an object without a key", line));
    for (const auto& [name, value] : object.cells) {
      if (places_.contains(name)) continue;
      places_.emplace(name, static_cast<int64_t>(names.size()));
      names.push_back(name);
    }
    rows.push_back(std::move(object.cells));
    lines_.push_back(line);
  }
  if (rows.empty()) bad_data(path_, "is empty, expected an object a line");
  rename(std::move(names));
  cells_.resize(rows.size() * names_.size());
  std::vector<int64_t> written(names_.size());
  for (size_t row = 0; row < rows.size(); ++row)
    for (auto& [name, value] : rows[row]) {
      const auto place = static_cast<size_t>(places_.find(name)->second);
      ++written[place];
      cells_[row * names_.size() + place] = unquoted_.emplace_back(std::move(value));
    }
  for (size_t place = 0; place < names_.size(); ++place)
    if (const int64_t count = static_cast<int64_t>(rows.size()) - written[place]; count > 0)
      log_info(fmt::format("{}: '{}' is not in {} of {} lines: cells without a value", path_, names_[place],
                           count_text(count), count_text(static_cast<int64_t>(rows.size()))));
}

}  // namespace dlrun
