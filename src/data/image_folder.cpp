// Reader of pictures in folders, one subfolder per class, or in a tar or zip archive of the same layout.

#include <set>

#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/class_folders.h"
#include "data/input_file.h"
#include "data/pictures.h"
#include "data/splits.h"
#include "data/tensor_split.h"
#include "data/unlabelled.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

using Pictures = std::vector<Picture>;
using Part = ClassPictures;

// Stands where epochs have their number, so that this draw is like that of none.
constexpr uint64_t few_of_each = 0xffffffff;

struct ImageFolder final : Dataset {
  std::string path;
  std::string mode = "rgb";
  std::vector<int64_t> size;
  std::vector<std::string> classes;
  bool other_classes = true;
  std::optional<int64_t> per_class;
  int64_t class_depth = 1;
  bool new_classes = false;
  std::string orient = "shown";
  std::optional<double> memory_limit;
  Optional<FileSplitRule> val, test;
  Optional<SplitRule> unlabelled;

  std::vector<Field> fields() override {
    return {
        field("path", path,
              "Folder or archive (.tar, .tar.gz, .zip) of JPEG and PNG files with one subfolder per class, or with "
              "train, "
              "val and test folders of that kind.",
              required(), not_empty(), is_path()),
        field("mode", mode, "Colours: rgb gives 3 channels, grey 1.", one_of("rgb", "grey")),
        field("size", size, "Height and width in pixels to resize to; without it all must have the same size.",
              between(1, 65535)),
        field("orient", orient,
              "shown turns pictures as their camera notes (EXIF orientation), which is how viewers show them; stored "
              "leaves them as they lie in the file.",
              one_of("shown", "stored")),
        field("classes", classes, "Class folders in order; those of the training pictures, sorted, where left open."),
        field("other_classes", other_classes,
              "Whether pictures of classes that `classes` does not name are an error; false leaves them out, told."),
        field("per_class", per_class,
              "Training pictures of each class that are used, drawn by the run's seed from those that other splits "
              "leave; all where left open.",
              at_least(1)),
        field("class_depth", class_depth,
              "Levels of folders that make a class: with 2, Greek/alpha and Greek/beta are two classes.", at_least(1)),
        field("new_classes", new_classes,
              "Held-out pictures may be of classes that the training has not; they are numbered after its own. For "
              "tasks that compare samples (prototypical)."),
        field("memory_limit", memory_limit,
              "GiB of decoded pictures to keep in memory; beyond it they are decoded each time. Half of the machine's "
              "memory where left open.",
              at_least(0)),
        field("val", val, "What becomes the validation split, where there is no val folder."),
        field("test", test, "What becomes the test split, where there is no test folder."),
        unlabelled_field(unlabelled),
    };
  }

  std::vector<Relation> relations() const override {
    return {{"size", "not given(size) or length(size) == 2", "expected height and width"},
            {"other_classes", "other_classes or given(classes)", "names the classes that stay: give classes"}};
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;

 private:
  PictureOptions picture_options(std::vector<Unreadable>* unreadable) const;
  FoundPictures find(const std::string& from) const;
  void leave_others_out(Part& part) const;
  std::vector<std::string> class_names(const Part& train) const;
  void add_classes(const Part& held_out, std::vector<std::string>& names) const;
  std::vector<int64_t> labels(const Part& part, const std::vector<std::string>& names) const;
};

PictureOptions ImageFolder::picture_options(std::vector<Unreadable>* unreadable) const {
  const double limit = memory_limit ? *memory_limit * 0x1p30 : static_cast<double>(machine_memory()) / 2;
  return {.channels = mode == "rgb" ? 3 : 1,
          .size = size,
          .memory_limit = static_cast<int64_t>(limit),
          .unreadable = unreadable};
}

FoundPictures ImageFolder::find(const std::string& from) const {
  FoundPictures found = find_pictures(from);
  if (orient == "stored") ignore_orientation(found.pictures);
  return found;
}

// Pictures of classes that the recipe does not name.
void ImageFolder::leave_others_out(Part& part) const {
  if (other_classes) return;
  const size_t all = part.pictures.size();
  std::erase_if(part.pictures, [&](const Picture& picture) {
    return std::find(classes.begin(), classes.end(), part.folder(picture, class_depth)) == classes.end();
  });
  if (part.pictures.empty())
    bad_data(path, "has no picture of the " + std::to_string(classes.size()) + " classes that data.classes names");
  const size_t out = all - part.pictures.size();
  if (out > 0)
    log_info("data: " + std::to_string(out) + " of " + std::to_string(all) +
             " pictures are of classes that data.classes does not name, and left out");
}

std::vector<std::string> ImageFolder::class_names(const Part& train) const {
  std::set<std::string> names;
  for (const Picture& picture : train.pictures) {
    names.insert(train.folder(picture, class_depth));
    if (names.contains("")) bad_data(picture.str(), "lies in no class folder; expected one subfolder per class");
  }
  if (names.size() < 2 && classes.empty())
    bad_data(path, "has a single class folder, '" + *names.begin() + "'; expected one subfolder per class");
  return classes.empty() ? std::vector<std::string>(names.begin(), names.end()) : classes;
}

void ImageFolder::add_classes(const Part& held_out, std::vector<std::string>& names) const {
  std::set<std::string> added;
  for (const Picture& picture : held_out.pictures) added.insert(held_out.folder(picture, class_depth));
  for (const std::string& name : names) added.erase(name);
  names.insert(names.end(), added.begin(), added.end());
}

std::vector<int64_t> ImageFolder::labels(const Part& part, const std::vector<std::string>& names) const {
  std::vector<int64_t> found;
  if (names.empty()) return found;
  for (const Picture& picture : part.pictures) {
    const std::string folder = part.folder(picture, class_depth);
    const auto place = std::find(names.begin(), names.end(), folder);
    if (place == names.end())
      bad_data(picture.str(),
               "its folder '" + folder + "' is none of the " + std::to_string(names.size()) + " classes");
    found.push_back(place - names.begin());
  }
  return found;
}

Part selected(const Part& part, const std::vector<int64_t>& rows) {
  Part chosen{{}, part.skipped};
  for (int64_t row : rows) chosen.pictures.push_back(part.pictures[static_cast<size_t>(row)]);
  return chosen;
}

// Of the first picture; of the first that can be read, where bad ones are told and left out.
std::vector<int64_t> shape_of(const Pictures& pictures, const PictureOptions& decoding) {
  for (size_t i = 0;; ++i) {
    try {
      return decode_picture(pictures[i], decoding).sizes().vec();
    } catch (const UserError&) {
      if (!decoding.unreadable || i + 1 == pictures.size()) throw;
    }
  }
}

// So many rows of each class, or all there are, drawn by the seed.
std::vector<int64_t> some_of_each(const std::vector<int64_t>& rows, const std::vector<int64_t>& labels,
                                  int64_t per_class, uint64_t seed) {
  std::map<int64_t, int64_t> taken;
  std::vector<int64_t> some;
  for (const int64_t place : permutation(static_cast<int64_t>(rows.size()), seed, few_of_each)) {
    const int64_t row = rows[static_cast<size_t>(place)];
    if (taken[labels[static_cast<size_t>(row)]]++ < per_class) some.push_back(row);
  }
  for (const auto& [label, count] : taken)
    if (count < per_class)
      log_warning("data.per_class: a class has " + std::to_string(count) + " training pictures, fewer than " +
                  std::to_string(per_class));
  std::sort(some.begin(), some.end());
  return some;
}

Splits ImageFolder::open(const OpenOptions& options) const {
  std::map<std::string, Part> parts = sort_into_splits(find(path), path, class_depth);
  for (auto& [name, part] : parts) leave_others_out(part);
  PictureOptions decoding = picture_options(options.unreadable);
  Splits splits;
  DataInfo& info = splits.info;
  const Part all = parts["train"];
  std::vector<std::string> names = options.classification ? class_names(all) : std::vector<std::string>();
  const std::vector<int64_t> all_labels = labels(all, names);
  std::vector<int64_t> left = all_rows(static_cast<int64_t>(all.pictures.size()));
  decoding.deep = any_deep(all.pictures);
  const bool drawn = (test && draws(*test)) || (val && draws(*val)) || (unlabelled && draws(*unlabelled));
  std::vector<int64_t> same;
  if (drawn) same = number_same(all.pictures, decoding);
  SplitSource source{"", static_cast<int64_t>(all.pictures.size()), all_labels, options.seed, same};
  const auto place = [&](const char* name, const Optional<FileSplitRule>& rule) {
    if (!rule) return;
    if (parts.contains(name))
      throw UserError(ExitCode::bad_recipe, "data." + std::string(name) + ": " + path + " has a " + name +
                                                " folder already; the split is its own");
    if (rule->path) {
      parts[name] = without_common_folder(find(*rule->path).pictures, class_depth);
      leave_others_out(parts[name]);
    } else {
      source.name = "data." + std::string(name);
      parts[name] = selected(all, take_rows(*rule, source, left));
    }
  };
  place("test", test);
  place("val", val);
  if (unlabelled) {
    source.name = "data.unlabelled";
    parts["unlabelled"] = selected(all, take_rows(*unlabelled, source, left));
  }
  if (per_class && options.classification) left = some_of_each(left, all_labels, *per_class, options.seed);
  parts["train"] = selected(all, left);
  if (new_classes && options.classification)
    for (const char* name : {"val", "test"})
      if (parts.contains(name)) add_classes(parts[name], names);

  std::vector<const Picture*> every;
  for (const auto& [name, part] : parts) {
    for (const Picture& picture : part.pictures) every.push_back(&picture);
    decoding.deep |= any_deep(part.pictures);  // one type for all splits, so that they can be compared
  }
  tell_about(every, decoding.deep);

  const auto split = [&](const char* name) -> std::shared_ptr<Split> {
    if (!parts.contains(name)) return nullptr;
    Part& part = parts[name];
    std::vector<int64_t> targets = labels(part, names);
    return picture_split(std::move(part.pictures), std::move(targets), info.input().sizes, decoding);
  };
  try {
    info.fields = {{"input", FieldInfo::Means::pixels, shape_of(all.pictures, decoding)}};
    if (options.classification) info.fields.push_back({"target", FieldInfo::Means::classes, {}, names});
    info.fitted = {{"input_shape", info.input().sizes}, {"classes", names}};
    splits.train = split("train");
    splits.val = split("val");
    splits.test = split("test");
    if (unlabelled) splits.unlabelled = std::make_shared<UnlabelledSplit>(split("unlabelled"));
  } catch (const UserError& error) {
    if (decoding.unreadable || error.code() != ExitCode::bad_data) throw;
    throw UserError(error.code(), std::string(error.what()) +
                                      "\nTo see all such pictures: dlrun data check RECIPE. To train without them: "
                                      "data_check.allow: [unreadable_samples]");
  }
  return splits;
}

std::shared_ptr<Split> ImageFolder::open_inputs(const std::vector<std::string>& paths,
                                                const OpenOptions& options) const {
  Pictures all;
  for (const std::string& file : paths)
    for (Picture& picture : find(file).pictures) all.push_back(std::move(picture));
  PictureOptions decoding = picture_options(nullptr);
  decoding.deep = any_deep(all);
  tell_about(all, decoding.deep);
  const auto shape = options.fitted.at("input_shape").get<std::vector<int64_t>>();
  return picture_split(std::move(all), {}, shape, decoding);
}

const Registered<Dataset, ImageFolder> image_folder_entry{
    "image_folder", "JPEG and PNG files in folders or archives, one subfolder per class."};

}  // namespace
}  // namespace dlrun
