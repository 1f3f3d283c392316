// Reader of IDX files, the format of MNIST and its relatives: big-endian unsigned bytes, plain or gzip.

#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "data/dataset.h"
#include "data/fingerprint.h"
#include "data/input_file.h"
#include "data/pictures.h"
#include "data/splits.h"
#include "data/tensor_split.h"
#include "data/unlabelled.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// The dimensions in an IDX header: two zero bytes, the type (8 = unsigned byte), their number, each as 32 bits.
std::vector<int64_t> read_header(InputFile& file) {
  uint8_t magic[4];
  file.read(magic, 4, "the IDX magic number");
  if (magic[0] != 0 || magic[1] != 0)
    bad_data(file.path(), "is no IDX file: it starts with bytes " + std::to_string(magic[0]) + " " +
                              std::to_string(magic[1]) + ", expected 0 0");
  if (magic[2] != 0x08)
    bad_data(file.path(), "holds IDX type " + std::to_string(magic[2]) + ", expected 8 (unsigned bytes)");
  if (magic[3] == 0 || magic[3] > 4)
    bad_data(file.path(), "has " + std::to_string(magic[3]) + " dimensions, expected 1 (labels), 3 or 4 (images)");
  std::vector<int64_t> sizes;
  double values = 1.0;  // may be more than an integer holds
  for (int i = 0; i < magic[3]; ++i) {
    uint8_t b[4];
    file.read(b, 4, "the IDX header");
    sizes.push_back(int64_t{b[0]} << 24 | int64_t{b[1]} << 16 | int64_t{b[2]} << 8 | int64_t{b[3]});
    if (sizes.back() == 0) bad_data(file.path(), "is empty: dimension " + std::to_string(i) + " in its header is 0");
    values *= static_cast<double>(sizes.back());
  }
  if (values > static_cast<double>(file.capacity()))
    bad_data(file.path(), "promises " + number_text(values) + " values in its header, but cannot hold more than " +
                              std::to_string(file.capacity()) + "; the file was cut short or is damaged");
  require_memory(file.path(), values, "what its header promises");
  return sizes;
}

// uint8 tensor of the file's own shape.
at::Tensor read_idx(const std::string& path) {
  InputFile file(path);
  std::vector<int64_t> sizes = read_header(file);
  at::Tensor values = at::empty(sizes, at::kByte);
  file.read(values.data_ptr(), static_cast<size_t>(values.numel()), "values");
  file.expect_end();
  return values;
}

// uint8 [N, C, H, W].
at::Tensor read_images(const std::string& path) {
  at::Tensor images = read_idx(path);
  if (images.dim() == 3) return images.unsqueeze(1);
  if (images.dim() != 4)
    bad_data(path, "has " + std::to_string(images.dim()) +
                       " dimensions, images have 3 (count, height, width) or 4 "
                       "(count, channels, height, width)");
  return images;
}

at::Tensor read_labels(const std::string& path, const at::Tensor& images, const std::string& images_path) {
  at::Tensor labels = read_idx(path);
  if (labels.dim() != 1) bad_data(path, "has " + std::to_string(labels.dim()) + " dimensions, labels have 1");
  if (labels.size(0) != images.size(0))
    bad_data(path, "holds " + std::to_string(labels.size(0)) + " labels, " + images_path + " holds " +
                       std::to_string(images.size(0)) + " images");
  return labels;
}

void check_labels(const std::string& path, const at::Tensor& labels, size_t classes) {
  const uint8_t* values = labels.const_data_ptr<uint8_t>();
  for (int64_t i = 0; i < labels.size(0); ++i)
    if (values[i] >= classes)
      bad_data(path, "label " + std::to_string(values[i]) + " at position " + std::to_string(i) + " is outside the " +
                         std::to_string(classes) + " classes (0 to " + std::to_string(classes - 1) + ")");
}

// The file as it is called, or gzipped.
std::string in_folder(const std::string& folder, const std::string& name) {
  std::string plain = (std::filesystem::path(folder) / name).string();
  return !std::filesystem::exists(plain) && std::filesystem::exists(plain + ".gz") ? plain + ".gz" : plain;
}

struct Files {
  std::string images, labels;
};

struct Idx final : Dataset {
  std::optional<std::string> path, train_images, train_labels, test_images, test_labels;
  std::vector<std::string> classes;
  Optional<SplitRule> val, test, unlabelled;

  std::vector<Field> fields() override {
    return {
        field("path", path,
              "Folder with train-images-idx3-ubyte, train-labels-idx1-ubyte and the t10k files, plain or .gz.",
              is_path()),
        field("train_images", train_images, "Training images, instead of path.", is_path()),
        field("train_labels", train_labels, "Training labels, instead of path.", is_path()),
        field("test_images", test_images, "Test images.", is_path()),
        field("test_labels", test_labels, "Test labels.", is_path()),
        field("classes", classes, "Names of the classes in order; their numbers where left open."),
        field("val", val, "Rows of the training files that become the validation split."),
        field("test", test, "Rows of the training files that become the test split, where there are no test files."),
        unlabelled_field(unlabelled),
    };
  }

  std::vector<Relation> relations() const override {
    return {
        {"", "count(path, train_images) > 0", "give path, or train_images and train_labels"},
        {"train_images", "count(path, train_images) < 2", "give either path or the files"},
        {"train_labels", "given(train_images) == given(train_labels)", "train_images and train_labels belong together"},
        {"test_labels", "given(test_images) == given(test_labels)", "test_images and test_labels belong together"},
        {"test", "count(test, test_images) < 2", "test files are given; the test split is theirs"},
    };
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;

 private:
  Files train_files() const;
  std::optional<Files> test_files() const;
};

Files Idx::train_files() const {
  if (!path) return {*train_images, *train_labels};
  if (!std::filesystem::is_directory(*path))
    no_input(*path, "no such folder; expected one with train-images-idx3-ubyte and its companions");
  return {in_folder(*path, "train-images-idx3-ubyte"), in_folder(*path, "train-labels-idx1-ubyte")};
}

std::optional<Files> Idx::test_files() const {
  if (test_images) return Files{*test_images, *test_labels};
  if (!path || test) return std::nullopt;
  Files files{in_folder(*path, "t10k-images-idx3-ubyte"), in_folder(*path, "t10k-labels-idx1-ubyte")};
  if (!std::filesystem::exists(files.images) && !std::filesystem::exists(files.labels)) return std::nullopt;
  return files;
}

// Class indices, or numbers [N, 1] when the task is no classification.
at::Tensor targets(const at::Tensor& labels, bool classification) {
  return classification ? labels.to(at::kLong) : labels.to(at::kFloat).unsqueeze(1);
}

std::function<std::string(int64_t)> names_of(const std::string& path) {
  return [path](int64_t row) { return path + " image " + std::to_string(row); };
}

// Pictures instead of an IDX file: by its name, or a folder of them.
bool is_picture_source(const std::string& path) {
  const std::string name = lower(path);
  for (const char* ending : {".png", ".jpg", ".jpeg"})
    if (name.ends_with(ending)) return true;
  return FileSystem::instance().kind(path) == FileKind::folder;
}

std::string size_text(at::IntArrayRef shape) {  // [channels, height, width]
  return std::to_string(shape[1]) + " x " + std::to_string(shape[2]);
}

Splits Idx::open(const OpenOptions& options) const {
  const Files files = train_files();
  at::Tensor images = read_images(files.images);
  at::Tensor labels = read_labels(files.labels, images, files.images);

  Splits splits;
  DataInfo& info = splits.info;
  info.fields = {{"input", FieldInfo::Means::pixels, images.sizes().slice(1).vec()}};
  std::vector<std::string> names;
  if (options.classification) {
    names = classes;
    if (classes.empty())
      for (int64_t i = 0; i <= labels.max().item<uint8_t>(); ++i) names.push_back(std::to_string(i));
    check_labels(files.labels, labels, names.size());
    info.fields.push_back({"target", FieldInfo::Means::classes, {}, names});
  } else {
    info.fields.push_back({"target", FieldInfo::Means::numbers, {1}});
    info.targets = {"label"};
  }
  info.fitted = {{"input_shape", info.input().sizes}, {"classes", names}};

  at::Tensor index = labels.to(at::kLong);
  const bool drawn = (test && draws(*test)) || (val && draws(*val)) || (unlabelled && draws(*unlabelled));
  const std::vector<int64_t> same = drawn ? number_same(images) : std::vector<int64_t>{};
  SplitSource source{"data.test",
                     images.size(0),
                     {index.const_data_ptr<int64_t>(), static_cast<size_t>(index.numel())},
                     options.seed,
                     same};
  TensorSplit::Fields fields = {{"input", images}, {"target", targets(labels, options.classification)}};
  std::vector<int64_t> left = all_rows(images.size(0));
  if (test) splits.test = std::make_shared<TensorSplit>(fields, take_rows(*test, source, left), names_of(files.images));
  source.name = "data.val";
  if (val) splits.val = std::make_shared<TensorSplit>(fields, take_rows(*val, source, left), names_of(files.images));
  source.name = "data.unlabelled";
  if (unlabelled)
    splits.unlabelled = std::make_shared<UnlabelledSplit>(
        std::make_shared<TensorSplit>(fields, take_rows(*unlabelled, source, left), names_of(files.images)));
  splits.train = std::make_shared<TensorSplit>(fields, std::move(left), names_of(files.images));

  if (auto given = test_files()) {
    at::Tensor test_pixels = read_images(given->images);
    at::Tensor test_classes = read_labels(given->labels, test_pixels, given->images);
    if (test_pixels.sizes().slice(1) != images.sizes().slice(1))
      bad_data(given->images, "its images differ in size from those of " + files.images);
    if (options.classification) check_labels(given->labels, test_classes, names.size());
    splits.test = std::make_shared<TensorSplit>(
        TensorSplit::Fields{{"input", test_pixels}, {"target", targets(test_classes, options.classification)}},
        all_rows(test_pixels.size(0)), names_of(given->images));
  }
  return splits;
}

std::shared_ptr<Split> Idx::open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const {
  const std::vector<int64_t> expected = options.fitted.at("input_shape").get<std::vector<int64_t>>();
  std::vector<at::Tensor> parts;
  std::vector<std::string> names;
  for (const std::string& file : paths) {
    if (is_picture_source(file)) {
      const std::vector<Picture> pictures = find_pictures(file).pictures;
      tell_about(pictures, false);
      for (const Picture& picture : pictures) {
        const at::Tensor image = decode_picture(picture, {.channels = expected.front()});
        if (image.sizes() != at::IntArrayRef(expected))
          bad_data(picture.str(), "is " + size_text(image.sizes()) + " pixels, the model was trained on " +
                                      size_text(expected) + "; resize it");
        parts.push_back(image.unsqueeze(0));
        names.push_back(picture.str());
      }
      continue;
    }
    parts.push_back(read_images(file));
    if (parts.back().sizes().slice(1) != at::IntArrayRef(expected))
      bad_data(file, "its images differ in size from those the model was trained on");
    for (int64_t i = 0; i < parts.back().size(0); ++i) names.push_back(file + " image " + std::to_string(i));
  }
  at::Tensor images = at::cat(parts).contiguous();
  return std::make_shared<TensorSplit>(TensorSplit::Fields{{"input", images}}, all_rows(images.size(0)),
                                       [names](int64_t row) { return names[static_cast<size_t>(row)]; });
}

const Registered<Dataset, Idx> idx_entry{"idx",
                                         "IDX files of images and labels (MNIST, Fashion-MNIST), plain or gzip."};

}  // namespace
}  // namespace dlrun
