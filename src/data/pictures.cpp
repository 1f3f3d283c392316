// Pictures in folders and archives: finding them, and decoding them once in memory or one by one.

#include "data/pictures.h"

#include <atomic>
#include <cstring>
#include <exception>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/long_work.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/archive.h"
#include "data/images.h"
#include "data/input_file.h"
#include "data/tensor_split.h"

namespace dlrun {
namespace {

namespace fs = std::filesystem;

bool ends_with_any(const std::string& name, std::initializer_list<const char*> endings) {
  const std::string small = lower(name);
  for (const char* ending : endings)
    if (small.ends_with(ending)) return true;
  return false;
}

bool hidden(const std::string& name) {
  for (const std::string& part : split(name, '/'))
    if (part.starts_with('.') || part == "__MACOSX") return true;
  return false;
}

// Whether to read a file; a picture we cannot read is an error, not a smaller data set.
bool is_picture(const std::string& source, const std::string& name) {
  if (hidden(name)) return false;
  if (ends_with_any(name, {".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".heic"}))
    bad_data(source + "/" + name, "only JPEG and PNG pictures are read; convert it");
  return ends_with_any(name, {".jpg", ".jpeg", ".png"});
}

// Whether a linked folder below `root` holds one of the folders on the way to it: walking into it would never end.
bool leads_back(const fs::path& link, const fs::path& root) {
  const std::string target = fs::canonical(link).string() + "/";
  fs::path outer = link;
  do {
    outer = outer.parent_path();
    if ((fs::canonical(outer).string() + "/").starts_with(target)) return true;
  } while (outer != root && outer.has_relative_path());
  return false;
}

std::vector<Picture> in_folder(const std::string& folder) {
  std::vector<Picture> found;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::follow_directory_symlink, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().lexically_relative(folder).generic_string();
    std::error_code unreadable;
    const fs::file_status status = fs::status(entry->path(), unreadable);
    // It may have been a picture or a class: without it the data would be others.
    if (!fs::exists(status) && !hidden(name))
      no_input(entry->path().string(), entry->is_symlink() ? "is a link that leads to no file; mend or remove it"
                                                           : "cannot be read: " + unreadable.message());
    if (fs::is_directory(status) && entry->is_symlink() && leads_back(entry->path(), folder))
      no_input(entry->path().string(), "is a link back to a folder it lies in; remove it");
    if (!fs::is_directory(status) && is_picture(folder, name)) found.push_back({folder, name, nullptr});
  }
  if (error) no_input(folder, "cannot be read: " + error.message());
  return found;
}

std::vector<Picture> in_archive(const std::string& path) {
  std::vector<Picture> found;
  const auto wanted = [&](const std::string& name) { return is_picture(path, name); };
  read_archive(path, {.total_bytes = machine_memory() / 2}, wanted, [&](const std::string& name, std::string bytes) {
    found.push_back({path, name, std::make_shared<const std::string>(std::move(bytes))});
  });
  return found;
}

void check_shape(const at::Tensor& image, const std::vector<int64_t>& shape, const Picture& picture) {
  if (image.sizes() == at::IntArrayRef(shape)) return;
  const auto size = [](at::IntArrayRef s) { return std::to_string(s[1]) + " x " + std::to_string(s[2]); };
  bad_data(picture.str(), "is " + size(image.sizes()) + " pixels (height x width), expected " + size(shape) +
                              " like the others; give data.size to resize all of them");
}

// Runs `work(i)` for all i on several threads. The error thrown is the one of the smallest i, whatever the timing.
void in_parallel(int64_t count, const std::function<void(int64_t)>& work) {
  std::atomic<int64_t> next = 0, end = count;
  std::mutex mutex;
  std::exception_ptr error;
  const auto run = [&] {
    for (int64_t i = next++; i < end; i = next++) {
      try {
        work(i);
      } catch (...) {
        std::lock_guard lock(mutex);
        if (i < end) {
          end = i;
          error = std::current_exception();
        }
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 1; t < std::min(16u, std::thread::hardware_concurrency()); ++t) threads.emplace_back(run);
  run();
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
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
    at::Tensor images = at::empty({batch.count, shape_[0], shape_[1], shape_[2]}, at::kByte);
    const size_t bytes = static_cast<size_t>(images.stride(0));
    for (size_t i = 0; i < indices.size(); ++i) {
      const Picture& picture = pictures_.at(static_cast<size_t>(indices[i]));
      const at::Tensor image = decode_picture(picture, options_);
      check_shape(image, shape_, picture);
      std::memcpy(images.data_ptr<uint8_t>() + i * bytes, image.const_data_ptr<uint8_t>(), bytes);
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
};

}  // namespace

std::vector<Picture> find_pictures(const std::string& path) {
  std::vector<Picture> found;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status))
    no_input(path, error && error != std::errc::no_such_file_or_directory ? "cannot be read: " + error.message()
                                                                          : "no such file or folder");
  if (fs::is_directory(status)) {
    found = in_folder(path);
  } else if (is_archive_name(path)) {
    found = in_archive(path);
  } else {
    const fs::path file = path;
    const std::string folder = file.parent_path().empty() ? "." : file.parent_path().string();
    if (!is_picture(folder, file.filename().string())) bad_data(path, "is no JPEG, PNG, tar or zip file, by its name");
    found.push_back({folder, file.filename().string(), nullptr});
  }
  if (found.empty()) bad_data(path, "holds no pictures (.jpg, .jpeg, .png)");
  std::sort(found.begin(), found.end(), [](const Picture& a, const Picture& b) { return a.name < b.name; });
  return found;
}

at::Tensor decode_picture(const Picture& picture, const PictureOptions& options) {
  std::string file;
  if (!picture.contents) file = load_file(picture.str(), int64_t{1} << 28);
  at::Tensor image = decode_image(picture.contents ? *picture.contents : file, options.channels, picture.str());
  if (options.size.empty()) return image;
  if (options.classes) return resize_nearest(image, options.size[0], options.size[1]);
  return resize_image(image, options.size[0], options.size[1]);
}

std::optional<PngHeader> png_header(const Picture& picture) {
  constexpr size_t length = 26;
  std::string bytes(length, '\0');
  if (picture.contents)
    bytes = picture.contents->substr(0, length);
  else
    bytes.resize(InputFile(picture.str()).read_some(bytes.data(), length));
  if (bytes.size() < length || bytes.substr(1, 3) != "PNG" || bytes.substr(12, 4) != "IHDR") return std::nullopt;
  const int colour = bytes[25];  // 1: palette, 2: colour, 4: alpha
  return PngHeader{bytes[24], (colour & 3) == 0, (colour & 1) != 0, (colour & 4) != 0};
}

std::shared_ptr<Split> picture_split(std::vector<Picture> pictures, std::vector<int64_t> labels,
                                     const std::vector<int64_t>& shape, const PictureOptions& options) {
  const int64_t count = static_cast<int64_t>(pictures.size());
  const bool lazy = shape[0] * shape[1] * shape[2] > options.memory_limit / std::max<int64_t>(1, count);
  if (lazy && !options.unreadable)
    return std::make_shared<LazyPictures>(std::move(pictures), std::move(labels), shape, options);
  at::Tensor images = at::empty({lazy ? 0 : count, shape[0], shape[1], shape[2]}, at::kByte);
  uint8_t* planes = images.data_ptr<uint8_t>();
  const int64_t bytes = shape[0] * shape[1] * shape[2];
  std::vector<std::string> problems(pictures.size());
  LongWork reading("reading pictures", count);
  in_parallel(count, [&](int64_t i) {
    const Picture& picture = pictures[static_cast<size_t>(i)];
    try {
      const at::Tensor image = decode_picture(picture, options);
      check_shape(image, shape, picture);
      if (!lazy) std::memcpy(planes + i * bytes, image.const_data_ptr<uint8_t>(), static_cast<size_t>(bytes));
    } catch (const UserError& error) {
      if (!options.unreadable) throw;
      problems[static_cast<size_t>(i)] = error.what();
    }
    reading.done();
  });
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
