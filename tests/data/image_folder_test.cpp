// Pictures: decoding against Pillow, folders and archives, splits, and everything that is no picture.

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "data/augmented.h"
#include "data/components.h"
#include "data/golden_pictures.h"
#include "data/images.h"

namespace dlrun::image_folder_test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// A small picture whose pixels tell it from others.
at::Tensor coloured(int64_t number, int64_t height = 4, int64_t width = 5) {
  return (at::arange(3 * height * width, at::kLong).view({3, height, width}) * 3 + 17 * number)
      .remainder(256)
      .to(at::kByte);
}

std::string png(int64_t number, int64_t height = 4, int64_t width = 5) {
  return encode_png(coloured(number, height, width));
}

// Twelve pictures, six cats and six dogs.
void fill_folder(const test::TempDir& dir, const std::string& prefix = "") {
  for (int64_t i = 0; i < 12; ++i)
    dir.write(prefix + (i % 2 ? "dog/" : "cat/") + std::string(1, static_cast<char>('a' + i)) + ".png", png(i));
}

struct Member {
  std::string name, bytes;
  int type = AE_IFREG;
};

// As the tools do in a shell of today, where characters are UTF-8.
std::string write_archive(const test::TempDir& dir, const std::string& name, const std::vector<Member>& members) {
  const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
  REQUIRE(utf8);
  const locale_t before = uselocale(utf8);
  archive* out = archive_write_new();
  if (name.ends_with("zip")) {
    archive_write_set_format_zip(out);
  } else if (name.ends_with(".gnu.tar")) {
    archive_write_set_format_gnutar(out);
  } else {
    archive_write_set_format_pax_restricted(out);
    if (name.ends_with("gz")) archive_write_add_filter_gzip(out);
  }
  const std::string path = dir / name;
  REQUIRE(archive_write_open_filename(out, path.c_str()) == ARCHIVE_OK);
  for (const Member& member : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name.c_str());
    archive_entry_set_filetype(entry, static_cast<unsigned>(member.type));
    archive_entry_set_perm(entry, 0644);
    if (member.type == AE_IFLNK) archive_entry_set_symlink(entry, member.bytes.c_str());
    archive_entry_set_size(entry, member.type == AE_IFREG ? static_cast<int64_t>(member.bytes.size()) : 0);
    REQUIRE(archive_write_header(out, entry) == ARCHIVE_OK);
    if (member.type == AE_IFREG) archive_write_data(out, member.bytes.data(), member.bytes.size());
    archive_entry_free(entry);
  }
  archive_write_free(out);
  uselocale(before);
  freelocale(utf8);
  return path;
}

Splits open(const json& recipe, const OpenOptions& options = {.seed = 1, .classification = true}) {
  return test::dataset("image_folder", recipe)->open(options);
}

Batch all_of_split(const Split& split) { return split.gather(all_rows(split.size())); }

}  // namespace

TEST_CASE("pictures that are the same are drawn into one split, whether they fit in memory or not") {
  test::TempDir dir;
  for (int64_t i = 0; i < 60; ++i)  // twenty pictures, each three times
    dir.write(std::string(i % 2 ? "dog/" : "cat/") + std::to_string(100 + i) + ".png", png(i % 20));
  for (const double memory : {1.0, 1e-7})  // GiB
    for (uint64_t seed = 0; seed < 5; ++seed) {
      INFO(memory << " " << seed);
      const Splits splits = open({{"path", dir.path().string()}, {"memory_limit", memory}, {"val", {{"split", 0.3}}}},
                                 {.seed = seed, .classification = true});
      CHECK(splits.val->size() == 18);
      std::set<std::vector<double>> held_out;
      for (const at::Tensor& picture : all_of_split(*splits.val)["input"].unbind(0))
        held_out.insert(test::reals(picture.flatten()));
      for (const at::Tensor& picture : all_of_split(*splits.train)["input"].unbind(0))
        CHECK(!held_out.contains(test::reals(picture.flatten())));
    }
}

TEST_CASE("image_folder decodes CIFAR-10 as Pillow does, straight from the archive") {
  auto folder = test::real_data("cifar10-jpg");
  if (folder.empty()) return;
  const json golden = read_golden("data/image_folder");
  const std::string archive = (folder / "test.tar.gz").string();
  Splits splits = open({{"path", archive}, {"val", {{"split", 0.1}, {"stratify", true}}}});
  CHECK(splits.info.classes().size() == 10);
  CHECK(splits.info.classes()[0] == "airplane");
  CHECK(splits.info.input().sizes == std::vector<int64_t>{3, 32, 32});
  CHECK(splits.train->size() == 9000);
  const Batch train = all_of_split(*splits.train), val = all_of_split(*splits.val);
  CHECK(at::bincount(train["target"]).eq(900).all().item<bool>());
  CHECK(at::bincount(val["target"]).eq(100).all().item<bool>());
  const at::Tensor sums = (train["input"].sum({0, 2, 3}) + val["input"].sum({0, 2, 3})).to(at::kDouble);
  for (int64_t c = 0; c < 3; ++c)
    CHECK(sums[c].item<double>() == Approx(golden["totals"][c].get<double>()).epsilon(1e-5));
  for (int64_t row = 0; row < splits.train->size(); ++row) {
    const std::string name = splits.train->describe(row);
    for (const auto& [label, first] : golden["first"].items()) {
      if (name != archive + "/" + first["name"].get<std::string>()) continue;
      INFO(name);
      CHECK(splits.info.classes()[train["target"][row].item<int64_t>()] == label);
      const at::Tensor image = train["input"][row].to(at::kLong);
      for (int64_t c = 0; c < 3; ++c)
        for (int64_t x = 0; x < 32; ++x)
          CHECK(std::abs(image[c][5][x].item<int64_t>() - first["row"][c][x].get<int64_t>()) <= 1);
    }
  }
}

TEST_CASE("image_folder counts all of CIFAR-10's training pictures") {
  auto folder = test::real_data("cifar10-jpg");
  if (folder.empty()) return;
  Splits splits =
      open({{"path", (folder / "train.tar.gz").string()}, {"test", {{"path", (folder / "test.tar.gz").string()}}}});
  CHECK(splits.train->size() == 50000);
  CHECK(splits.test->size() == 10000);
  const Batch train = all_of_split(*splits.train);
  CHECK(at::bincount(train["target"]).eq(5000).all().item<bool>());
  const at::Tensor mean = train["input"].mean({0, 2, 3}, false, at::kDouble) / 255;
  for (auto [c, expected] : {std::pair{0, 0.4913}, {1, 0.4821}, {2, 0.4465}})  // ../shared/data/README.md, note 2
    CHECK(mean[c].item<double>() == Approx(expected).margin(1e-4));
}

TEST_CASE("image_folder finds classes and splits in folders and archives alike") {
  test::TempDir dir;
  std::vector<Member> members;
  for (const char* split : {"train", "val", "test"})
    for (int64_t i = 0; i < 12; ++i) {
      const std::string name =
          std::string("set/") + split + (i % 2 ? "/dog/" : "/cat/") + std::string(1, 'a' + i) + ".png";
      dir.write(name, png(i));
      members.push_back({name, png(i)});
    }
  dir.write("set/train/cat/.hidden.png", "no picture");
  dir.write("set/readme.txt", "no picture either");
  const at::Tensor expected =
      at::stack({coloured(0), coloured(2), coloured(4), coloured(6), coloured(8), coloured(10), coloured(1),
                 coloured(3), coloured(5), coloured(7), coloured(9), coloured(11)});
  for (const std::string& path : {dir / "set", dir.path().string(), write_archive(dir, "a.tar", members),
                                  write_archive(dir, "a.tar.gz", members), write_archive(dir, "a.zip", members)}) {
    if (path == dir.path().string()) fs::remove(dir / "set/readme.txt");
    INFO(path);
    for (double limit : {8.0, 0.0}) {  // in memory, or decoded each time
      Splits splits = open({{"path", path}, {"memory_limit", limit}});
      CHECK(splits.info.classes() == std::vector<std::string>{"cat", "dog"});
      for (const auto& split : {splits.train, splits.val, splits.test}) {
        REQUIRE(split->size() == 12);
        CHECK(all_of_split(*split)["input"].equal(expected));
        CHECK(test::list(all_of_split(*split)["target"]) == std::vector<int64_t>{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1});
        CHECK(test::list(split->gather(std::vector<int64_t>{11, 0})["target"]) == std::vector<int64_t>{1, 0});
        CHECK(split->describe(6).ends_with("dog/b.png"));
      }
    }
  }
}

TEST_CASE("image_folder splits, resizes, reads grey, and needs no classes to learn from pictures alone") {
  test::TempDir dir;
  fill_folder(dir, "set/");
  Splits splits =
      open({{"path", dir / "set"}, {"mode", "grey"}, {"size", {2, 3}}, {"val", {{"folds", 3}, {"stratify", true}}}});
  CHECK(splits.info.input().sizes == std::vector<int64_t>{1, 2, 3});
  CHECK(splits.val->size() == 4);
  CHECK(test::list(all_of_split(*splits.val)["target"]) == std::vector<int64_t>{0, 0, 1, 1});
  Splits flat = open({{"path", dir / "set/cat"}}, {});
  CHECK(flat.train->size() == 6);
  CHECK(!all_of_split(*flat.train).has("target"));
  auto dataset = test::dataset("image_folder", {{"path", dir / "set"}});
  Splits trained = dataset->open({.classification = true});
  auto inputs = dataset->open_inputs({dir / "set/dog/b.png", dir / "set/cat"}, {.fitted = trained.info.fitted});
  CHECK(inputs->size() == 7);
  CHECK(all_of_split(*inputs)["input"][0].equal(coloured(1)));
  test::check_error(
      [&] { dataset->open_inputs({dir.write("big.png", png(0, 8, 8))}, {.fitted = trained.info.fitted}); },
      ExitCode::bad_data, "is 8 x 8 pixels (height x width), expected 4 x 5");
}

TEST_CASE("image_folder follows links to folders and pictures") {
  test::TempDir dir;
  fill_folder(dir, "stored/");
  fs::create_directory(dir / "set");
  fs::create_directory_symlink("../stored/dog", dir / "set/dog");
  fs::create_directory(dir / "set/cat");
  fs::create_directory_symlink(dir / "stored/cat", dir / "set/cat/inner");
  fs::create_symlink("../../stored/cat/a.png", dir / "set/cat/z.png");
  fs::create_directory_symlink("set", dir / "link");
  for (const char* root : {"set", "link"}) {
    const Splits splits = open({{"path", dir / root}});
    CHECK(splits.info.classes() == std::vector<std::string>{"cat", "dog"});
    CHECK(splits.train->size() == 13);
    CHECK(all_of_split(*splits.train)["target"].sum().item<int64_t>() == 6);
    CHECK(splits.train->describe(12).ends_with("dog/l.png"));
  }
}

TEST_CASE("image_folder refuses damaged, foreign and misplaced files by name") {
  struct Case {
    const char* name;
    std::string file, bytes;
    const char* message;
  };
  const std::string good = png(3, 40, 40);
  std::string huge = good, damaged = good;
  huge.replace(16, 8, std::string("\0\1\0\0\0\1\0\0", 8));  // 65536 x 65536 in the header
  huge.replace(29, 4, test::big_endian(test::checksum(huge.substr(12, 17))));
  for (size_t i = 45; i < 90; ++i) damaged[i] = static_cast<char>(damaged[i] ^ 0x35);
  const std::vector<Case> cases = {
      {"empty", "cat/x.png", "", "cat/x.png: is empty"},
      {"text", "cat/x.jpg", "hello world, this is text and no picture", "cat/x.jpg: is neither JPEG nor PNG"},
      {"cut short", "cat/x.png", good.substr(0, good.size() / 2), "cat/x.png: was cut short"},
      {"end missing", "cat/x.png", good.substr(0, good.size() - 12), "cat/x.png: was cut short"},
      {"header only", "cat/x.png", good.substr(0, 34), "cat/x.png: was cut short"},
      {"huge", "cat/x.png", huge, "cat/x.png: has more than 134 million pixels"},
      {"damaged", "cat/x.png", damaged, "cat/x.png: is damaged"},
      {"other format", "cat/x.gif", "GIF89a", "cat/x.gif: pictures of this kind are not read"},
      {"other size", "cat/x.png", png(0, 5, 5), "cat/x.png: is 5 x 5 pixels (height x width), expected 4 x 5"},
      {"no class", "x.png", png(0), "x.png: lies in no class folder"},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    test::TempDir dir;
    fill_folder(dir);
    dir.write(c.file, c.bytes);
    test::check_error([&] { open({{"path", dir.path().string()}}); }, ExitCode::bad_data, c.message);
  }
  for (const char* name : {"cat/z.png", "cow"}) {
    test::TempDir dir;
    fill_folder(dir);
    fs::create_symlink("nowhere", dir / name);
    test::check_error(
        [&] {
          open({{"path", dir.path().string()}});
        },
        ExitCode::no_input, dir / name + ": is a link that leads to no file");
  }
  for (const auto& [target, link] : {std::pair("..", "cat/back"), {"cat", "cat/self"}, {"../..", "cat/above"}}) {
    INFO(link);
    test::TempDir dir;
    fill_folder(dir);
    const std::string to = std::string(target) == "cat" ? dir / "cat" : target;
    fs::create_directory_symlink(to, dir / link);
    test::check_error(
        [&] {
          open({{"path", dir.path().string()}});
        },
        ExitCode::no_input, dir / link + ": is a link back to a folder it lies in");
  }
  test::TempDir dir;
  fill_folder(dir, "set/");
  test::check_error([&] { open({{"path", dir / "none"}}); }, ExitCode::no_input, "none: no such file or folder");
  test::check_error(
      [&] {
        open({{"path", dir.write("x.rar", "")}});
      },
      ExitCode::bad_data, "is no picture, and no tar or zip file");
  test::check_error([&] { open({{"path", dir / "set/cat"}}); }, ExitCode::bad_data, "lies in no class folder");
  fs::create_directory(dir / "empty");
  test::check_error([&] { open({{"path", dir / "empty"}}); }, ExitCode::bad_data, "holds no pictures");
  test::check_error(
      [&] {
        open({{"path", dir / "set"}, {"classes", {"cat", "cow"}}});
      },
      ExitCode::bad_data, "its folder 'dog' is none of the 2 classes");
}

TEST_CASE("image_folder reads names in any script from archives, whatever the locale") {
  const std::string folders[] = {"Größe0", "猫", "собака"};
  const std::string before = setlocale(LC_ALL, nullptr);
  REQUIRE(setlocale(LC_ALL, "C"));
  const test::TempDir dir;
  std::vector<Member> members;
  for (const std::string& folder : folders)
    for (int64_t i = 0; i < 2; ++i) members.push_back({folder + "/é" + std::to_string(i) + ".png", png(i)});
  const auto classes = [&](const std::string& path) { return open({{"path", path}}).info.classes(); };
  const std::vector<std::string> expected = {"Größe0", "собака", "猫"};
  // Names in a pax header, as bytes alone, and under zip's flag for UTF-8.
  for (const char* name : {"a.tar", "a.gnu.tar", "a.tar.gz", "a.zip"}) {
    INFO(name);
    CHECK(classes(write_archive(dir, name, members)) == expected);
  }
  // The thread's locale is as before: numbers are written with a point, characters are those of "C".
  CHECK(uselocale(locale_t{}) == LC_GLOBAL_LOCALE);
  members.push_back(
      {"Gr\xF6\xDF"
       "e/x.png",
       png(1)});
  CHECK_THROWS_WITH(classes(write_archive(dir, "latin1.gnu.tar", members)),
                    Catch::Contains("holds 'Gr\\xF6\\xDFe/x.png', a name that is no UTF-8"));
  setlocale(LC_ALL, before.c_str());
}

TEST_CASE("image_folder refuses archives that are damaged or lead out of themselves") {
  test::TempDir dir;
  const std::vector<std::pair<Member, const char*>> cases = {
      {{"../evil.png", png(0)}, "leads out of the archive"},
      {{"a/../../evil.png", png(0)}, "leads out of the archive"},
      {{"/etc/evil.png", png(0)}, "may lead out of the archive"},
      {{"cat/link.png", "/etc/passwd", AE_IFLNK}, "'cat/link.png' is a link"},
  };
  for (const auto& [member, message] : cases) {
    INFO(message);
    const std::string path = write_archive(dir, "evil.tar", {{"cat/a.png", png(0)}, member, {"dog/b.png", png(1)}});
    test::check_error([&] { open({{"path", path}}); }, ExitCode::bad_data, message);
  }
  test::check_error([&] { open({{"path", dir.write("x.tar", "")}}); }, ExitCode::bad_data, "x.tar: ");
  test::check_error(
      [&] {
        open({{"path", dir.write("x.zip", "PK\3\4 and nothing more")}});
      },
      ExitCode::bad_data, "x.zip: ");
  test::check_error(
      [&] {
        open({{"path", dir.write("x.tar.gz", std::string(5000, 'x'))}});
      },
      ExitCode::bad_data, "no tar or zip archive");
  test::check_error([&] { open({{"path", dir / "none.tar"}}); }, ExitCode::no_input, "none.tar: no such file");
}

TEST_CASE("image_folder notices a real archive and real pictures that were cut short") {
  auto folder = test::real_data("cifar10-jpg");
  if (folder.empty()) return;
  const std::string archive = test::read_bytes(folder / "test.tar.gz");
  test::TempDir dir;
  for (double share : {0.001, 0.3, 0.999}) {
    const std::string cut = archive.substr(0, static_cast<size_t>(share * static_cast<double>(archive.size())));
    test::check_error(
        [&] {
          open({{"path", dir.write("cut.tar.gz", cut)}});
        },
        ExitCode::bad_data, "cut.tar.gz: is damaged");
  }
  auto blood = test::real_data("bccd");
  if (blood.empty()) return;
  const std::string jpeg = test::read_bytes(blood / "JPEGImages/BloodImage_00000.jpg");
  CHECK(decode_image(jpeg, {}, "whole").sizes() == at::IntArrayRef({3, 480, 640}));
  for (size_t keep :
       {size_t{2}, size_t{3}, size_t{20}, size_t{400}, jpeg.size() / 2, jpeg.size() - 10, jpeg.size() - 2}) {
    INFO("kept " << keep << " of " << jpeg.size());
    test::check_error([&] { decode_image(std::string_view(jpeg).substr(0, keep), {}, "cut"); }, ExitCode::bad_data,
                      "cut: ");
  }
}

TEST_CASE("images survive encoding, grids keep their pictures, resizing equals torchvision's") {
  const at::Tensor colour = coloured(3), grey = colour.slice(0, 1, 2).contiguous();
  CHECK(decode_image(encode_png(colour), {}, "colour").equal(colour));
  CHECK(decode_image(encode_png(grey), {.channels = 1}, "grey").equal(grey));
  CHECK(decode_image(encode_png(grey), {}, "grey").equal(grey.expand({3, 4, 5})));
  test::TempDir dir;
  write_png(dir / "x.png", colour.to(at::kFloat) / 255);
  CHECK(decode_image(test::read_bytes(dir / "x.png"), {}, "x").equal(colour));

  const at::Tensor grid = image_grid(at::stack({coloured(0), coloured(1), coloured(2)}), 2, 1);
  CHECK(grid.sizes() == at::IntArrayRef({3, 9, 11}));
  CHECK(grid.slice(1, 0, 4).slice(2, 6, 11).equal(coloured(1)));
  CHECK(grid.slice(1, 5, 9).slice(2, 0, 5).equal(coloured(2)));
  CHECK(grid.slice(1, 5, 9).slice(2, 5, 11).sum().item<int64_t>() == 0);

  const at::Tensor picture = test::picture();
  const json golden = read_golden("data/image_folder")["resize"];
  for (auto [height, width] : {std::pair{12, 20}, {60, 20}, {74, 100}}) {
    const at::Tensor mine = resize_image(picture, height, width).to(at::kLong);
    const json& theirs = golden[std::to_string(height) + "x" + std::to_string(width)];
    int64_t worst = 0;
    for (int64_t c = 0; c < 3; ++c)
      for (int64_t row = 0; row < height; ++row)
        for (int64_t column = 0; column < width; ++column)
          worst =
              std::max(worst, std::abs(mine[c][row][column].item<int64_t>() - theirs[c][row][column].get<int64_t>()));
    CHECK(worst <= 1);
  }
}

TEST_CASE("class_depth makes classes of folders in folders, below a folder that holds everything or not") {
  for (const char* wrapper : {"", "all/"}) {
    const test::TempDir dir;
    for (int64_t i = 0; i < 8; ++i)
      dir.write(wrapper + std::string(i < 4 ? "Greek/" : "Latin/") + (i % 2 ? "b/" : "a/") + std::to_string(i) + ".png",
                png(i));
    const json values = {{"path", dir.path().string()}};
    const auto classes_of = [&](int64_t depth) {
      json options = values;
      options["class_depth"] = depth;
      return test::dataset("image_folder", options)->open({.classification = true}).info.classes();
    };
    CHECK(classes_of(1) == std::vector<std::string>{"Greek", "Latin"});
    CHECK(classes_of(2) == std::vector<std::string>{"Greek/a", "Greek/b", "Latin/a", "Latin/b"});
    test::check_error([&] { classes_of(4); }, ExitCode::bad_data, "lies in no class folder");
  }
}

TEST_CASE("new_classes numbers the classes of held-out pictures after those of the training") {
  const test::TempDir dir;
  fill_folder(dir, "train/");
  for (int64_t i = 20; i < 24; ++i)
    dir.write(std::string(i % 2 ? "val/ant/" : "val/dog/") + std::to_string(i) + ".png", png(i));
  json values = {{"path", dir.path().string()}};
  test::check_error([&] { test::dataset("image_folder", values)->open({.classification = true}); }, ExitCode::bad_data,
                    "'ant' is none of the 2 classes");
  values["new_classes"] = true;
  const Splits splits = test::dataset("image_folder", values)->open({.classification = true});
  CHECK(splits.info.classes() == std::vector<std::string>{"cat", "dog", "ant"});
  CHECK(splits.val->label(0) == 2);
  CHECK(splits.val->label(3) == 1);
}

TEST_CASE("other_classes leaves out what classes does not name, and per_class takes so many of each, by the seed") {
  const test::TempDir dir;
  for (int64_t i = 0; i < 40; ++i)
    dir.write(std::string(i % 4 == 3 ? "train/ant/"
                          : i % 2    ? "train/dog/"
                                     : "train/cat/") +
                  std::to_string(100 + i) + ".png",
              png(i));
  for (int64_t i = 40; i < 44; ++i)
    dir.write(std::string(i % 2 ? "test/ant/" : "test/dog/") + std::to_string(100 + i) + ".png", png(i));
  json values = {{"path", dir.path().string()}, {"classes", {"dog", "cat"}}};
  test::check_error([&] { test::dataset("image_folder", values)->open({.classification = true}); }, ExitCode::bad_data,
                    "'ant' is none of the 2 classes");
  values["other_classes"] = false;
  const Splits all_of_split = test::dataset("image_folder", values)->open({.classification = true});
  CHECK(all_of_split.train->size() == 30);
  CHECK(all_of_split.test->size() == 2);
  CHECK(all_of_split.test->label(0) == 0);

  values["per_class"] = 4;
  const auto drawn = [&](uint64_t seed) {
    const Splits splits = test::dataset("image_folder", values)->open({.seed = seed, .classification = true});
    CHECK(splits.test->size() == 2);
    std::map<int64_t, int64_t> counts;
    std::set<std::string> names;
    for (int64_t i = 0; i < splits.train->size(); ++i) {
      ++counts[splits.train->label(i)];
      names.insert(splits.train->describe(i));
    }
    CHECK(counts == std::map<int64_t, int64_t>{{0, 4}, {1, 4}});
    return names;
  };
  CHECK(drawn(1).size() == 8);
  CHECK(drawn(1) == drawn(1));
  CHECK(drawn(1) != drawn(2));
  values["per_class"] = 15;  // of the ten dogs all
  CHECK(test::dataset("image_folder", values)->open({.classification = true}).train->size() == 25);
}

}  // namespace dlrun::image_folder_test
