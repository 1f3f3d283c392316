// Reader of HDF5 files: one dataset of inputs and one of targets for each split.

#include <hdf5.h>

#include "base/error.h"
#include "data/dataset.h"
#include "data/input_file.h"
#include "data/splits.h"
#include "data/tensor_split.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// An HDF5 identifier, closed at the end of the scope.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// The library prints errors and loads filters from disk unless told not to.
void tame_library() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
}

// Walks a path link by link: a link into another file could name any file of this machine.
void check_links(hid_t file, const std::string& path, const std::string& name) {
  for (size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
    const std::string part = name.substr(0, end);
    H5L_info_t link;
    if (H5Lget_info(file, part.c_str(), &link, H5P_DEFAULT) < 0)
      bad_data(path, "has no dataset '" + name + "' ('" + part + "' is not there)");
    if (link.type != H5L_TYPE_HARD)
      bad_data(path, "'" + part + "' is a link to elsewhere; only data in the file itself is read");
    if (end == std::string::npos) return;
  }
}

// float64 and float32 become float, wider integers int64; bytes stay bytes.
std::pair<at::ScalarType, hid_t> memory_type(hid_t type, const std::string& path, const std::string& name) {
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return {at::kFloat, H5T_NATIVE_FLOAT};
    case H5T_INTEGER:
      if (H5Tget_size(type) == 1 && H5Tget_sign(type) == H5T_SGN_NONE) return {at::kByte, H5T_NATIVE_UINT8};
      return {at::kLong, H5T_NATIVE_INT64};
    default:
      bad_data(path, "'" + name + "' holds neither integers nor floating point numbers");
  }
}

at::Tensor read_dataset(hid_t file, int64_t file_bytes, const std::string& path, const std::string& name) {
  check_links(file, path, name);
  const Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (dataset < 0) bad_data(path, "'" + name + "' is a group or damaged, expected a dataset");
  const Handle plan(H5Dget_create_plist(dataset), H5Pclose), space(H5Dget_space(dataset), H5Sclose),
      type(H5Dget_type(dataset), H5Tclose);
  if (H5Pget_external_count(plan) > 0 || H5Pget_layout(plan) == H5D_VIRTUAL)
    bad_data(path, "'" + name + "' keeps its data in another file; only data in the file itself is read");
  const int dimensions = H5Sget_simple_extent_ndims(space);
  if (dimensions < 1) bad_data(path, "'" + name + "' is a single value, expected one row for each sample");
  std::vector<hsize_t> sizes(static_cast<size_t>(dimensions));
  H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
  const auto [dtype, memory] = memory_type(type, path, name);
  double bytes = static_cast<double>(at::elementSize(dtype));
  for (hsize_t size : sizes) {
    if (size == 0) bad_data(path, "'" + name + "' is empty");
    bytes *= static_cast<double>(size);
  }
  require_memory(path, bytes, "'" + name + "'");
  if (bytes > static_cast<double>(file_bytes) * 1032)  // deflate packs at most 1032 to 1
    bad_data(path,
             "'" + name + "' promises more data than a file of " + std::to_string(file_bytes) + " bytes can hold");
  at::Tensor values = at::empty(std::vector<int64_t>(sizes.begin(), sizes.end()), dtype);
  if (H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data_ptr()) < 0)
    bad_data(path, "'" + name + "' is damaged, cut short or packed by a filter that is not built in");
  return values;
}

void check_finite(const at::Tensor& values, const std::string& path, const std::string& name) {
  if (values.scalar_type() != at::kFloat) return;
  const float* value = values.const_data_ptr<float>();
  for (int64_t i = 0; i < values.numel(); ++i)
    if (!std::isfinite(value[i]))
      bad_data(path, "'" + name + "' holds NaN or infinity in row " + std::to_string(i / values.stride(0)));
}

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
        field("classes", classes, "Names of the classes in order; their numbers where left open."),
        field("val", val, "What becomes the validation split."),
        field("test", test, "What becomes the test split; taken before the validation split."),
    };
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;
};

// The datasets `input` and, if named, `target` of a file.
Hdf5Rows read_rows(const std::string& path, const std::string& input, const std::string& target) {
  tame_library();
  const int64_t file_bytes = InputFile(path).size();
  const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (file < 0) bad_data(path, "is no HDF5 file, or damaged or cut short");
  Hdf5Rows rows{read_dataset(file, file_bytes, path, input), {}, path + ":" + input};
  if (rows.input.dim() == 1) rows.input = rows.input.unsqueeze(1);  // One number for each sample.
  check_finite(rows.input, path, input);
  if (target.empty()) return rows;
  rows.target = read_dataset(file, file_bytes, path, target);
  check_finite(rows.target, path, target);
  if (rows.target.size(0) != rows.input.size(0))
    bad_data(path, "'" + target + "' has " + std::to_string(rows.target.size(0)) + " rows, '" + input + "' has " +
                       std::to_string(rows.input.size(0)));
  return rows;
}

// Class indices [N] int64 in [0, classes).
at::Tensor class_targets(const Hdf5Rows& rows, int64_t classes) {
  at::Tensor target = rows.target.dim() == 2 && rows.target.size(1) == 1 ? rows.target.squeeze(1) : rows.target;
  if (target.dim() != 1 || target.scalar_type() == at::kFloat)
    bad_data(rows.where, "its targets are no class indices: expected one integer for each row");
  target = target.to(at::kLong).contiguous();
  for (int64_t i = 0; i < target.numel(); ++i) {
    const int64_t label = target.const_data_ptr<int64_t>()[i];
    if (label < 0 || label >= classes)
      bad_data(rows.where, "label " + std::to_string(label) + " in row " + std::to_string(i) + " is outside the " +
                               std::to_string(classes) + " classes (0 to " + std::to_string(classes - 1) + ")");
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
  const auto make = [&](const char* name, const Optional<Hdf5Split>& rule) -> std::shared_ptr<Split> {
    if (!rule) return nullptr;
    if (!rule->input.empty()) {
      const Hdf5Rows rows = read_rows(rule->path.value_or(path), rule->input, rule->target);
      if (rows.target.defined() != train.target.defined())
        throw UserError(ExitCode::bad_recipe,
                        "data." + std::string(name) + ".target: give targets for all splits or none");
      return std::make_shared<TensorSplit>(fields(rows), all_rows(rows.input.size(0)), namer(rows));
    }
    SplitSource source{"data." + std::string(name), train.input.size(0), {}, options.seed};
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
