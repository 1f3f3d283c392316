// Reader of HDF5 files: one dataset of inputs and one of targets for each split.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "data/dataset.h"
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

struct Hdf5Rows {
  at::Tensor input, target;
  std::string where;  // "data.h5:/train/x"
};

struct Hdf5 final : Dataset {
  std::string path;
  std::string input = "input", target;
  std::string layout = "auto";
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
        field("classes", classes, "Names of the classes in order; their numbers where left open."),
        field("val", val, "What becomes the validation split."),
        field("test", test, "What becomes the test split; taken before the validation split."),
    };
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;

 private:
  Hdf5Rows read_rows(const std::string& from, const std::string& inputs, const std::string& targets) const;
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
  Hdf5Rows rows{file.read(inputs), {}, from + ":" + inputs};
  if (rows.input.dim() == 1) rows.input = rows.input.unsqueeze(1);  // One number for each sample.
  if (layout == "channels_last" && rows.input.dim() > 2) rows.input = rows.input.movedim(-1, 1).contiguous();
  if (targets.empty()) return rows;
  rows.target = file.read(targets);
  if (rows.target.size(0) != rows.input.size(0))
    bad_data(from, "'" + targets + "' has " + std::to_string(rows.target.size(0)) + " rows, '" + inputs + "' has " +
                       std::to_string(rows.input.size(0)));
  return rows;
}

// Class indices [N] int64 in [0, classes), of integers, booleans or whole floats.
at::Tensor class_targets(const Hdf5Rows& rows, int64_t classes) {
  const at::Tensor given = rows.target.dim() == 2 && rows.target.size(1) == 1 ? rows.target.squeeze(1) : rows.target;
  if (given.dim() != 1)
    bad_data(rows.where, fmt::format("its targets are no class indices: expected one integer for each row, they are "
                                     "[{}]",
                                     fmt::join(given.sizes(), ", ")));
  at::Tensor target = given.to(at::kLong).contiguous();
  const at::Tensor values = given.to(at::kDouble).contiguous();
  for (int64_t i = 0; i < target.numel(); ++i) {
    const double value = values.const_data_ptr<double>()[i];
    if (value != std::floor(value))
      bad_data(rows.where,
               fmt::format("its targets are no class indices: {} in row {} is no whole number", number_text(value), i));
    if (value < 0 || value >= static_cast<double>(classes))
      bad_data(rows.where, fmt::format("label {} in row {} is outside the {} classes (0 to {})", number_text(value), i,
                                       classes, classes - 1));
  }
  return target;
}

// Numbers [N, K] float.
at::Tensor number_targets(const Hdf5Rows& rows) {
  at::Tensor target = rows.target.to(at::kFloat);
  return (target.dim() == 1 ? target.unsqueeze(1) : target).contiguous();
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

constexpr int64_t most_classes = 100000;

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
        class_targets(train, classes.empty() ? most_classes : static_cast<int64_t>(classes.size()));
    if (classes.empty())
      for (int64_t i = 0; i <= labels.max().item<int64_t>(); ++i) names.push_back(std::to_string(i));
    info.fields.push_back({"target", Means::classes, {}, names});
  } else if (train.target.defined()) {
    target_shape = number_targets(train).sizes().slice(1).vec();
    info.fields.push_back({"target", Means::numbers, target_shape});
    info.targets = {target};
  }
  info.fitted = {{"input_shape", shape}, {"input", input}, {"classes", names}};

  const auto fields = [&](const Hdf5Rows& rows) {
    require_same_shape(rows, shape);
    TensorSplit::Fields made = {{"input", inputs(rows.input)}};
    if (!rows.target.defined()) return made;
    const int64_t count = static_cast<int64_t>(names.size());
    made.emplace_back("target", options.classification ? class_targets(rows, count) : number_targets(rows));
    if (!options.classification && made[1].second.sizes().slice(1) != at::IntArrayRef(target_shape))
      bad_data(rows.where, "its targets differ in shape from the training targets");
    return made;
  };
  const auto namer = [](const Hdf5Rows& rows) {
    return [where = rows.where](int64_t row) { return where + " row " + std::to_string(row); };
  };
  const TensorSplit::Fields train_fields = fields(train);
  std::vector<int64_t> left = all_rows(train.input.size(0));
  const bool drawn = (test && draws(*test)) || (val && draws(*val));
  const std::vector<int64_t> same = drawn ? number_same(train_fields[0].second) : std::vector<int64_t>{};
  const auto make = [&](const char* name, const Optional<Hdf5Split>& rule) -> std::shared_ptr<Split> {
    if (!rule) return nullptr;
    if (!rule->input.empty()) {
      const Hdf5Rows rows = read_rows(rule->path.value_or(path), rule->input, rule->target);
      if (rows.target.defined() != train.target.defined())
        throw UserError(ExitCode::bad_recipe,
                        "data." + std::string(name) + ".target: give targets for all splits or none");
      return std::make_shared<TensorSplit>(fields(rows), all_rows(rows.input.size(0)), namer(rows));
    }
    SplitSource source{"data." + std::string(name), train.input.size(0), {}, options.seed, same};
    if (options.classification)
      source.labels = {train_fields[1].second.const_data_ptr<int64_t>(), static_cast<size_t>(train.input.size(0))};
    return std::make_shared<TensorSplit>(train_fields, take_rows(*rule, source, left), namer(train));
  };
  splits.test = make("test", test);
  splits.val = make("val", val);
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

const Registered<Dataset, Hdf5> entry{"hdf5", "Datasets of an HDF5 file: inputs, and targets."};

}  // namespace
}  // namespace dlrun
