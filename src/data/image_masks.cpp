// Reader of pictures with a class for each pixel: two folders or archives, one of pictures and one of masks with the
// same names.

#include <array>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/csv_table.h"
#include "data/input_file.h"
#include "data/mask_pairs.h"
#include "data/pictures.h"
#include "data/splits.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

constexpr int64_t ignored = -100, no_class = -1;
using ClassOfValue = std::array<int64_t, 256>;  // unknown, or ignored

struct SplitTable final : Params {
  std::string path;
  std::string id = "id";
  std::string split = "split";

  std::vector<Field> fields() override {
    return {
        field("path", path, "Table (csv) with a row for every picture.", required(), not_empty(), is_path()),
        field("id", id, "Its column of names of pictures, with or without their ending.", not_empty()),
        field("split", split, "Its column of splits: train, val or test.", not_empty()),
    };
  }
};

struct ImageMasks final : Dataset {
  std::string images, masks;
  std::string mode = "rgb";
  std::string orient = "shown";
  std::vector<int64_t> size;
  std::vector<int64_t> values;
  std::vector<int64_t> ignore;
  std::vector<std::string> classes;
  std::optional<double> memory_limit;
  Optional<SplitTable> splits;
  Optional<SplitRule> val, test;

  std::vector<Field> fields() override {
    return {
        field("images", images, "Folder or archive (.tar, .tar.gz, .zip) of JPEG and PNG files.", required(),
              not_empty(), is_path()),
        field(
            "masks", masks,
            "Folder or archive of grey PNG files of 8 bits, each named like its picture and of its size: the value of "
            "a pixel says its class.",
            required(), not_empty(), is_path()),
        field("mode", mode, "Colours: rgb gives 3 channels, grey 1.", one_of("rgb", "grey")),
        field("size", size, "Height and width in pixels to resize to; without it all must have the same size.",
              between(1, 65535)),
        field(
            "orient", orient,
            "shown turns pictures as their camera notes (EXIF orientation), and their masks with them; masks that have "
            "the size of the turned picture are of it already. stored leaves both as they lie in the files.",
            one_of("shown", "stored")),
        field("values", values,
              "Value of each class in the masks, in the order of the classes; those found in the training masks, "
              "sorted, where left open.",
              between(0, 255)),
        field("ignore", ignore, "Values of pixels that do not count.", between(0, 255)),
        field("classes", classes, "Names of the classes in the order of values; the values where left open."),
        field("memory_limit", memory_limit,
              "GiB of decoded pictures to keep in memory; beyond it they are decoded each time. Half of the machine's "
              "memory where left open.",
              at_least(0)),
        field("splits", splits, "A table that says which split a picture belongs to."),
        field("val", val, "What of the training pictures becomes the validation split."),
        field("test", test, "What of the training pictures becomes the test split."),
    };
  }

  std::vector<Relation> relations() const override {
    return {{"size", "not given(size) or length(size) == 2", "expected height and width"},
            {"classes", "count(classes, values) < 2 or length(classes) == length(values)",
             "classes and values need the same number of entries"}};
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;

 private:
  PictureOptions decoding() const;
  std::vector<std::string> named_splits(const std::vector<Picture>& pictures) const;
  std::map<std::string, std::vector<int64_t>> rows_of_splits(const std::vector<Picture>& pictures,
                                                             const std::vector<int64_t>& same, uint64_t seed) const;
  std::vector<int64_t> class_values(const Split& train, const OpenOptions& options) const;
  std::vector<std::string> class_names(const std::vector<int64_t>& of_values) const;
};

// "input" [B, C, H, W] uint8 or uint16 and "target" [B, H, W] int64.
class MaskedPictures final : public Split {
 public:
  MaskedPictures(std::shared_ptr<Split> pictures, std::shared_ptr<Split> masks, const ClassOfValue& classes)
      : pictures_(std::move(pictures)), masks_(std::move(masks)), classes_(classes) {}

  int64_t size() const override { return pictures_->size(); }
  std::string describe(int64_t index) const override { return pictures_->describe(index); }

  Batch gather(std::span<const int64_t> indices) const override {
    Batch batch = pictures_->gather(indices);
    const at::Tensor masks = masks_->gather(indices)["input"];
    at::Tensor target = at::empty({masks.size(0), masks.size(2), masks.size(3)}, at::kLong);
    const uint8_t* value = masks.const_data_ptr<uint8_t>();
    int64_t* to = target.data_ptr<int64_t>();
    const int64_t pixels = masks.size(2) * masks.size(3);
    for (const int64_t index : indices)
      for (int64_t i = 0; i < pixels; ++i, ++value) {
        *to = classes_[*value];
        if (*to++ == no_class)
          bad_data(masks_->describe(index), fmt::format("holds the value {}, which is that of no class", *value));
      }
    batch.set("target", std::move(target));
    return batch;
  }

 private:
  std::shared_ptr<Split> pictures_, masks_;
  ClassOfValue classes_;
};

// How many pixels have each value.
std::array<int64_t, 256> count_values(const Split& masks) {
  std::array<int64_t, 256> counts{};
  for (int64_t i = 0; i < masks.size(); ++i) {
    const at::Tensor mask = masks.gather(std::span(&i, 1))["input"];
    const uint8_t* value = mask.const_data_ptr<uint8_t>();
    for (int64_t k = 0; k < mask.numel(); ++k) ++counts[value[k]];
  }
  return counts;
}

std::vector<Picture> chosen(const std::vector<Picture>& all, const std::vector<int64_t>& rows) {
  std::vector<Picture> some;
  for (const int64_t row : rows) some.push_back(all[static_cast<size_t>(row)]);
  return some;
}

PictureOptions ImageMasks::decoding() const {
  const double limit = memory_limit ? *memory_limit * 0x1p30 : static_cast<double>(machine_memory()) / 2;
  return {.channels = mode == "rgb" ? 3 : 1, .size = size, .memory_limit = static_cast<int64_t>(limit)};
}

// The split that the table names for each picture.
std::vector<std::string> ImageMasks::named_splits(const std::vector<Picture>& pictures) const {
  const CsvTable table(splits->path, {});
  const auto column = [&](const char* key, const std::string& name) {
    const int64_t found = table.find(name);
    if (found < 0)
      bad_data(splits->path,
               fmt::format("has no column {} (data.splits.{}); there are {}", name, key, join(table.names(), ", ")));
    return found;
  };
  const int64_t ids = column("id", splits->id), names = column("split", splits->split);
  const auto place = [&](int64_t row) { return fmt::format("{}:{}", splits->path, table.line(row)); };
  std::map<std::string, int64_t> rows;  // of pictures not met yet
  for (int64_t row = 0; row < table.rows(); ++row)
    if (!rows.emplace(table.cell(row, ids), row).second)
      bad_data(place(row), fmt::format("{} has a row already", table.cell(row, ids)));
  std::vector<std::string> found;
  for (const Picture& picture : pictures) {
    auto row = rows.find(picture.name);
    if (row == rows.end()) row = rows.find(without_ending(picture.name));
    if (row == rows.end()) bad_data(picture.str(), "has no row in " + splits->path);
    const std::string name = lower(table.cell(row->second, names));
    if (name != "train" && name != "val" && name != "test")
      bad_data(place(row->second), fmt::format("\"{}\" is no split; there are train, val and test", name));
    found.push_back(name);
    rows.erase(row);
  }
  if (!rows.empty()) bad_data(place(rows.begin()->second), rows.begin()->first + " is no picture in " + images);
  return found;
}

std::map<std::string, std::vector<int64_t>> ImageMasks::rows_of_splits(const std::vector<Picture>& pictures,
                                                                       const std::vector<int64_t>& same,
                                                                       uint64_t seed) const {
  const auto count = static_cast<int64_t>(pictures.size());
  std::map<std::string, std::vector<int64_t>> rows;
  const std::vector<std::string> names = splits ? named_splits(pictures) : std::vector<std::string>();
  for (int64_t i = 0; i < count; ++i) rows[splits ? names[static_cast<size_t>(i)] : "train"].push_back(i);
  if (!rows.contains("train")) bad_data(splits->path, "names no picture to train on");
  const auto place = [&](const char* name, const Optional<SplitRule>& rule) {
    if (!rule) return;
    if (rows.contains(name))
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("data.{}: {} has such a split already; the split is its own", name, splits->path));
    std::vector<int64_t>& left = rows["train"];
    std::vector<int64_t> taken = take_rows(*rule, {fmt::format("data.{}", name), count, {}, seed, same}, left);
    rows[name] = std::move(taken);
  };
  place("test", test);
  place("val", val);
  return rows;
}

std::vector<int64_t> ImageMasks::class_values(const Split& train, const OpenOptions& options) const {
  if (options.fitted.is_object()) return options.fitted.at("values").get<std::vector<int64_t>>();
  if (!values.empty()) return values;
  const std::array<int64_t, 256> counts = count_values(train);
  std::vector<int64_t> found;
  for (int64_t value = 0; value < 256; ++value)
    if (counts[static_cast<size_t>(value)] > 0 && std::find(ignore.begin(), ignore.end(), value) == ignore.end())
      found.push_back(value);
  if (found.size() > 64)
    bad_data(masks, fmt::format("its masks hold {} different values; say which are classes (data.values), or convert "
                                "them",
                                found.size()));
  log_info(fmt::format("data: the masks hold the values {}: {} classes", fmt::join(found, ", "), found.size()));
  return found;
}

std::vector<std::string> ImageMasks::class_names(const std::vector<int64_t>& of_values) const {
  std::vector<std::string> names = classes;
  if (names.empty())
    for (const int64_t value : of_values) names.push_back(std::to_string(value));
  if (names.size() != of_values.size())
    bad_data(masks, fmt::format("its masks hold {} classes ({}), and data.classes names {}", of_values.size(),
                                fmt::join(of_values, ", "), names.size()));
  return names;
}

Splits ImageMasks::open(const OpenOptions& options) const {
  MaskPairs pairs = find_mask_pairs(images, masks);
  if (orient == "stored") {
    ignore_orientation(pairs.pictures);
    ignore_orientation(pairs.masks);
  } else {
    pairs.turn_masks();
  }
  PictureOptions of_pictures = decoding();
  const bool drawn = (test && draws(*test)) || (val && draws(*val));
  const std::vector<int64_t> same = drawn ? number_same(pairs.pictures, of_pictures) : std::vector<int64_t>{};
  const std::map<std::string, std::vector<int64_t>> rows = rows_of_splits(pairs.pictures, same, options.seed);
  of_pictures.deep = any_deep(pairs.pictures);
  tell_about(pairs.pictures, of_pictures.deep);
  PictureOptions of_masks = decoding();
  of_masks.channels = 1;
  of_masks.classes = true;
  const std::vector<int64_t> shape = decode_picture(pairs.pictures.front(), of_pictures).sizes().vec();

  std::map<std::string, std::shared_ptr<Split>> pictures, truths;
  for (const auto& [name, some] : rows) {
    pictures[name] = picture_split(chosen(pairs.pictures, some), {}, shape, of_pictures);
    truths[name] = picture_split(chosen(pairs.masks, some), {}, {1, shape[1], shape[2]}, of_masks);
  }
  Splits found;
  const std::vector<int64_t> of_values = class_values(*truths["train"], options);
  const std::vector<std::string> names = class_names(of_values);
  ClassOfValue classes_of{};
  classes_of.fill(no_class);
  for (size_t c = 0; c < of_values.size(); ++c) classes_of[static_cast<size_t>(of_values[c])] = static_cast<int64_t>(c);
  for (const int64_t value : ignore) classes_of[static_cast<size_t>(value)] = ignored;

  found.info.fields = {{"input", FieldInfo::Means::pixels, shape},
                       {"target", FieldInfo::Means::classes, {shape[1], shape[2]}, names}};
  found.info.fitted = {{"input_shape", shape}, {"values", of_values}, {"classes", names}};
  const auto split = [&](const char* name) -> std::shared_ptr<Split> {
    if (!pictures.contains(name)) return nullptr;
    auto made = std::make_shared<MaskedPictures>(pictures[name], truths[name], classes_of);
    for (int64_t i = 0; i < made->size(); ++i) made->gather(std::span(&i, 1));  // Every value is that of a class.
    return made;
  };
  found.train = split("train");
  found.val = split("val");
  found.test = split("test");
  return found;
}

std::shared_ptr<Split> ImageMasks::open_inputs(const std::vector<std::string>& paths,
                                               const OpenOptions& options) const {
  std::vector<Picture> all;
  for (const std::string& file : paths)
    for (Picture& picture : find_pictures(file).pictures) all.push_back(std::move(picture));
  if (orient == "stored") ignore_orientation(all);
  PictureOptions of_pictures = decoding();
  of_pictures.deep = any_deep(all);
  tell_about(all, of_pictures.deep);
  const auto shape = options.fitted.at("input_shape").get<std::vector<int64_t>>();
  return picture_split(std::move(all), {}, shape, of_pictures);
}

const Registered<Dataset, ImageMasks> image_masks_entry{
    "image_masks", "Pictures, and masks of the same names that hold a class for each pixel."};

}  // namespace
}  // namespace dlrun
