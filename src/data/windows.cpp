// Reader of a table with a row for each time step: windows of steps to read and of those that follow.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "data/csv_table.h"
#include "data/dates.h"
#include "data/input_file.h"
#include "data/numbers.h"
#include "data/window_split.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// The steps of a split that stands behind the training steps in time.
struct TimeSplit final : Params {
  std::optional<int64_t> rows;
  std::optional<double> split;

  std::vector<Field> fields() override {
    return {
        field("rows", rows, "So many rows.", at_least(1)),
        field("split", split, "This share of the rows.", both(more_than(0), less_than(1))),
    };
  }
  std::vector<Relation> relations() const override {
    return {{"", "count(rows, split) == 1", "give either rows or split"}};
  }
  int64_t of(int64_t all) const {
    return rows ? *rows : static_cast<int64_t>(std::llround(*split * static_cast<double>(all)));
  }
};

struct WindowsOfSeries final : Dataset {
  std::string path;
  std::string separator = "auto";
  std::string time = "date";
  std::vector<std::string> channels, targets;
  int64_t input_length = 96, horizon = 24, stride = 1;
  std::optional<int64_t> rows;
  std::string layout = "channels_first";
  std::string scaling = "standard";
  std::string missing = "error";
  bool history = true;
  Optional<TimeSplit> val, test;

  std::vector<Field> fields() override {
    return {
        field("path", path, "The table, plain or .gz, its first row the names of the columns.", required(), not_empty(),
              is_path()),
        field("separator", separator, "What stands between cells.",
              one_of("auto", "comma", "tab", "semicolon", "pipe")),
        field("time", time,
              "Column of dates or numbers that must go up from row to row; it is no channel. \"\": there is none."),
        field("channels", channels, "Columns of numbers to read; all but the time where left open."),
        field("targets", targets, "Channels to predict; all where left open."),
        field("input_length", input_length, "Steps to read.", at_least(1)),
        field("horizon", horizon, "Steps to predict.", at_least(1)),
        field("stride", stride, "Steps from the start of one window to that of the next, in every split.", at_least(1)),
        field("rows", rows, "Rows that are used, from the first; all where left open.", at_least(1)),
        field("layout", layout,
              "A sample of several channels: [channels, steps], as convolutions and dlinear take it, or [steps, "
              "channels] (channels_last), as recurrent networks and transformers do. One channel is [steps].",
              one_of("channels_first", "channels_last")),
        field("scaling", scaling, "Each channel with mean 0 and deviation 1 over the training rows, or as it is.",
              one_of("standard", "none")),
        field("missing", missing, "What stands for a cell without a number: an error, or the number before it.",
              one_of("error", "previous")),
        field(
            "history", history,
            "Windows of the later splits may read steps of the split before, so that the first step of a split is "
            "predicted too, as the LTSF benchmarks do; no step is predicted in two splits. false: they begin within."),
        field("val", val, "The validation split: rows behind those of training."),
        field("test", test, "The test split: the last rows."),
    };
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;
};

// Throws unless the times go up; tells where their distances differ.
void check_times(const CsvTable& table, int64_t column) {
  std::vector<std::string_view> cells;
  for (int64_t row = 0; row < table.rows(); ++row) cells.push_back(table.cell(row, column));
  const std::optional<DateLook> look = look_at_dates(cells);
  std::vector<double> times;
  for (int64_t row = 0; row < table.rows(); ++row) {
    const std::string_view cell = cells[static_cast<size_t>(row)];
    std::optional<double> time = parse_cell(cell);
    if (!time && look)
      if (const auto moment = parse_date(cell, look->order))
        time = static_cast<double>(moment->seconds) + moment->fraction;
    if (!time)
      bad_data(table.full_place(row),
               fmt::format("its time '{}' is neither a number nor a date like those of the other "
                           "rows; data.time names another column, or \"\" for none",
                           cell.substr(0, 40)));
    if (!times.empty() && *time <= times.back())
      bad_data(
          table.full_place(row),
          fmt::format("its time '{}' is not later than that of the row before; sort the rows", cell.substr(0, 40)));
    times.push_back(*time);
  }
  int64_t other = 0;
  for (size_t i = 2; i < times.size(); ++i) {
    const double first = times[1] - times[0];
    other += std::abs(times[i] - times[i - 1] - first) > 1e-6 * std::abs(first);
  }
  if (other > 0)
    log_warning(fmt::format("{}: {} of {} steps in time are not as long as the first; windows count rows, not time",
                            table.path(), other, times.size() - 1));
}

// The columns of these names; all but the time where there are none.
std::vector<int64_t> columns_of(const CsvTable& table, const std::vector<std::string>& names, int64_t time) {
  std::vector<int64_t> columns;
  for (const std::string& name : names) {
    columns.push_back(table.find(name));
    if (columns.back() < 0)
      bad_data(table.path(), fmt::format("has no column '{}'; its columns: {}", name, fmt::join(table.names(), ", ")));
  }
  for (int64_t c = 0; names.empty() && c < table.columns(); ++c)
    if (c != time) columns.push_back(c);
  if (columns.empty()) bad_data(table.path(), "has no column of numbers beside the time");
  return columns;
}

// [channels, rows] float64.
at::Tensor read_channels(const CsvTable& table, const std::vector<int64_t>& columns, int64_t rows, bool previous) {
  const int64_t channels = static_cast<int64_t>(columns.size());
  require_memory(table.path(), 12.0 * static_cast<double>(channels * rows), "its channels");
  at::Tensor values = at::empty({channels, rows}, at::kDouble);
  double* to = values.data_ptr<double>();
  int64_t missing = 0;
  for (int64_t c = 0; c < channels; ++c) {
    const int64_t column = columns[static_cast<size_t>(c)];
    for (int64_t row = 0; row < rows; ++row, ++to) {
      const std::string_view cell = table.cell(row, column);
      const std::optional<double> number = parse_cell(cell);
      if (number) {
        *to = *number;
        continue;
      }
      const bool none = cell.empty() || cell == "?" || stands_for_no_number(cell);
      const std::string where = table.full_place(row) + ", column '" + table.names()[static_cast<size_t>(column)] + "'";
      if (!none) bad_data(where, fmt::format("'{}' is no number; data.channels names the columns to read", cell));
      if (!previous) bad_data(where, "holds no number; say data.missing: previous");
      if (row == 0) bad_data(where, "holds no number, and there is none before it");
      *to = *(to - 1);
      ++missing;
    }
  }
  if (missing > 0) log_warning(fmt::format("{}: {} cells without a number have the one before", table.path(), missing));
  return values;
}

struct ChannelScaling {
  std::vector<double> offset, scale;  // of each channel
};

ChannelScaling fit(const at::Tensor& values, int64_t rows, bool standard) {
  ChannelScaling scaling;
  for (int64_t c = 0; c < values.size(0); ++c) {
    const at::Tensor known = values[c].narrow(0, 0, rows);
    const double deviation = known.std(/*unbiased=*/false).item<double>();
    scaling.offset.push_back(standard ? known.mean().item<double>() : 0.0);
    scaling.scale.push_back(standard && deviation > 0 ? deviation : 1.0);
  }
  return scaling;
}

at::Tensor scaled(const at::Tensor& values, const ChannelScaling& scaling) {
  const at::Tensor offset = at::tensor(scaling.offset, at::kDouble).unsqueeze(1);
  const at::Tensor scale = at::tensor(scaling.scale, at::kDouble).unsqueeze(1);
  return ((values - offset) / scale).to(at::kFloat).contiguous();
}

std::function<std::string(int64_t)> namer(const CsvTable& table) {
  std::vector<int64_t> lines;
  for (int64_t row = 0; row < table.rows(); ++row) lines.push_back(table.line(row));
  return [from = table.path() + " window from " + table.counted() + " ", lines = std::move(lines)](int64_t row) {
    return from + std::to_string(lines.at(static_cast<size_t>(row)));
  };
}

int64_t time_column(const CsvTable& table, const std::string& name) {
  if (name.empty()) return -1;
  const int64_t column = table.find(name);
  if (column < 0)
    bad_data(table.path(),
             fmt::format("has no column '{}' of times; data.time names another one, or \"\" for none. Its "
                         "columns: {}",
                         name, fmt::join(table.names(), ", ")));
  check_times(table, column);
  return column;
}

Splits WindowsOfSeries::open(const OpenOptions& options) const {
  if (options.classification)
    throw UserError(ExitCode::bad_recipe, "data.type: windows gives numbers to predict, and the task predicts a class");
  const CsvTable table(path, {.separator = separator_of(separator)});
  const std::vector<int64_t> columns = columns_of(table, channels, time_column(table, time));
  const int64_t used = rows.value_or(table.rows());
  if (used > table.rows())
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("data.rows: {}, and {} has {} rows", used, table.path(), table.rows()));
  if (used < table.rows())
    log_warning(
        fmt::format("{}: the last {} of {} rows are not used (data.rows)", path, table.rows() - used, table.rows()));
  const int64_t val_rows = val ? val->of(used) : 0, test_rows = test ? test->of(used) : 0;
  const int64_t train_rows = used - val_rows - test_rows, window = input_length + horizon;
  std::vector<std::string> names;
  for (const int64_t column : columns) names.push_back(table.names()[static_cast<size_t>(column)]);
  WindowShape shape{input_length, horizon, {}, layout == "channels_first"};
  for (const std::string& name : targets.empty() ? names : targets) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("data.targets: '{}' is none of the channels {}", name, fmt::join(names, ", ")));
    shape.targets.push_back(found - names.begin());
  }

  const at::Tensor values = read_channels(table, columns, used, missing == "previous");
  Splits splits;
  splits.info.fitted = options.fitted;
  if (options.fitted.is_null()) {
    const ChannelScaling made = fit(values, std::max<int64_t>(train_rows, 1), scaling == "standard");
    splits.info.fitted = {{"channels", names}, {"offset", made.offset}, {"scale", made.scale}};
  }
  const ChannelScaling fitted{splits.info.fitted.at("offset"), splits.info.fitted.at("scale")};
  const at::Tensor series = scaled(values, fitted);
  // Windows that predict steps first to end - 1 alone, and read none before `earliest`.
  const auto split = [&](const char* name, int64_t first, int64_t end, int64_t earliest) {
    std::vector<int64_t> starts;
    for (int64_t start = std::max(earliest, first - input_length); start + window <= end; start += stride)
      starts.push_back(start);
    if (starts.empty())
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("data.{}: its {} rows hold no window of {} steps to read and {} to predict", name,
                                  end - first, input_length, horizon));
    return std::make_shared<WindowSplit>(series, std::move(starts), shape, namer(table));
  };
  splits.train = split("path", 0, train_rows, 0);
  if (val) splits.val = split("val", train_rows, train_rows + val_rows, history ? 0 : train_rows);
  const int64_t tested = train_rows + val_rows;
  if (test) splits.test = split("test", tested, used, history ? 0 : tested);

  std::vector<int64_t> sizes = {input_length};
  if (names.size() > 1) sizes.insert(shape.channels_first ? sizes.begin() : sizes.end(), std::ssize(names));
  splits.info.fields = {{"input", FieldInfo::Means::numbers, sizes},
                        {"target", FieldInfo::Means::numbers, {std::ssize(shape.targets), horizon}}};
  for (const int64_t channel : shape.targets) {
    splits.info.targets.push_back(names[static_cast<size_t>(channel)]);
    const size_t from = static_cast<size_t>(channel), count = static_cast<size_t>(horizon);
    splits.info.target_offset.insert(splits.info.target_offset.end(), count, fitted.offset[from]);
    splits.info.target_scale.insert(splits.info.target_scale.end(), count, fitted.scale[from]);
  }
  return splits;
}

// Of each file the last steps: what follows them is asked.
std::shared_ptr<Split> WindowsOfSeries::open_inputs(const std::vector<std::string>& paths,
                                                    const OpenOptions& options) const {
  if (paths.size() != 1) throw UserError(ExitCode::usage, "new steps are one table; put several into one");
  const CsvTable table(paths[0], {.separator = separator_of(separator)});
  const auto names = options.fitted.at("channels").get<std::vector<std::string>>();
  const std::vector<int64_t> columns = columns_of(table, names, time_column(table, time));
  if (table.rows() < input_length)
    bad_data(paths[0], fmt::format("has {} rows, and the network reads {} steps", table.rows(), input_length));
  const at::Tensor values = read_channels(table, columns, table.rows(), missing == "previous");
  const at::Tensor series = scaled(values, {options.fitted.at("offset"), options.fitted.at("scale")});
  return std::make_shared<WindowSplit>(series, std::vector<int64_t>{table.rows() - input_length},
                                       WindowShape{input_length, 0, {}, layout == "channels_first"}, namer(table));
}

const Registered<Dataset, WindowsOfSeries> windows_entry{
    "windows", "Windows of a table with a row for each time step: what to read, and what follows."};

}  // namespace
}  // namespace dlrun
