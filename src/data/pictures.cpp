// Pictures as samples: decoded once in memory, or one by one.

#include "data/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include "base/files.h"
#include "base/log.h"
#include "base/long_work.h"
#include "data/fingerprint.h"
#include "data/in_parallel.h"
#include "data/input_file.h"
#include "data/tensor_split.h"

namespace dlrun {
namespace {

void check_shape(at::IntArrayRef sizes, const std::vector<int64_t>& shape, const Picture& picture) {
  if (sizes == at::IntArrayRef(shape)) return;
  const auto size = [](at::IntArrayRef s) { return std::to_string(s[1]) + " x " + std::to_string(s[2]); };
  bad_data(picture.str(), "is " + size(sizes) + " pixels (height x width), expected " + size(shape) +
                              " like the others; give data.size to resize all of them");
}

constexpr int64_t pixels_at_once = int64_t{1} << 26;

at::ScalarType type_of(const PictureOptions& options) { return options.deep ? at::kUInt16 : at::kByte; }

// Bytes among the pixels that belong to none: a few are a camera's padding, or a few pixels are not the camera's.
void tell_loose(int64_t count, const Picture& example, int64_t bytes) {
  log_warning(fmt::format("data: {} picture{} may be damaged: bytes among the pixels belong to none ({}: {} byte{})",
                          count, count == 1 ? "" : "s", readable_name(example.str()), bytes, bytes == 1 ? "" : "s"));
}

// Of pictures that are not decoded now: a wrong size is told before the training, not in its middle.
void check_promised_shapes(const std::vector<Picture>& pictures, const std::vector<int64_t>& shape) {
  for (const Picture& picture : pictures) {
    if (!picture.facts) continue;
    const ImageFacts& facts = *picture.facts;
    const bool on_its_side = (picture.orientation ? picture.orientation : facts.orientation) >= 5;
    check_shape({shape[0], on_its_side ? facts.width : facts.height, on_its_side ? facts.height : facts.width}, shape,
                picture);
  }
}

// Takes out of `pictures` and `labels` those that are told to be bad.
void leave_out(const std::vector<std::string>& problems, std::vector<Picture>& pictures, std::vector<int64_t>& labels,
               std::vector<Unreadable>& unreadable) {
  size_t kept = 0;
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (!problems[i].empty()) {
      unreadable.push_back({pictures[i].str(), problems[i]});
      continue;
    }
    if (kept != i) pictures[kept] = std::move(pictures[i]);
    if (!labels.empty()) labels[kept] = labels[i];
    ++kept;
  }
  pictures.resize(kept);
  if (!labels.empty()) labels.resize(kept);
}

class LazyPictures final : public Split {
 public:
  LazyPictures(std::vector<Picture> pictures, std::vector<int64_t> labels, std::vector<int64_t> shape,
               PictureOptions options)
      : pictures_(std::move(pictures)), labels_(std::move(labels)), shape_(std::move(shape)), options_(options) {}

  int64_t size() const override { return static_cast<int64_t>(pictures_.size()); }
  int64_t label(int64_t index) const override { return labels_.empty() ? -1 : labels_.at(static_cast<size_t>(index)); }

  Batch gather(std::span<const int64_t> indices) const override {
    Batch batch;
    batch.count = static_cast<int64_t>(indices.size());
    at::Tensor images = at::empty({batch.count, shape_[0], shape_[1], shape_[2]}, type_of(options_));
    const size_t bytes = static_cast<size_t>(images.stride(0)) * images.element_size();
    for (size_t i = 0; i < indices.size(); ++i) {
      const Picture& picture = pictures_.at(static_cast<size_t>(indices[i]));
      int64_t loose = 0;
      const at::Tensor image = decode_picture(picture, options_, &loose);
      if (loose > 0) std::call_once(told_, [&] { tell_loose(1, picture, loose); });
      check_shape(image.sizes(), shape_, picture);
      std::memcpy(static_cast<char*>(images.data_ptr()) + i * bytes, image.const_data_ptr(), bytes);
    }
    batch.set("input", std::move(images));
    if (labels_.empty()) return batch;
    at::Tensor target = at::empty({batch.count}, at::kLong);
    for (size_t i = 0; i < indices.size(); ++i)
      target.data_ptr<int64_t>()[i] = labels_[static_cast<size_t>(indices[i])];
    batch.set("target", std::move(target));
    return batch;
  }

  std::string describe(int64_t index) const override { return pictures_.at(static_cast<size_t>(index)).str(); }

 private:
  std::vector<Picture> pictures_;
  std::vector<int64_t> labels_, shape_;
  PictureOptions options_;
  mutable std::once_flag told_;
};

int64_t bytes_of(const std::vector<int64_t>& shape, const PictureOptions& options) {
  return shape[0] * shape[1] * shape[2] * (options.deep ? 2 : 1);
}

// Whether so many pictures are decoded when they are asked for.
bool is_lazy(size_t count, const std::vector<int64_t>& shape, const PictureOptions& options) {
  return bytes_of(shape, options) > options.memory_limit / std::max<int64_t>(1, static_cast<int64_t>(count));
}

// Of the first that can be read; a single value where none can, which whoever opens them says.
std::vector<int64_t> first_shape(const std::vector<Picture>& pictures, const PictureOptions& options) {
  for (const Picture& picture : pictures) {
    try {
      return decode_picture(picture, options).sizes().vec();
    } catch (const UserError&) {
    }
  }
  return {1, 1, 1};
}

}  // namespace

bool any_deep(const std::vector<Picture>& pictures) {
  return std::any_of(pictures.begin(), pictures.end(),
                     [](const Picture& picture) { return picture.facts && picture.facts->bits > 8; });
}

void ignore_orientation(std::vector<Picture>& pictures) {
  for (Picture& picture : pictures) picture.orientation = 1;
}

at::Tensor decode_picture(const Picture& picture, const PictureOptions& options, int64_t* loose_bytes) {
  // A picture near the limit takes half a gigabyte until it is resized: such take turns, however many threads decode.
  static std::mutex turns;
  std::unique_lock turn(turns, std::defer_lock);
  if (picture.facts && picture.facts->height * picture.facts->width > pixels_at_once) turn.lock();
  std::string file;
  if (!picture.contents) file = load_file(picture.str(), int64_t{1} << 28);
  at::Tensor image =
      decode_image(picture.contents ? *picture.contents : file,
                   {.channels = options.channels, .deep = options.deep, .orientation = picture.orientation},
                   picture.str(), loose_bytes);
  if (options.size.empty()) return image;
  if (options.classes) return resize_nearest(image, options.size[0], options.size[1]);
  return resize_image(image, options.size[0], options.size[1]);
}

std::vector<int64_t> number_same(const std::vector<Picture>& pictures, const PictureOptions& options) {
  const bool decoded = !is_lazy(pictures.size(), first_shape(pictures, options), options);
  // Files of other sizes are other files: only those that share one are read.
  std::map<uint64_t, int64_t> sizes;
  const auto size_of = [](const Picture& picture) {
    return picture.contents ? picture.contents->size() : FileSystem::instance().size(picture.str());
  };
  if (!decoded)
    for (const Picture& picture : pictures) ++sizes[size_of(picture)];
  std::vector<Hash128> hashes(pictures.size());
  LongWork reading("looking for pictures that are the same", static_cast<int64_t>(pictures.size()));
  in_parallel(static_cast<int64_t>(pictures.size()), [&](int64_t i) {
    const Picture& picture = pictures[static_cast<size_t>(i)];
    Hash128& hash = hashes[static_cast<size_t>(i)];
    hash = {0, static_cast<uint64_t>(i)};
    try {
      if (decoded) {
        const at::Tensor image = decode_picture(picture, options).contiguous();
        hash = hash_of({static_cast<const std::byte*>(image.const_data_ptr()), image.nbytes()});
      } else if (sizes.at(size_of(picture)) > 1) {
        const std::string file = picture.contents ? std::string() : load_file(picture.str(), int64_t{1} << 28);
        const std::string& bytes = picture.contents ? *picture.contents : file;
        hash = hash_of(std::as_bytes(std::span(bytes.data(), bytes.size())));
      }
    } catch (const UserError&) {  // Whoever opens it says so.
    }
    reading.done();
  });
  return number_same(hashes);
}

std::shared_ptr<Split> picture_split(std::vector<Picture> pictures, std::vector<int64_t> labels,
                                     const std::vector<int64_t>& shape, const PictureOptions& options) {
  const int64_t count = static_cast<int64_t>(pictures.size());
  const int64_t bytes = bytes_of(shape, options);
  const bool lazy = is_lazy(pictures.size(), shape, options);
  if (lazy && !options.unreadable) {
    if (options.size.empty()) check_promised_shapes(pictures, shape);
    return std::make_shared<LazyPictures>(std::move(pictures), std::move(labels), shape, options);
  }
  at::Tensor images = at::empty({lazy ? 0 : count, shape[0], shape[1], shape[2]}, type_of(options));
  char* planes = static_cast<char*>(images.data_ptr());
  std::vector<std::string> problems(pictures.size());
  std::vector<int64_t> loose(pictures.size());
  LongWork reading("reading pictures", count);
  in_parallel(count, [&](int64_t i) {
    const Picture& picture = pictures[static_cast<size_t>(i)];
    try {
      const at::Tensor image = decode_picture(picture, options, &loose[static_cast<size_t>(i)]);
      check_shape(image.sizes(), shape, picture);
      if (!lazy) std::memcpy(planes + i * bytes, image.const_data_ptr(), static_cast<size_t>(bytes));
    } catch (const UserError& error) {
      if (!options.unreadable) throw;
      problems[static_cast<size_t>(i)] = error.what();
    }
    reading.done();
  });
  const auto first = std::find_if(loose.begin(), loose.end(), [](int64_t found) { return found > 0; });
  if (first != loose.end())
    tell_loose(std::count_if(first, loose.end(), [](int64_t found) { return found > 0; }),
               pictures[static_cast<size_t>(first - loose.begin())], *first);
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < count; ++i)
    if (problems[static_cast<size_t>(i)].empty()) rows.push_back(i);
  if (static_cast<int64_t>(rows.size()) < count) {
    leave_out(problems, pictures, labels, *options.unreadable);
    if (pictures.empty()) bad_data(options.unreadable->back().sample, "like every picture of its split cannot be read");
    if (!lazy) images = images.index_select(0, at::tensor(rows));
  }
  if (lazy) return std::make_shared<LazyPictures>(std::move(pictures), std::move(labels), shape, options);
  TensorSplit::Fields fields = {{"input", images}};
  if (!labels.empty()) fields.emplace_back("target", at::tensor(labels));
  std::vector<std::string> names;
  for (const Picture& picture : pictures) names.push_back(picture.str());
  return std::make_shared<TensorSplit>(
      std::move(fields), all_rows(static_cast<int64_t>(pictures.size())),
      [names = std::move(names)](int64_t row) { return names[static_cast<size_t>(row)]; });
}

}  // namespace dlrun
