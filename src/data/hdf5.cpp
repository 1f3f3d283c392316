// Reader of HDF5 files: one dataset of inputs and one of targets for each split.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "data/column_statistics.h"
#include "data/dataset.h"
#include "data/digits.h"
#include "data/fingerprint.h"
#include "data/hdf5_file.h"
#include "data/input_file.h"
#include "data/splits.h"
#include "data/tensor_split.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// A split by datasets of its own, or taken from the training rows.
struct Hdf5Split final : SplitRule {
  std::string input, target;
  std::optional<std::string> path;

  std::vector<Field> fields() override {
    std::vector<Field> all = SplitRule::fields();
    all.push_back(field("input", input, "Dataset of this split's inputs."));
    all.push_back(field("target", target, "Dataset of this split's targets."));
    all.push_back(field("path", path, "The file of these datasets, where it is another one.", is_path()));
    return all;
  }
  std::vector<Relation> relations() const override {
    std::vector<Relation> all = SplitRule::relations();
    all.push_back({"input", "given(input) or count(path, target) == 0", "needed with target or path"});
    return all;
  }

 protected:
  std::vector<std::string> ways() const override {
    std::vector<std::string> all = SplitRule::ways();
    all.push_back("input");
    return all;
  }
};

constexpr int64_t most_classes = 100000;

struct Hdf5Rows {
  at::Tensor input, target;
  std::string where, target_where;  // "data.h5:/train/x"
};

struct Hdf5 final : Dataset {
  std::string path;
  std::string input = "input", target;
  std::string layout = "auto", target_scaling = "none";
  std::vector<std::string> classes;
  Optional<Hdf5Split> val, test;

  std::vector<Field> fields() override {
    return {
        field("path", path, "The HDF5 file.", required(), not_empty(), is_path()),
        field("input", input,
              "Dataset of the training inputs (\"train/x\"), a row for each sample; one dimension alone is one number "
              "for each.",
              not_empty()),
        field("target", target, "Dataset of the training targets; none where left open."),
        field("layout", layout,
              "Where the channels of inputs of three or more dimensions stand: channels_first [N, C, H, W] or "
              "channels_last [N, H, W, C], as TensorFlow and Matplotlib write pictures. auto takes the first, and "
              "warns where a shape looks like the other.",
              one_of("auto", "channels_first", "channels_last")),
        field("target_scaling", target_scaling,
              "How numbers to predict are scaled, fitted on the training rows; metrics and predictions stay in the "
              "file's unit.",
              one_of("standard", "minmax", "robust", "none")),
        field("classes", classes, "Names of the classes in order; their numbers where left open."),
        field("val", val, "What becomes the validation split."),
        field("test", test, "What becomes the test split; taken before the validation split."),
    };
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;

 private:
  Hdf5Rows read_rows(const std::string& from, const std::string& inputs, const std::string& targets) const;
  void fit_targets(const Hdf5Rows& train, const std::vector<int64_t>& left, const nlohmann::json& stored,
                   DataInfo& info) const;
};

// Whether inputs [N, a, b, c] are rather pictures whose channels stand last: 4 of them at most, or squares.
bool looks_channels_last(at::IntArrayRef sizes) {
  if (sizes.size() != 4) return false;
  const int64_t a = sizes[1], b = sizes[2], c = sizes[3];
  return (c <= 4 && a > 4) || (a == b && c < a);
}

// The datasets `inputs` and, if named, `targets` of a file; inputs with their channels first.
Hdf5Rows Hdf5::read_rows(const std::string& from, const std::string& inputs, const std::string& targets) const {
  const Hdf5File file(from);
  Hdf5Rows rows{file.read(inputs), {}, from + ":" + inputs, from + ":" + targets};
  if (rows.input.dim() == 1) rows.input = rows.input.unsqueeze(1);  // One number for each sample.
  if (layout == "channels_last" && rows.input.dim() > 2) rows.input = rows.input.movedim(-1, 1).contiguous();
  if (targets.empty()) return rows;
  rows.target = file.read(targets);
  if (rows.target.size(0) != rows.input.size(0))
    bad_data(from, "'" + targets + "' has " + std::to_string(rows.target.size(0)) + " rows, '" + inputs + "' has " +
                       std::to_string(rows.input.size(0)));
  return rows;
}

// Class indices [N] int64, of integers, booleans or whole floats; below `classes` where their names are given.
at::Tensor class_targets(const Hdf5Rows& rows, std::optional<int64_t> classes) {
  const at::Tensor given = rows.target.dim() == 2 && rows.target.size(1) == 1 ? rows.target.squeeze(1) : rows.target;
  if (given.dim() != 1)
    bad_data(rows.target_where, fmt::format("the targets are no class indices: expected one integer for each row, they "
                                            "are [{}]{}",
                                            fmt::join(given.sizes(), ", "),
                                            given.dim() == 2 ? "; of one-hot rows, write the place of the 1" : ""));
  at::Tensor target = given.to(at::kLong).contiguous();
  const at::Tensor values = given.to(at::kDouble).contiguous();
  for (int64_t i = 0; i < target.numel(); ++i) {
    const double value = values.const_data_ptr<double>()[i];
    const auto refuse = [&](const std::string& why) {
      bad_data(rows.target_where,
               fmt::format("the targets are no class indices: {} in row {} {}", number_text(value), i, why));
    };
    if (value != std::floor(value)) refuse("is no whole number");
    if (value < 0) refuse("is below 0, where they begin");
    if (classes && value >= static_cast<double>(*classes))
      refuse(fmt::format("is outside the {} classes (0 to {})", *classes, *classes - 1));
    if (value >= static_cast<double>(most_classes))
      refuse(fmt::format("is beyond the {} classes there may be", most_classes));
  }
  return target;
}

// Numbers [N, K] double.
at::Tensor number_targets(const Hdf5Rows& rows) {
  const at::Tensor target = rows.target.to(at::kDouble);
  return (target.dim() == 1 ? target.unsqueeze(1) : target).contiguous();
}

// {offset, scale} of each number of a sample, from some rows of targets [N, K]. Of more dimensions there is one for
// all.
std::pair<std::vector<double>, std::vector<double>> fit_scale(const std::string& scaling, const at::Tensor& targets) {
  const at::Tensor columns = targets.dim() == 2 ? targets.t().contiguous() : targets.reshape({1, -1});
  std::vector<double> offsets, scales;
  for (int64_t k = 0; k < columns.size(0); ++k) {
    const at::Tensor column = columns[k].contiguous();
    const double* first = column.const_data_ptr<double>();
    const auto [offset, scale] = scale_of(scaling, {first, first + column.numel()});
    offsets.push_back(offset);
    scales.push_back(scale);
  }
  return {offsets, scales};
}

// The same in the scale of the training, [N, K] float.
at::Tensor scaled(const Hdf5Rows& rows, const DataInfo& info) {
  const at::Tensor target = number_targets(rows);
  if (info.target_scale.empty()) return target.to(at::kFloat);
  return ((target - at::tensor(info.target_offset, at::kDouble)) / at::tensor(info.target_scale, at::kDouble))
      .to(at::kFloat);
}

// Integers are no good input for a network unless they are pixels.
at::Tensor inputs(const at::Tensor& values) {
  const bool picture = values.scalar_type() == at::kByte && values.dim() == 4;
  return picture ? values : values.to(at::kFloat);
}

void require_same_shape(const Hdf5Rows& rows, const std::vector<int64_t>& shape) {
  if (rows.input.sizes().slice(1) != at::IntArrayRef(shape))
    bad_data(rows.where, "its samples differ in shape from the training samples");
}

// How targets are scaled: what was stored, or what the rows `left` say.
void Hdf5::fit_targets(const Hdf5Rows& train, const std::vector<int64_t>& left, const nlohmann::json& stored,
                       DataInfo& info) const {
  const at::Tensor rows = number_targets(train).index_select(0, at::tensor(left));
  if (target_scaling == "none") {
    if (const auto lost = digits_lost(rows))
      bad_data(train.target_where,
               fmt::format("targets {}; say data.target_scaling: standard, with which they keep their "
                           "digits",
                           lost->told));
    return;
  }
  if (!stored.is_null()) {
    info.target_offset = stored.at("target_offset").get<std::vector<double>>();
    info.target_scale = stored.at("target_scale").get<std::vector<double>>();
  } else {
    std::tie(info.target_offset, info.target_scale) = fit_scale(target_scaling, rows);
  }
  info.fitted["target_offset"] = info.target_offset;
  info.fitted["target_scale"] = info.target_scale;
}

Splits Hdf5::open(const OpenOptions& options) const {
  const Hdf5Rows train = read_rows(path, input, target);
  Splits splits;
  DataInfo& info = splits.info;
  using Means = FieldInfo::Means;
  const std::vector<int64_t> shape = train.input.sizes().slice(1).vec();
  if (layout == "auto" && looks_channels_last(train.input.sizes()))
    log_warning(
        fmt::format("data.layout: {} is [{}]: taken for {} channels of {} x {}. If the channels stand last, say "
                    "layout: channels_last; if not, layout: channels_first",
                    train.where, fmt::join(train.input.sizes(), ", "), shape[0], shape[1], shape[2]));
  const bool pixels = inputs(train.input).scalar_type() == at::kByte;
  info.fields = {{"input", pixels ? Means::pixels : Means::numbers, shape}};
  std::vector<std::string> names;
  std::vector<int64_t> target_shape;
  if (options.classification) {
    if (!train.target.defined())
      throw UserError(ExitCode::bad_recipe, "data.target: required, the task predicts a class");
    names = classes;
    const at::Tensor labels =
        class_targets(train, classes.empty() ? std::nullopt : std::optional(static_cast<int64_t>(classes.size())));
    if (classes.empty())
      for (int64_t i = 0; i <= labels.max().item<int64_t>(); ++i) names.push_back(std::to_string(i));
    info.fields.push_back({"target", Means::classes, {}, names});
  } else if (train.target.defined()) {
    target_shape = number_targets(train).sizes().slice(1).vec();
    info.fields.push_back({"target", Means::numbers, target_shape});
    info.targets = {target};
  }
  if (const auto lost = digits_lost(train.input))
    bad_data(train.where,
             fmt::format("column {}: inputs {}; write them less what they have in common", lost->column, lost->told));

  // Which rows of the training's datasets are whose, before anything is learned of them.
  std::vector<int64_t> left = all_rows(train.input.size(0));
  const at::Tensor labels = options.classification ? class_targets(train, std::ssize(names)) : at::Tensor();
  const bool drawn = (test && draws(*test)) || (val && draws(*val));
  const std::vector<int64_t> same = drawn ? number_same(inputs(train.input)) : std::vector<int64_t>{};
  const auto take = [&](const char* name, const Optional<Hdf5Split>& rule) -> std::vector<int64_t> {
    if (!rule || !rule->input.empty()) return {};
    SplitSource source{"data." + std::string(name), train.input.size(0), {}, options.seed, same};
    if (labels.defined()) source.labels = {labels.const_data_ptr<int64_t>(), static_cast<size_t>(train.input.size(0))};
    return take_rows(*rule, source, left);
  };
  const std::vector<int64_t> test_rows = take("test", test), val_rows = take("val", val);
  info.fitted = {{"input_shape", shape}, {"input", input}, {"classes", names}};
  if (train.target.defined() && !options.classification) fit_targets(train, left, options.fitted, info);

  const auto fields = [&](const Hdf5Rows& rows) {
    require_same_shape(rows, shape);
    TensorSplit::Fields made = {{"input", inputs(rows.input)}};
    if (!rows.target.defined()) return made;
    made.emplace_back("target", options.classification ? class_targets(rows, std::ssize(names)) : scaled(rows, info));
    if (!options.classification && made[1].second.sizes().slice(1) != at::IntArrayRef(target_shape))
      bad_data(rows.target_where, "its targets differ in shape from the training targets");
    return made;
  };
  const auto namer = [](const Hdf5Rows& rows) {
    return [where = rows.where](int64_t row) { return where + " row " + std::to_string(row); };
  };
  const TensorSplit::Fields train_fields = fields(train);
  const auto make = [&](const char* name, const Optional<Hdf5Split>& rule,
                        const std::vector<int64_t>& taken) -> std::shared_ptr<Split> {
    if (!rule) return nullptr;
    if (rule->input.empty()) return std::make_shared<TensorSplit>(train_fields, taken, namer(train));
    const Hdf5Rows rows = read_rows(rule->path.value_or(path), rule->input, rule->target);
    if (rows.target.defined() != train.target.defined())
      throw UserError(ExitCode::bad_recipe,
                      "data." + std::string(name) + ".target: give targets for all splits or none");
    return std::make_shared<TensorSplit>(fields(rows), all_rows(rows.input.size(0)), namer(rows));
  };
  splits.test = make("test", test, test_rows);
  splits.val = make("val", val, val_rows);
  splits.train = std::make_shared<TensorSplit>(train_fields, std::move(left), namer(train));
  return splits;
}

std::shared_ptr<Split> Hdf5::open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const {
  const auto shape = options.fitted.at("input_shape").get<std::vector<int64_t>>();
  std::vector<at::Tensor> parts;
  std::vector<std::string> names;
  for (const std::string& file : paths) {
    const Hdf5Rows rows = read_rows(file, input, "");
    require_same_shape(rows, shape);
    parts.push_back(inputs(rows.input));
    for (int64_t i = 0; i < rows.input.size(0); ++i) names.push_back(rows.where + " row " + std::to_string(i));
  }
  at::Tensor all = at::cat(parts).contiguous();
  return std::make_shared<TensorSplit>(
      TensorSplit::Fields{{"input", all}}, all_rows(all.size(0)),
      [names = std::move(names)](int64_t row) { return names[static_cast<size_t>(row)]; });
}

const Registered<Dataset, Hdf5> hdf5_entry{"hdf5", "Datasets of an HDF5 file: inputs, and targets."};

}  // namespace
}  // namespace dlrun
