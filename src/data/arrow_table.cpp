// Parquet, Arrow and Feather files as tables: https://parquet.apache.org, https://arrow.apache.org

#include "data/arrow_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <span>

#include "base/error.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/memory.h"
#include "base/terminal.h"
#include "base/text.h"
#include "base/units.h"
#include "data/csv_table.h"
#include "data/input_file.h"
#include "data/plugins/arrow_abi.h"
#include "tensor/plugin.h"

namespace dlrun {
namespace {

const dlrun_arrow_functions& arrow_plugin(const std::string& path) {
  static const Plugin plugin = load_plugin("libdlrun_arrow.so", "dlrun_arrow_plugin");
  if (!plugin.problem.empty())
    no_input(path, "Parquet, Arrow and Feather need libdlrun_arrow.so, which cannot be loaded (" + plugin.problem +
                       "): pip install 'pyarrow==25.0.*' beside dlrun's wheel, or scripts/setup.sh parquet and build "
                       "again, or convert "
                       "it to CSV");
  const auto functions = reinterpret_cast<const dlrun_arrow_functions* (*)()>(plugin.entry);
  if (!functions || functions()->version != dlrun_arrow_version)
    no_input(plugin.path, "is of another build of dlrun; build again");
  return *functions();
}

// A file that is open in the plugin.
class ArrowFile {
 public:
  explicit ArrowFile(const std::string& path)
      : path_(path),
        arrow_(arrow_plugin(path)),
        reader_(arrow_.open(path.c_str(), machine_memory() / 2), arrow_.close) {
    check();
  }

  std::span<const dlrun_arrow_column> columns() const {
    size_t count = 0;
    const dlrun_arrow_column* first = arrow_.columns(reader_.get(), &count);
    return {first, count};
  }
  int64_t rows() const { return arrow_.rows(reader_.get()); }
  bool next(dlrun_arrow_cells& cells) {
    const bool more = arrow_.next(reader_.get(), &cells);
    check();
    return more;
  }

 private:
  void check() const {
    if (const char* problem = arrow_.problem(reader_.get())) bad_data(path_, visible(problem, /*lines=*/false));
  }

  const std::string& path_;
  const dlrun_arrow_functions& arrow_;
  std::unique_ptr<dlrun_arrow_reader, void (*)(dlrun_arrow_reader*)> reader_;
};

// What a file holds beside the columns of a table.
void tell_left_out(const std::string& path, std::span<const dlrun_arrow_column> columns) {
  std::vector<std::string> nested;
  for (const dlrun_arrow_column& column : columns) {
    if (column.index)
      log_info(fmt::format("{}: '{}' is an index of pandas; it is left out", path, visible(column.name, false)));
    else if (!column.read)
      nested.push_back("'" + visible(column.name, false) + "' (" + visible(column.type, false) + ")");
  }
  if (nested.empty()) return;
  const size_t count = nested.size();
  if (count > 5) nested.resize(5);
  log_warning(fmt::format("{}: {} of {} columns are left out, which hold no numbers, texts or dates: {}{}", path, count,
                          columns.size(), join(nested, ", "), count > 5 ? ", ..." : ""));
}

void tell_large(const std::string& path, std::span<const dlrun_arrow_column> columns) {
  for (const dlrun_arrow_column& column : columns)
    if (column.large > 0)
      log_info(
          fmt::format("{}: '{}' holds {} whole numbers beyond 2^53: as a number each is the nearest that a double "
                      "has; as a category or in data.id it keeps all its digits",
                      path, visible(column.name, false), count_text(column.large)));
}

std::string_view without_blanks(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

void take_bytes(void* to, const void* bytes, size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
}

dlrun_arrow_kind kind_by_ending(const std::string& path) {
  const std::string name = lower(path);
  return name.ends_with(".parquet") ? dlrun_parquet : name.ends_with(".feather") ? dlrun_feather : dlrun_arrow;
}

}  // namespace

bool is_arrow_table(const std::string& path) {
  const std::string name = lower(path);
  return name.ends_with(".parquet") || name.ends_with(".arrow") || name.ends_with(".feather");
}

void require_arrow_plugin(const std::string& path) { arrow_plugin(path); }

void CsvTable::read_arrow(const CsvOptions& options) {
  const InputFile exists(path_);  // for its messages
  ArrowFile file(path_);
  std::vector<std::string_view> names;
  for (const dlrun_arrow_column& column : file.columns())
    if (column.read) names.emplace_back(column.name);
  for (const std::string_view name : names)
    if (invalid_utf8(name) != std::string_view::npos)
      bad_data(path_, "the name of a column, " + visible(name, false) + ", is not valid UTF-8");
  tell_left_out(path_, file.columns());
  if (names.empty()) bad_data(path_, "has no column of numbers, texts or dates");
  read_header(names, options);
  if (names_.empty()) name_by_place(names.size());

  const auto width = static_cast<double>(names.size());
  const auto check_memory = [&](int64_t rows, size_t text) {
    require_memory(path_,
                   static_cast<double>(rows) * (width * sizeof(std::string_view) + 8) + static_cast<double>(text),
                   "its table of " + count_text(rows) + " rows");
  };
  check_memory(file.rows(), 0);
  LongWork reading("reading " + path_, exists.size(), Counted::bytes);
  dlrun_arrow_cells cells{};
  size_t held = 0;
  for (int64_t told = 0; file.next(cells); told = std::max(told, cells.bytes_done)) {
    const auto rows = static_cast<size_t>(cells.rows);
    const size_t first = lines_.size(), count = names.size();
    const std::string& text = unquoted_.emplace_back(cells.text, cells.ends[rows * count - 1]);
    held += text.size();
    check_memory(static_cast<int64_t>(first + rows), held);
    const bool zeros = text.find('\0') != std::string::npos;
    cells_.resize((first + rows) * count);
    for (size_t column = 0, begin = 0; column < count; ++column)
      for (size_t row = 0; row < rows; ++row) {
        const size_t end = cells.ends[column * rows + row];
        const std::string_view cell = std::string_view(text).substr(begin, end - begin);
        begin = end;
        if (zeros && cell.find('\0') != std::string_view::npos)
          bad_data(path_, fmt::format("row {}: column '{}' holds a zero byte; this is no text", first + row + 1,
                                      names_[column]));
        cells_[(first + row) * count + column] = options.strip ? without_blanks(cell) : cell;
      }
    for (size_t row = 0; row < rows; ++row) lines_.push_back(static_cast<int64_t>(first + row) + 1);
    reading.done(std::max<int64_t>(0, cells.bytes_done - told));
  }
  if (lines_.empty()) bad_data(path_, "has no rows");
  tell_large(path_, file.columns());
}

std::string arrow_file(const std::string& path, const std::vector<WrittenColumn>& columns) {
  const dlrun_arrow_functions& arrow = arrow_plugin(path);
  std::vector<dlrun_arrow_values> given;
  std::deque<std::string> texts;
  std::deque<std::vector<uint64_t>> ends;
  for (const WrittenColumn& column : columns) {
    dlrun_arrow_values& values = given.emplace_back();
    values.name = column.name.c_str();
    values.known = column.known.data();
    if (const auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
      values.numbers = numbers->data();
    } else if (const auto* whole = std::get_if<std::vector<int64_t>>(&column.values)) {
      values.whole = whole->data();
    } else if (const auto* truths = std::get_if<std::vector<uint8_t>>(&column.values)) {
      values.truths = truths->data();
    } else {
      std::string& text = texts.emplace_back();
      std::vector<uint64_t>& places = ends.emplace_back();
      for (const std::string& one : std::get<std::vector<std::string>>(column.values)) {
        text += invalid_utf8(one) == std::string::npos ? one : visible(one);
        places.push_back(text.size());
      }
      values.text = text.data();
      values.ends = places.data();
    }
  }
  const auto rows = static_cast<int64_t>(columns.empty() ? 0 : columns[0].known.size());
  std::string bytes;
  if (const char* problem = arrow.write(kind_by_ending(path), given.data(), given.size(), rows, take_bytes, &bytes))
    throw UserError(ExitCode::cannot_write, path + ": cannot be written: " + visible(problem, false));
  return bytes;
}

}  // namespace dlrun
