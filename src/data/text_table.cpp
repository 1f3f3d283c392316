// A table with a column of text and a column of classes: sentences, reviews, messages.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "data/csv_table.h"
#include "data/fingerprint.h"
#include "data/input_file.h"
#include "data/splits.h"
#include "data/tensor_split.h"
#include "data/token_split.h"
#include "data/tokenizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct TextTable final : Dataset {
  std::string path;
  std::string separator = "auto";
  bool header = true;
  std::string text = "text";
  std::string target = "label";
  std::vector<std::string> classes;
  Choice<Tokenizer> tokenizer;
  std::optional<int64_t> max_length;
  Optional<FileSplitRule> val, test;

  std::vector<Field> fields() override {
    return {
        field("path", path, "The table, plain or .gz.", required(), not_empty(), is_path()),
        field("separator", separator, "What stands between cells.",
              one_of("auto", "comma", "tab", "semicolon", "pipe")),
        field("header", header, "The first row holds the names of the columns."),
        field("text", text, "Column of the text: its name, or its number from 0 as text (\"-1\" is the last).",
              not_empty()),
        field("target", target, "Column of the class, likewise.", not_empty()),
        field("classes", classes, "Class names in order; those of the training rows, sorted, where left open."),
        field("tokenizer", tokenizer,
              "How text becomes tokens; default: words. Its vocabulary is that of the training "
              "texts."),
        field("max_length", max_length, "Tokens of a text that are used; what follows is left out, and told.",
              at_least(1)),
        field("val", val, "What becomes the validation split."),
        field("test", test, "What becomes the test split; taken before the validation split."),
    };
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;
};

int64_t place_of(const CsvTable& table, const std::string& column, const char* key) {
  const int64_t place = table.find(column);
  if (place >= 0) return place;
  std::string known;
  for (const std::string& name : table.names()) known += (known.empty() ? "" : ", ") + name;
  throw UserError(ExitCode::bad_recipe, std::string("data.") + key + ": " + table.path() + " has no column '" + column +
                                            "'; it has " + known);
}

std::vector<std::string> classes_of(const CsvTable& table, int64_t target, const std::vector<int64_t>& rows) {
  std::set<std::string> names;
  for (const int64_t row : rows) names.emplace(table.cell(row, target));
  return {names.begin(), names.end()};
}

using SharedTable = std::shared_ptr<const CsvTable>;

// The texts of rows as they were written: two are the same only where they are so word for word, whatever words the
// vocabulary lacks.
SourceRows rows_written(const SharedTable& table, int64_t text, int64_t target, std::vector<int64_t> rows) {
  SourceRows written;
  written.table = table;
  written.rows = std::move(rows);
  written.inputs.push_back({text, false, true});
  if (target >= 0) written.targets.push_back(target);
  return written;
}

std::vector<int64_t> same_texts(const SharedTable& table, int64_t text) {
  const SourceRows rows = rows_written(table, text, -1, {});
  std::vector<Hash128> hashes;
  for (int64_t row = 0; row < table->rows(); ++row) hashes.push_back(hash_of_row(rows, row));
  return number_same(hashes);
}

// One split of a table.
class SplitMaker {
 public:
  // `keep_rows`: splits also keep their rows as they were written.
  SplitMaker(const TextTable& data, std::shared_ptr<const TextEncoder> encoder, std::vector<std::string> classes,
             bool keep_rows)
      : data_(data), encoder_(std::move(encoder)), classes_(std::move(classes)), keep_rows_(keep_rows) {}

  // `target` -1: new samples.
  std::shared_ptr<Split> make(const SharedTable& shared, int64_t text, int64_t target,
                              const std::vector<int64_t>& rows) {
    const CsvTable& table = *shared;
    std::vector<TokenSplit::Sample> samples;
    std::vector<int64_t> lines;
    int64_t shortened = 0;
    for (const int64_t row : rows) {
      TokenSplit::Sample sample{encoder_->encode(table.cell(row, text)), {}};
      if (data_.max_length && static_cast<int64_t>(sample.tokens.size()) > *data_.max_length) {
        sample.tokens.resize(static_cast<size_t>(*data_.max_length));
        ++shortened;
      }
      if (target >= 0) sample.targets.push_back(class_of(table, row, target));
      samples.push_back(std::move(sample));
      lines.push_back(table.line(row));
    }
    if (shortened > 0)
      log_warning(
          fmt::format("data.max_length: {} of {} texts of {} are longer than {} tokens; the rest of each is not used",
                      shortened, rows.size(), table.path(), *data_.max_length));
    auto split = std::make_shared<TokenSplit>(
        std::move(samples), false, [place = table.path() + " " + table.counted() + " ", lines](int64_t index) {
          return place + std::to_string(lines.at(static_cast<size_t>(index)));
        });
    if (keep_rows_) split->keep_rows(std::make_shared<SourceRows>(rows_written(shared, text, target, rows)));
    return split;
  }

 private:
  int32_t class_of(const CsvTable& table, int64_t row, int64_t target) const {
    const std::string_view name = table.cell(row, target);
    const auto found = std::find(classes_.begin(), classes_.end(), name);
    if (found == classes_.end())
      bad_data(table.full_place(row), "its class '" + std::string(name) + "' is none of the " +
                                          std::to_string(classes_.size()) + " classes of the training rows");
    return static_cast<int32_t>(found - classes_.begin());
  }

  const TextTable& data_;
  std::shared_ptr<const TextEncoder> encoder_;
  std::vector<std::string> classes_;
  bool keep_rows_;
};

Splits TextTable::open(const OpenOptions& options) const {
  if (!options.classification)
    throw UserError(ExitCode::bad_recipe, "data.type: text_table gives classes, and the task has no use for them");
  const CsvOptions reading{.separator = separator_of(separator), .header = header};
  const auto shared = std::make_shared<const CsvTable>(path, reading);
  const CsvTable& table = *shared;
  const int64_t text_place = place_of(table, text, "text"), target_place = place_of(table, target, "target");
  std::vector<int64_t> left = all_rows(table.rows()), val_rows, test_rows;
  std::vector<int64_t> labels;
  const std::vector<std::string> all_names = classes_of(table, target_place, left);
  for (int64_t row = 0; row < table.rows(); ++row)
    labels.push_back(std::lower_bound(all_names.begin(), all_names.end(), table.cell(row, target_place)) -
                     all_names.begin());
  const bool drawn = (test && draws(*test)) || (val && draws(*val));
  const std::vector<int64_t> same = drawn ? same_texts(shared, text_place) : std::vector<int64_t>{};
  if (test && !test->path) test_rows = take_rows(*test, {"data.test", table.rows(), labels, options.seed, same}, left);
  if (val && !val->path) val_rows = take_rows(*val, {"data.val", table.rows(), labels, options.seed, same}, left);

  const std::shared_ptr<const Tokenizer> cutter = tokenizer_of(tokenizer);
  nlohmann::json fitted = options.fitted;
  if (fitted.is_null()) {
    std::vector<std::string_view> texts;
    for (const int64_t row : left) texts.push_back(table.cell(row, text_place));
    fitted = {{"tokenizer", cutter->fit(texts)},
              {"classes", classes.empty() ? classes_of(table, target_place, left) : classes}};
  }
  const auto encoder = cutter->encoder(fitted.at("tokenizer"));
  const auto names = fitted.at("classes").get<std::vector<std::string>>();
  SplitMaker maker(*this, encoder, names, options.keep_rows);
  const auto split_of = [&](const Optional<FileSplitRule>& rule, const std::vector<int64_t>& rows) {
    if (!rule) return std::shared_ptr<Split>();
    if (!rule->path) return maker.make(shared, text_place, target_place, rows);
    const auto other = std::make_shared<const CsvTable>(*rule->path, reading);
    return maker.make(other, place_of(*other, text, "text"), place_of(*other, target, "target"),
                      all_rows(other->rows()));
  };
  Splits splits;
  splits.train = maker.make(shared, text_place, target_place, left);
  splits.val = split_of(val, val_rows);
  splits.test = split_of(test, test_rows);
  splits.info.fields = {{"input", FieldInfo::Means::tokens, {-1}, encoder->vocabulary()},
                        {"target", FieldInfo::Means::classes, {}, names}};
  splits.info.fitted = std::move(fitted);
  return splits;
}

// Tables with a column of text; one without a header may hold the text alone.
std::shared_ptr<Split> TextTable::open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const {
  SplitMaker maker(*this, tokenizer_of(tokenizer)->encoder(options.fitted.at("tokenizer")), {}, false);
  if (paths.size() != 1) throw UserError(ExitCode::usage, "new texts are one table; put several into one file");
  const auto table =
      std::make_shared<const CsvTable>(paths[0], CsvOptions{.separator = separator_of(separator), .header = header});
  return maker.make(table, table->columns() == 1 ? 0 : place_of(*table, text, "text"), -1, all_rows(table->rows()));
}

const Registered<Dataset, TextTable> text_table_entry{"text_table",
                                                      "A table with a column of text and a column of classes."};

}  // namespace
}  // namespace dlrun
