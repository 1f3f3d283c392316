// Files damaged at random, of every format: each opens, or is refused as the user's mistake; nothing else may happen.

#include <archive.h>
#include <archive_entry.h>

#include <catch2/catch.hpp>

#include "base/random.h"
#include "data/components.h"
#include "data/images.h"

namespace dlrun::damage_test {
namespace {

using nlohmann::json;

// Cuts, overwrites, repeats or removes a part.
std::string damaged(std::string bytes, Random& random) {
  const int64_t changes = 1 + random.below(4);
  for (int64_t i = 0; i < changes && !bytes.empty(); ++i) {
    const size_t at = static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())));
    const size_t length = static_cast<size_t>(1 + random.below(8));
    switch (random.below(5)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes.erase(at, length);
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, length));
        break;
      case 3:
        bytes[at] = static_cast<char>(random.below(2) ? 0xFF : 0);
        break;
      default:
        bytes[at] = static_cast<char>(random.below(256));
    }
  }
  return bytes;
}

struct Tally {
  int opened = 0, refused = 0;
};

// Opens `count` damaged copies of a file.
Tally try_damage(const std::string& name, const std::string& bytes, int count,
                 const std::function<void(const std::string&)>& open) {
  Tally tally;
  for (int i = 0; i < count; ++i) {
    Random random(7, static_cast<uint32_t>(i));
    test::TempDir dir;
    const std::string path = dir.write(name, damaged(bytes, random));
    INFO("damage " << i);
    try {
      open(path);
      ++tally.opened;
    } catch (const UserError& error) {
      ++tally.refused;
      CHECK((error.code() == ExitCode::bad_data || error.code() == ExitCode::bad_recipe));
      CHECK(std::string(error.what()).size() > path.size());
    }
  }
  return tally;
}

void read_all(const Splits& splits) {
  for (const auto& split : {splits.train, splits.val, splits.test})
    if (split) split->gather(all_rows(split->size()));
}

std::string tar_of_pictures(const std::string& format) {
  test::TempDir dir;
  const std::string path = dir / ("a." + format);
  archive* out = archive_write_new();
  if (format == "zip")
    archive_write_set_format_zip(out);
  else
    archive_write_set_format_ustar(out);
  archive_write_open_filename(out, path.c_str());
  for (int i = 0; i < 4; ++i) {
    const std::string name = std::string(i % 2 ? "dog/" : "cat/") + std::to_string(i) + ".png";
    const std::string bytes = encode_png(at::full({3, 4, 4}, 50 * i, at::kByte));
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, static_cast<int64_t>(bytes.size()));
    archive_write_header(out, entry);
    archive_write_data(out, bytes.data(), bytes.size());
    archive_entry_free(entry);
  }
  archive_write_free(out);
  return test::read_bytes(path);
}

}  // namespace

TEST_CASE("damaged IDX files are refused") {
  std::string images("\0\0\x08\x03\0\0\0\x0a\0\0\0\2\0\0\0\3", 16), labels("\0\0\x08\x01\0\0\0\x0a", 8);
  for (int i = 0; i < 60; ++i) images.push_back(static_cast<char>(i));
  for (int i = 0; i < 10; ++i) labels.push_back(static_cast<char>(i % 3));
  test::TempDir dir;
  const std::string good = dir.write("labels", labels);
  const Tally tally = try_damage("i", images, 300, [&](const std::string& path) {
    read_all(test::dataset("idx", {{"train_images", path}, {"train_labels", good}})->open({.classification = true}));
  });
  CHECK(tally.refused > 100);
  CHECK(tally.opened > 10);  // damaged pixels are pixels
}

TEST_CASE("damaged tables are refused, or read as the table they have become") {
  const std::string text = "id,size,\"colour, of it\",y\n1,10,red,2\n2,,\"bl\"\"ue\",4\n3,30,?,6\n4,20,red,8\n";
  const Tally tally = try_damage("t.csv", text, 500, [&](const std::string& path) {
    read_all(test::dataset("csv", {{"path", path}, {"target", "y"}, {"val", {{"every", 3}}}})->open({}));
  });
  CHECK(tally.refused > 50);
  CHECK(tally.opened > 10);
}

TEST_CASE("damaged texts are refused or read") {
  const Tally tally = try_damage("t.txt", "Größe, € and 😀 in a text of some length", 300, [&](const std::string& path) {
    read_all(test::dataset("text", {{"path", path}, {"context_length", 8}})->open({}));
  });
  CHECK(tally.refused > 30);
  CHECK(tally.opened > 30);
}

TEST_CASE("damaged graphs are refused or read") {
  const std::string nodes = "node_id,label,split,features\na,x,train,0 2\nb,y,val,1\nc,x,test,2\n";
  test::TempDir dir;
  const std::string edges = dir.write("e", "source,target\na,b\nb,c\n");
  const Tally tally = try_damage("n.csv", nodes, 300, [&](const std::string& path) {
    read_all(test::dataset("graph", {{"nodes", path}, {"edges", edges}})->open({.classification = true}));
  });
  CHECK(tally.refused > 50);
}

TEST_CASE("damaged pictures and archives are refused, or give pixels") {
  const std::string png = encode_png(at::arange(300, at::kByte).view({3, 10, 10}));
  const Tally pictures =
      try_damage("x.png", png, 300, [](const std::string& path) { decode_image(test::read_bytes(path), {}, path); });
  CHECK(pictures.refused > 100);
  for (const char* format : {"tar", "zip"}) {
    const Tally archives =
        try_damage(std::string("a.") + format, tar_of_pictures(format), 200, [](const std::string& path) {
          read_all(test::dataset("image_folder", {{"path", path}})->open({.classification = true}));
        });
    CHECK(archives.refused > 20);
  }
}

TEST_CASE("damaged real JPEG files are refused, or give pixels") {
  auto folder = test::real_data("bccd");
  if (folder.empty()) return;
  const std::string jpeg = test::read_bytes(folder / "JPEGImages/BloodImage_00000.jpg");
  const Tally tally =
      try_damage("x.jpg", jpeg, 60, [](const std::string& path) { decode_image(test::read_bytes(path), {}, path); });
  CHECK(tally.refused > 10);
}

TEST_CASE("damaged HDF5 files are refused or read") {
  const std::string bytes = test::read_bytes(test::source_dir() / "tests/golden/hdf5_file.h5");
  const Tally tally = try_damage("x.h5", bytes, 300, [](const std::string& path) {
    read_all(test::dataset("hdf5", {{"path", path}, {"input", "train/real"}, {"target", "train/label"}})
                 ->open({.classification = true}));
  });
  CHECK(tally.refused > 100);
}

}  // namespace dlrun::damage_test
