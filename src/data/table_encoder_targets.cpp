// What of a table is to be predicted, as numbers.

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/units.h"
#include "data/column_look.h"
#include "data/column_writer.h"
#include "data/own_targets.h"
#include "data/table_encoder.h"

namespace dlrun {
namespace {

using Target = TableEncoder::Target;

// The cells of one target after the other. A missing one is an error, or kept as 0.
struct TargetReader {
  const CsvTable& table;
  const std::vector<int64_t>& rows;
  const CellIndex& missing;
  const NumberFormat& format;
  bool keeps;

  // Calls `value` with row and cell of each, in order, and `nothing` for one that is kept.
  template <class Value, class Nothing>
  void each(const Target& target, int64_t place, const Value& value, const Nothing& nothing) const {
    for (const int64_t row : rows) {
      const std::string_view cell = table.cell(row, place);
      if (!missing.contains(cell)) {
        value(row, cell);
      } else if (keeps) {
        nothing();
      } else {
        no_target(table, row, target.name, cell, std::count_if(rows.begin(), rows.end(), [&](int64_t other) {
                    return other != row && missing.contains(table.cell(other, place));
                  }));
      }
    }
  }

  // [N] int64
  at::Tensor classes(const Target& target, const std::vector<std::string>& names, std::string_view strip,
                     int64_t place) const {
    const CellIndex index = index_of(names);
    at::Tensor found = at::zeros({std::ssize(rows)}, at::kLong);
    int64_t* id = found.data_ptr<int64_t>();
    each(
        target, place,
        [&](int64_t row, std::string_view cell) {
          const auto name = index.find(strip_end(cell, strip));
          if (name == index.end())
            bad_cell(table, row, target.name,
                     shown(cell) + " is none of the " + std::to_string(names.size()) + " classes (" + shown(names[0]) +
                         ", " + shown(names.back()) + ", ...)");
          *id++ = name->second;
        },
        [&] { ++id; });
    return found;
  }

  // [N] float, scaled
  at::Tensor numbers(const Target& target, int64_t place) const {
    at::Tensor found = at::zeros({std::ssize(rows)}, at::kFloat);
    float* scaled = found.data_ptr<float>();
    each(
        target, place,
        [&](int64_t row, std::string_view cell) {
          const std::optional<double> number = parse_number(cell, format);
          if (!number) bad_cell(table, row, target.name, no_number(cell, format));
          *scaled++ = static_cast<float>((*number - target.offset) / target.scale);
        },
        [&] { ++scaled; });
    return found;
  }

  // [N] bool
  at::Tensor known(int64_t place) const {
    at::Tensor found = at::empty({std::ssize(rows)}, at::kBool);
    bool* is_there = found.data_ptr<bool>();
    for (const int64_t row : rows) *is_there++ = !missing.contains(table.cell(row, place));
    return found;
  }
};

}  // namespace

const std::vector<std::string>& TableEncoder::classes_of(const Target& target) const {
  return own_fields_ ? target.classes : classes_;
}

bool TableEncoder::has_value(std::string_view cell, const Target& target) const {
  const std::vector<std::string>& classes = classes_of(target);
  if (classes.empty()) return parse_number(cell, format_).has_value();
  return std::find(classes.begin(), classes.end(), strip_end(cell, strip_target_)) != classes.end();
}

TensorList TableEncoder::encode_targets(const CsvTable& table, const std::vector<int64_t>& rows,
                                        const std::vector<int64_t>& places) const {
  const CellIndex missing = index_of(missing_values_);
  const bool keeps = missing_target_ == "keep";
  const TargetReader reader{table, rows, missing, format_, keeps};
  if (!own_fields_ && !classes_.empty())
    return {{"target", reader.classes(targets_[0], classes_, strip_target_, places[0])}};
  TensorList fields;
  std::vector<at::Tensor> numbers;
  for (size_t k = 0; k < targets_.size(); ++k) {
    const Target& target = targets_[k];
    const at::Tensor values = target.classes.empty() ? reader.numbers(target, places[k])
                                                     : reader.classes(target, target.classes, strip_target_, places[k]);
    if (!own_fields_) {
      numbers.push_back(values);
      continue;
    }
    fields.emplace_back(target_field(target.name), target.classes.empty() ? values.unsqueeze(1) : values);
    if (keeps) fields.emplace_back(known_field(target.name), reader.known(places[k]));
  }
  if (!numbers.empty()) fields.emplace_back("target", at::stack(numbers, 1));
  return fields;
}

TensorList TableEncoder::truth(const CsvTable& table, std::string& why) const {
  const CellIndex missing = index_of(missing_values_);
  const bool keeps = missing_target_ == "keep";
  std::vector<int64_t> rows, places;
  for (const Target& target : targets_) places.push_back(table.find_name(target.name));
  if (std::find(places.begin(), places.end(), -1) != places.end()) return {};
  int64_t lacking = 0, without_any = 0;
  for (int64_t row = 0; row < table.rows(); ++row) {
    rows.push_back(row);
    size_t unknown = targets_.size();
    bool any = false;
    for (size_t k = targets_.size(); k-- > 0;) {
      const std::string_view cell = table.cell(row, places[k]);
      const bool absent = missing.contains(cell);
      any = any || !absent;
      if (absent ? !keeps : !has_value(cell, targets_[k])) unknown = k;
    }
    without_any += !any;
    if (unknown < targets_.size() && ++lacking == 1)
      why = fmt::format("{} holds no answer the model could give in '{}'", table.place(row), targets_[unknown].name);
  }
  if (without_any == table.rows()) {  // columns left open on purpose
    why.clear();
    return {};
  }
  if (lacking > 1) why += fmt::format(", nor do {} other rows", count_text(lacking - 1));
  return lacking > 0 ? TensorList() : encode_targets(table, rows, places);
}

void no_target(const CsvTable& table, int64_t row, const std::string& column, std::string_view cell, int64_t more) {
  bad_cell(
      table, row, column,
      fmt::format("the target is missing: {} means no value (data.missing.values){}. data.missing.target: drop_row "
                  "leaves such rows out",
                  shown(cell), more == 0 ? "" : fmt::format(", as in {} more rows", count_text(more))));
}

void TableEncoder::describe_targets(DataInfo& info) const {
  if (!own_fields_ && !classes_.empty()) {
    info.fields.push_back({"target", FieldInfo::Means::classes, {}, classes_});
    return;
  }
  bool scaled = false;
  for (const Target& target : targets_) {
    const bool number = target.classes.empty();
    if (own_fields_ && number) info.fields.push_back({target_field(target.name), FieldInfo::Means::numbers, {1}});
    if (!number) info.fields.push_back({target_field(target.name), FieldInfo::Means::classes, {}, target.classes});
    if (missing_target_ == "keep") info.fields.push_back({known_field(target.name), FieldInfo::Means::mask, {}});
    if (!number) continue;
    info.targets.push_back(target.name);
    scaled = scaled || target.offset != 0.0 || target.scale != 1.0;
  }
  if (!own_fields_) info.fields.push_back({"target", FieldInfo::Means::numbers, {std::ssize(targets_)}});
  if (!scaled) return;
  for (const Target& target : targets_) {
    if (!target.classes.empty()) continue;
    info.target_offset.push_back(target.offset);
    info.target_scale.push_back(target.scale);
  }
}

}  // namespace dlrun
