// Pictures and masks: pairs, values and classes, splits, resizing, and everything that is no mask.

#include <catch2/catch.hpp>

#include "data/components.h"
#include "data/golden_pictures.h"
#include "data/images.h"

namespace dlrun::image_masks_test {
namespace {

using nlohmann::json;

const at::Tensor one_mask =
    at::tensor(std::vector<int64_t>{0, 0, 9, 9, 255, 0, 0, 9, 9, 9, 200, 200}).to(at::kByte).view({1, 3, 4});

at::Tensor picture(int64_t number) {
  return (at::arange(3 * 3 * 4, at::kLong).view({3, 3, 4}) * 3 + 17 * number).remainder(256).to(at::kByte);
}

// Six pictures; mask i is the one above, rolled by i.
void fill(const test::TempDir& dir) {
  for (int64_t i = 0; i < 6; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    dir.write("images/" + name + ".png", encode_png(picture(i)));
    dir.write("masks/" + name + ".png", encode_png(one_mask.roll(i, 2)));
  }
}

Splits open(const test::TempDir& dir, json recipe = json::object(), const OpenOptions& options = {.seed = 1}) {
  recipe["images"] = dir / "images";
  recipe["masks"] = dir / "masks";
  return test::dataset("image_masks", recipe)->open(options);
}

Batch all_masks(const Split& split) { return split.gather(all_rows(split.size())); }

// Of `mask`, by the classes of its sorted values.
at::Tensor classes_of(const at::Tensor& mask, const std::vector<int64_t>& values) {
  at::Tensor target = at::full({mask.size(1), mask.size(2)}, -100, at::kLong);
  for (size_t c = 0; c < values.size(); ++c) target.masked_fill_(mask[0].eq(values[c]), static_cast<int64_t>(c));
  return target;
}

TEST_CASE("image_masks pairs pictures and masks, and numbers the values it finds") {
  const test::TempDir dir;
  fill(dir);
  for (const double limit : {8.0, 0.0}) {  // in memory, or decoded each time
    const Splits splits = open(dir, {{"memory_limit", limit}});
    CHECK(splits.info.classes() == std::vector<std::string>{"0", "9", "200", "255"});
    CHECK(splits.info.input().sizes == std::vector<int64_t>{3, 3, 4});
    REQUIRE(splits.info.target());
    CHECK(splits.info.target()->sizes == std::vector<int64_t>{3, 4});
    CHECK(splits.info.target()->means == FieldInfo::Means::classes);
    const Batch batch = splits.train->gather(std::vector<int64_t>{4, 1});
    CHECK(batch["input"].equal(at::stack({picture(4), picture(1)})));
    CHECK(batch["target"].equal(at::stack(
        {classes_of(one_mask.roll(4, 2), {0, 9, 200, 255}), classes_of(one_mask.roll(1, 2), {0, 9, 200, 255})})));
    CHECK(splits.train->describe(3).ends_with("images/d.png"));
  }
}

TEST_CASE("image_masks takes values, names and what does not count from the recipe") {
  const test::TempDir dir;
  fill(dir);
  const Splits splits =
      open(dir, {{"values", {9, 0, 200}}, {"classes", {"cell", "ground", "wall"}}, {"ignore", {255}}});
  CHECK(splits.info.classes() == std::vector<std::string>{"cell", "ground", "wall"});
  CHECK(all_masks(*splits.train)["target"][0].equal(classes_of(one_mask, {9, 0, 200})));
  // Opened again with what was stored: nothing is found anew.
  const Splits found = open(dir, {{"ignore", {255}}});
  CHECK(found.info.classes() == std::vector<std::string>{"0", "9", "200"});
  dir.write("masks/b.png", encode_png(at::full({1, 3, 4}, 7, at::kByte)));
  test::check_error(
      [&] {
        open(dir, {{"ignore", {255}}}, {.seed = 1, .fitted = found.info.fitted});
      },
      ExitCode::bad_data, "masks/b.png: holds the value 7, which is that of no class");
}

TEST_CASE("image_masks splits by a table, and by rules within what it leaves to the training") {
  const test::TempDir dir;
  fill(dir);
  dir.write("split.csv", "name,part,n\na.png,train,1\nb,test,2\nc,train,3\nd,train,4\ne,VAL,5\nf,train,6\n");
  const json table = {{"path", dir / "split.csv"}, {"id", "name"}, {"split", "part"}};
  Splits splits = open(dir, {{"splits", table}});
  CHECK(splits.train->size() == 4);
  CHECK(all_masks(*splits.test)["input"].equal(picture(1).unsqueeze(0)));
  CHECK(all_masks(*splits.val)["input"].equal(picture(4).unsqueeze(0)));
  test::check_error(
      [&] {
        open(dir, {{"splits", table}, {"val", {{"split", 0.5}}}});
      },
      ExitCode::bad_recipe, "data.val: ");
  dir.write("split.csv", "name,part\na,train\nb,test\nc,train\nd,train\ne,train\nf,train\n");
  splits = open(dir, {{"splits", table}, {"val", {{"rows", {2, 4}}}}});
  CHECK(all_masks(*splits.val)["input"].equal(at::stack({picture(2), picture(3)})));
  CHECK(splits.train->size() == 3);
  const auto refuses = [&](const std::string& text, const std::string& message) {
    dir.write("split.csv", text);
    test::check_error([&] { open(dir, {{"splits", table}}); }, ExitCode::bad_data, message);
  };
  refuses("name,part\na,train\nb,test\n", "images/c.png: has no row in ");
  refuses("name,part\na,train\na,test\n", "split.csv:3: a has a row already");
  refuses("name,part\na,train\nb,later\nc,train\nd,train\ne,train\nf,train\n", "split.csv:3: \"later\" is no split");
  refuses("name,part\na,test\nb,test\nc,test\nd,test\ne,test\nf,test\n", "names no picture to train on");
  refuses("name,part\na,test\nb,test\nc,test\nd,test\ne,test\nf,train\nz,test\n", "split.csv:8: z is no picture in ");
  refuses("id,part\na,test\n", "has no column name (data.splits.id); there are id, part");
}

TEST_CASE("image_masks resizes masks by the nearest value, never to one between") {
  const test::TempDir dir;
  fill(dir);
  const Splits splits = open(dir, {{"size", {6, 8}}});
  CHECK(splits.info.input().sizes == std::vector<int64_t>{3, 6, 8});
  const at::Tensor twice = one_mask.repeat_interleave(2, 1).repeat_interleave(2, 2);
  CHECK(all_masks(*splits.train)["target"][0].equal(classes_of(twice, {0, 9, 200, 255})));
  CHECK(resize_nearest(one_mask, 1, 2).equal(one_mask.slice(1, 1, 2).slice(2, 1, 4, 2)));  // centres
}

TEST_CASE("image_masks reads new pictures without masks") {
  const test::TempDir dir;
  fill(dir);
  const Splits splits = open(dir);
  const auto dataset = test::dataset("image_masks", {{"images", dir / "images"}, {"masks", dir / "masks"}});
  const auto inputs = dataset->open_inputs({dir / "images/c.png"}, {.fitted = splits.info.fitted});
  const Batch batch = all_masks(*inputs);
  CHECK(batch["input"].equal(picture(2).unsqueeze(0)));
  CHECK(!batch.has("target"));
}

TEST_CASE("image_masks refuses what does not belong together, by name") {
  const auto refuses = [](const std::string& file, const std::string& bytes, const std::string& message) {
    INFO(message);
    const test::TempDir dir;
    fill(dir);
    dir.write(file, bytes);
    test::check_error([&] { open(dir); }, ExitCode::bad_data, message);
  };
  const std::string good = encode_png(one_mask);
  refuses("images/g.png", encode_png(picture(6)), "images/g.png: has no mask in ");
  refuses("masks/g.png", good, "masks/g.png: is a mask without a picture in ");
  refuses("images/a.jpg", "", "there are two pictures of the name a");
  refuses("masks/b.png", encode_png(picture(0)), "masks/b.png: is a PNG in colour of 8 bits");
  refuses("masks/b.png", encode_png(at::zeros({1, 5, 5}, at::kByte)), "masks/b.png: is 5 x 5 pixels");
  refuses("masks/b.png", good.substr(0, good.size() / 2), "masks/b.png: was cut short");
  refuses("masks/b.png", test::golden_picture("deep", "grey_16"), "is a PNG in grey of 16 bits");
  refuses("masks/b.png", test::golden_picture("png", "palette"), "is a PNG with a palette of 4 bits");
  refuses("masks/b.png", test::golden_picture("png", "grey_alpha"), "is a PNG in grey of 8 bits with alpha");
  refuses("masks/b.png", test::golden_picture("jpeg", "grey"), "is no PNG file; masks are");
  const test::TempDir dir;
  fill(dir);
  test::check_error([&] { open(dir, {{"values", {0, 9}}}); }, ExitCode::bad_data, "holds the value 255");
  test::check_error(
      [&] {
        open(dir, {{"classes", {"a", "b"}}});
      },
      ExitCode::bad_data, "its masks hold 4 classes (0, 9, 200, 255), and data.classes names 2");
}

TEST_CASE("image_masks reads dsb2018-256 as its table says") {
  const auto folder = test::real_data("dsb2018-256");
  if (folder.empty()) return;
  const Splits splits = test::dataset("image_masks", {{"images", (folder / "images").string()},
                                                      {"masks", (folder / "masks").string()},
                                                      {"splits", {{"path", (folder / "split.csv").string()}}}})
                            ->open({.seed = 1});
  CHECK(splits.train->size() == 267);
  CHECK(splits.test->size() == 67);
  CHECK(splits.info.classes() == std::vector<std::string>{"0", "255"});
  CHECK(splits.info.input().sizes == std::vector<int64_t>{3, 256, 256});
  const json golden = read_golden("image_masks");
  int64_t nuclei = 0, brightness = 0;
  for (const auto& split : {splits.train, splits.test}) {
    const Batch batch = all_masks(*split);
    nuclei += batch["target"].sum().item<int64_t>();
    brightness += batch["input"].sum().item<int64_t>();
  }
  CHECK(nuclei == golden["nucleus_pixels"].get<int64_t>());
  CHECK(brightness == golden["brightness"].get<int64_t>());
}

}  // namespace
namespace {

std::string noted(const std::string& png, int orientation) {
  return test::png_with(png, "eXIf", test::exif(orientation, false));
}

// A quarter clockwise: the columns from the left become the rows, each read from below.
at::Tensor quarter(const at::Tensor& image) { return image.transpose(1, 2).flip(2).contiguous(); }
at::Tensor half(const at::Tensor& image) { return image.flip({1, 2}).contiguous(); }

const json given = {{"values", {0, 9, 200, 255}}};

}  // namespace

TEST_CASE("masks are turned with their pictures, unless they were drawn on the turned ones") {
  const std::vector<int64_t> values = {0, 9, 200, 255};
  const auto first = [](const Splits& splits) { return splits.train->gather(std::vector<int64_t>{0}); };
  test::TempDir stored, shown, own;
  for (const auto& [dir, mask] : {std::pair{&stored, encode_png(one_mask)},
                                  {&shown, encode_png(quarter(one_mask))},
                                  {&own, noted(encode_png(one_mask), 6)}}) {
    dir->write("images/a.png", noted(encode_png(picture(0)), 6));
    dir->write("masks/a.png", mask);
    const Batch batch = first(open(*dir, given));
    CHECK(batch["input"][0].equal(quarter(picture(0))));
    CHECK(batch["target"][0].equal(classes_of(quarter(one_mask), values)));
  }
  json as_stored = given;
  as_stored["orient"] = "stored";
  CHECK(first(open(stored, as_stored))["input"][0].equal(picture(0)));
  CHECK(first(open(stored, as_stored))["target"][0].equal(classes_of(one_mask, values)));
  test::check_error([&] { open(shown, as_stored); }, ExitCode::bad_data, "masks/a.png: is 4 x 3 pixels");

  // Half a turn: the size of a mask tells nothing, so it goes with its picture, or like those that tell.
  test::TempDir dir;
  dir.write("images/a.png", noted(encode_png(picture(0)), 3));
  dir.write("masks/a.png", encode_png(one_mask));
  CHECK(first(open(dir, given))["target"][0].equal(classes_of(half(one_mask), values)));
  dir.write("images/b.png", noted(encode_png(quarter(picture(1))), 8));
  dir.write("masks/b.png", encode_png(one_mask));
  CHECK(first(open(dir, given))["input"][0].equal(half(picture(0))));
  CHECK(first(open(dir, given))["target"][0].equal(classes_of(one_mask, values)));
  dir.write("images/c.png", noted(encode_png(quarter(picture(2))), 8));
  dir.write("masks/c.png", encode_png(quarter(one_mask)));
  test::check_error([&] { open(dir, given); }, ExitCode::bad_data, "masks/a.png: its picture is turned");
}

}  // namespace dlrun::image_masks_test
