// Finding pictures by what they are; what is left out, and what is special about those that are not.

#include <catch2/catch.hpp>

#include "base/log.h"
#include "data/components.h"
#include "data/golden_pictures.h"
#include "data/in_parallel.h"
#include "data/picture_files.h"

namespace dlrun::picture_files_test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string png(int value, int64_t height = 4, int64_t width = 5) {
  return encode_png(at::full({3, height, width}, value, at::kByte));
}

std::string jpeg() { return test::golden_picture("jpeg", "plain"); }

// What is said while `work` runs.
std::string said(const std::function<void()>& work) {
  const test::TempDir dir;
  close_log_file();
  open_log_file(dir / "log.txt");
  const size_t before = test::read_bytes(dir / "log.txt").size();
  work();
  close_log_file();
  return test::read_bytes(dir / "log.txt").substr(before);
}

std::vector<std::string> names_of(const FoundPictures& found) {
  std::vector<std::string> names;
  for (const Picture& picture : found.pictures) names.push_back(picture.name);
  return names;
}

Splits open(const test::TempDir& dir, json recipe = json::object()) {
  recipe["path"] = dir.path().string();
  return test::dataset("image_folder", recipe)->open({.seed = 1, .classification = true});
}

at::Tensor first_input(const Split& split) { return split.gather(std::vector<int64_t>{0})["input"]; }

}  // namespace

TEST_CASE("pictures are found by their endings in any case, or by their first bytes") {
  const test::TempDir dir;
  for (const char* name : {"a.JPG", "b.jpeg", "c.JPE", "d.jfif", "e.Jpg", "f", "g.picture", "h.bmp", "deep/er/i.tmp"})
    dir.write(name, jpeg());
  dir.write("j.PNG", png(1));
  dir.write("k.dat", png(1));
  const FoundPictures found = find_pictures(dir.path().string());
  CHECK(names_of(found) == std::vector<std::string>{"a.JPG", "b.jpeg", "c.JPE", "d.jfif", "deep/er/i.tmp", "e.Jpg", "f",
                                                    "g.picture", "h.bmp", "j.PNG", "k.dat"});
  for (const Picture& picture : found.pictures) CHECK(picture.facts);
  CHECK(found.pictures.front().facts->height == 21);
  CHECK(names_of(find_pictures(dir / "f")) == std::vector<std::string>{"f"});
  test::check_error([&] { find_pictures(dir.write("x.gif", "GIF89a and no picture of ours")); }, ExitCode::bad_data,
                    "pictures of this kind are not read");
}

TEST_CASE("files that are left out are counted by reason and told once") {
  const test::TempDir dir;
  for (const char* name : {"cat/1.png", "cat/2.png", "dog/3.png"}) dir.write(name, png(name[4]));
  CHECK(said([&] { find_pictures(dir.path().string()); }).empty());
  for (const char* name : {".DS_Store", "cat/.hidden.png", "__MACOSX/cat/._1.png", ".git/x/y"}) dir.write(name, "x");
  for (const char* name : {"cat/Thumbs.db", "cat/notes.txt", "labels.TXT", "dog/README"}) dir.write(name, "words");
  dir.write("dog/nothing", "");
  const std::string told = said([&] { CHECK(find_pictures(dir.path().string()).pictures.size() == 3); });
  CHECK_THAT(told, Catch::Contains("9 files are left out: 4 hidden, 4 no pictures (no ending, .db, .txt), 1 empty"));
  CHECK(std::count(told.begin(), told.end(), '\n') == 1);
}

TEST_CASE("a class folder in which there is no picture is told by name") {
  for (const char* wrapper : {"", "all/", "train/", "all/train/"}) {
    INFO(wrapper);
    const test::TempDir dir;
    for (const char* name : {"cat/1.png", "dog/2.png", "dog/more/3.png"})
      dir.write(std::string(wrapper) + name, png(name[0]));
    CHECK_THAT(said([&] { open(dir); }), !Catch::Contains("holds no picture"));
    dir.write(std::string(wrapper) + "cow/1.txt", "moo");
    fs::create_directories(dir / (std::string(wrapper) + "emu/inner"));
    fs::create_directories(dir / (std::string(wrapper) + "dog/empty"));  // no class
    if (std::string(wrapper) == "train/") dir.write("papers/1.txt", "no split, so no place of classes");
    Splits splits;
    const std::string told = said([&] { splits = open(dir); });
    CHECK(splits.info.classes() == std::vector<std::string>{"cat", "dog"});
    for (const char* name : {"cow", "emu"})
      CHECK_THAT(told,
                 Catch::Contains("the class folder " + dir / (std::string(wrapper) + name) + " holds no picture"));
    CHECK_THAT(told, !Catch::Contains("dog/empty"));
    CHECK_THAT(told, !Catch::Contains("papers"));
    CHECK_THAT(told, !Catch::Contains("inner"));
  }
}

TEST_CASE("class folders whose names are no UTF-8 become classes of names that are") {
  const test::TempDir dir;
  for (const char* folder : {"caf\xE9", "chat", "\xFF\xFE", "gr\xC3\xBC\xC3\x9F"})
    for (const char* file : {"/1.png", "/2\xB0.png"}) dir.write(std::string(folder) + file, png(folder[0] + file[1]));
  const Splits splits = open(dir);
  CHECK(splits.info.classes() == std::vector<std::string>{"\\xFF\\xFE", "caf\\xE9", "chat", "gr\xC3\xBC\xC3\x9F"});
  CHECK_NOTHROW(to_json(splits.info).dump());
  CHECK(splits.train->size() == 8);
  CHECK(readable_name("plain \xE2\x82\xAC") == "plain \xE2\x82\xAC");
}

TEST_CASE("pictures come as they are shown, or with `orient: stored` as they are stored, and it is told") {
  const test::TempDir dir;
  for (const char* name : {"a/1.jpg", "b/2.jpg"}) dir.write(name, test::jpeg_turned(jpeg(), 6));
  for (const double limit : {8.0, 0.0}) {
    Splits shown, stored;
    CHECK_THAT(said([&] {
                 shown = open(dir, {{"memory_limit", limit}});
               }),
               Catch::Contains("2 of 2 pictures turned as the camera notes (EXIF orientation)"));
    CHECK(said([&] { stored = open(dir, {{"memory_limit", limit}, {"orient", "stored"}}); }).empty());
    CHECK(shown.info.input().sizes == std::vector<int64_t>{3, 13, 21});
    CHECK(stored.info.input().sizes == std::vector<int64_t>{3, 21, 13});
    // A quarter clockwise: the columns from the left are the rows, each from below.
    CHECK(first_input(*shown.train).equal(first_input(*stored.train).transpose(2, 3).flip(3)));
    auto dataset = test::dataset("image_folder", {{"path", dir.path().string()}, {"orient", "stored"}});
    CHECK(first_input(*dataset->open_inputs({dir / "a"}, {.fitted = stored.info.fitted}))
              .equal(first_input(*stored.train)));
  }
  // Of pictures that are decoded later, a size that differs is told before the training.
  dir.write("b/3.jpg", jpeg());
  test::check_error([&] { open(dir, {{"memory_limit", 0}}); }, ExitCode::bad_data, "b/3.jpg: is 21 x 13 pixels");
}

TEST_CASE("one picture of 16 bits makes all splits deep: none of them loses a bit, and they can be compared") {
  const std::string deep = test::golden_picture("deep", "rgb_16"), plain = test::golden_picture("png", "rgb");
  for (const double limit : {8.0, 0.0}) {
    const test::TempDir dir;
    for (const char* name : {"train/a/1.png", "train/b/2.png", "val/a/1.png"}) dir.write(name, plain);
    CHECK(first_input(*open(dir, {{"memory_limit", limit}}).train).scalar_type() == at::kByte);
    dir.write("val/b/2.png", deep);
    Splits splits;
    CHECK_THAT(said([&] {
                 splits = open(dir, {{"memory_limit", limit}});
               }),
               Catch::Contains("1 of 4 pictures of 16 bits, all of which are kept"));
    const at::Tensor train = first_input(*splits.train);
    CHECK(train.scalar_type() == at::kUInt16);
    CHECK(train[0].equal(decode_image(plain, {.deep = true}, "x")));
    CHECK(splits.val->gather(std::vector<int64_t>{1})["input"][0].equal(decode_image(deep, {.deep = true}, "x")));
    const Splits small = open(dir, {{"memory_limit", limit}, {"size", {3, 4}}});
    CHECK(first_input(*small.train).sizes() == at::IntArrayRef({1, 3, 3, 4}));
    const at::Tensor resized = resize_image(decode_image(plain, {}, "x"), 3, 4).to(at::kFloat) / 255;
    CHECK((first_input(*small.train)[0].to(at::kFloat) / 65535 - resized).abs().max().item<float>() <=
          0.5f / 255 + 1e-4f);
  }
}

TEST_CASE("alpha that is left out, and bytes that may be damage, are told with counts") {
  const std::string padded = jpeg().substr(0, jpeg().size() - 2) + std::string(50, 'a') + "\xFF\xD9";
  const test::TempDir dir;
  dir.write("a/1.png", test::golden_picture("png", "rgba"));
  dir.write("a/2.png", test::golden_picture("png", "palette_alpha"));
  dir.write("b/3.png", test::golden_picture("png", "rgb"));
  CHECK_THAT(said([&] { open(dir); }), Catch::Contains("2 of 3 pictures with alpha, which is left out"));
  const test::TempDir other;
  other.write("a/1.jpg", jpeg());
  other.write("a/2.jpg", padded);
  other.write("b/3.jpg", padded);
  CHECK_THAT(said([&] { open(other); }), Catch::Contains("2 pictures may be damaged") && Catch::Contains("a/2.jpg: "));
  CHECK_THAT(said([&] {
               const Splits splits = open(other, {{"memory_limit", 0}});
               for (int i = 0; i < 3; ++i) splits.train->gather(std::vector<int64_t>{0, 1, 2});
             }),
             Catch::Contains("a/2.jpg: ") && !Catch::Contains("b/3.jpg"));
}

TEST_CASE("a loop over threads does everything once, and throws the first error") {
  std::vector<int> done(1000);
  in_parallel(1000, [&](int64_t i) { ++done[static_cast<size_t>(i)]; });
  CHECK(done == std::vector<int>(1000, 1));
  for (int times = 0; times < 20; ++times)
    CHECK_THROWS_WITH(in_parallel(300,
                                  [](int64_t i) {
                                    if (i >= 70) throw std::runtime_error(std::to_string(i));
                                  }),
                      "70");
  in_parallel(0, [](int64_t) { FAIL("nothing is to be done"); });
}

}  // namespace dlrun::picture_files_test
