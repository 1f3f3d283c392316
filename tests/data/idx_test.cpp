// IDX reader: real Fashion-MNIST, splits, and every way a file can be wrong.

#include <catch2/catch.hpp>
#include <set>

#include "base/error.h"
#include "data/components.h"

namespace dlrun::idx_test {
namespace {

// A header of the given magic and sizes, then `values` bytes counting up.
std::string idx(std::initializer_list<int> magic, std::initializer_list<uint32_t> sizes, size_t values) {
  std::string bytes;
  for (int b : magic) bytes.push_back(static_cast<char>(b));
  for (uint32_t size : sizes)
    for (int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(size >> shift));
  for (size_t i = 0; i < values; ++i) bytes.push_back(static_cast<char>(i % 7));
  return bytes;
}

const std::string good_images = idx({0, 0, 8, 3}, {10, 2, 3}, 60);
const std::string good_labels = idx({0, 0, 8, 1}, {10}, 10);

std::shared_ptr<Dataset> reader(const std::string& images, const std::string& labels) {
  return test::dataset("idx", {{"train_images", images}, {"train_labels", labels}});
}

}  // namespace

TEST_CASE("idx reads the whole of Fashion-MNIST") {
  auto folder = test::real_data("fashion-mnist");
  if (folder.empty()) return;
  auto dataset = test::dataset("idx", {{"path", folder.string()}});
  Splits splits = dataset->open({.classification = true});
  REQUIRE(splits.train->size() == 60000);
  REQUIRE(splits.test->size() == 10000);
  REQUIRE(!splits.val);
  CHECK(splits.info.input().sizes == std::vector<int64_t>{1, 28, 28});
  CHECK(splits.info.classes().size() == 10);
  for (auto [split, each] : {std::pair{splits.train, 6000}, std::pair{splits.test, 1000}}) {
    Batch all = split->gather(all_rows(split->size()));
    CHECK(at::bincount(all["target"]).eq(each).all().item<bool>());
    if (each == 6000) {  // ../shared/data/README.md: pixel mean 0.2860, deviation 0.3530
      at::Tensor pixels = all["input"].to(at::kDouble) / 255;
      CHECK(pixels.mean().item<double>() == Approx(0.2860).margin(5e-5));
      CHECK(pixels.std(false).item<double>() == Approx(0.3530).margin(5e-5));
    }
  }
  // The first training labels, as every reader of these files sees them.
  CHECK(test::list(splits.train->gather(all_rows(10))["target"]) == std::vector<int64_t>{9, 0, 0, 3, 0, 2, 7, 2, 5, 5});
}

TEST_CASE("idx reads plain files, gather copies the rows asked for") {
  test::TempDir dir;
  auto dataset = reader(dir.write("i", good_images), dir.write("l", good_labels));
  Splits splits = dataset->open({.classification = true});
  CHECK(splits.info.classes() == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6"});
  std::vector<int64_t> rows = {9, 0};
  Batch batch = splits.train->gather(rows);
  CHECK(batch.count == 2);
  CHECK(batch["input"].sizes() == at::IntArrayRef({2, 1, 2, 3}));
  CHECK(test::list(batch["input"][0].flatten()) == std::vector<int64_t>{5, 6, 0, 1, 2, 3});  // 54 % 7 = 5
  CHECK(test::list(batch["target"]) == std::vector<int64_t>{2, 0});
  CHECK(splits.train->describe(9).ends_with("i image 9"));
  CHECK(dataset->open({}).train->gather(rows)["target"].equal(
      at::tensor({2.0f, 0.0f}).unsqueeze(1)));  // numbers where the task is no classification
}

TEST_CASE("idx refuses damaged files") {
  struct Case {
    const char* name;
    std::string images, labels;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"empty", "", good_labels, "is empty, expected the IDX magic number"},
      {"magic", "\x89PNG....", good_labels, "is no IDX file"},
      {"float values", idx({0, 0, 13, 3}, {10, 2, 3}, 60), good_labels, "IDX type 13"},
      {"five dimensions", idx({0, 0, 8, 5}, {1, 1, 1, 1, 1}, 1), good_labels, "has 5 dimensions"},
      {"header cut", good_images.substr(0, 10), good_labels, "ends after 10 bytes"},
      {"values cut", good_images.substr(0, 70), good_labels,
       "ends after 70 bytes, expected 60 bytes of values from offset 16"},
      {"most values cut", good_images.substr(0, 50), good_labels, "promises 60 values in its header, but cannot hold"},
      {"too long", good_images + "xxxxx", good_labels, "holds more than its header says: data goes on at offset 76"},
      {"huge header", idx({0, 0, 8, 3}, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, 60), good_labels,
       "but cannot hold more than 76"},
      {"large header", idx({0, 0, 8, 3}, {0xFFFFFFFF, 5, 5}, 60), good_labels, "cannot hold more than 76"},
      {"zero rows", idx({0, 0, 8, 3}, {0, 2, 3}, 0), good_labels, "dimension 0 in its header is 0"},
      {"labels as images", good_labels, good_labels, "has 1 dimensions, images have 3"},
      {"images as labels", good_images, good_images, "has 3 dimensions, labels have 1"},
      {"counts differ", good_images, idx({0, 0, 8, 1}, {9}, 9), "holds 9 labels"},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    test::TempDir dir;
    auto dataset = reader(dir.write("images", c.images), dir.write("labels", c.labels));
    test::check_error([&] { dataset->open({.classification = true}); }, ExitCode::bad_data, c.message);
  }
}

TEST_CASE("idx names the label that is outside the classes") {
  test::TempDir dir;
  auto dataset = test::dataset("idx", {{"train_images", dir.write("i", good_images)},
                                       {"train_labels", dir.write("l", good_labels)},
                                       {"classes", {"a", "b", "c"}}});
  test::check_error([&] { dataset->open({.classification = true}); }, ExitCode::bad_data,
                    "l: label 3 at position 3 is outside the 3 classes");
}

TEST_CASE("idx reports missing files and folders as missing input") {
  test::TempDir dir;
  std::string images = dir.write("i", good_images);
  test::check_error([&] { reader(dir / "none", images)->open({}); }, ExitCode::no_input, "none: no such file");
  test::check_error([&] { reader(dir.path().string(), images)->open({}); }, ExitCode::no_input, "is a folder");
  test::check_error(
      [&] {
        test::dataset("idx", {{"path", dir / "none"}})->open({});
      },
      ExitCode::no_input, "no such folder");
  if (geteuid() != 0) {  // root may read everything
    std::filesystem::permissions(images, std::filesystem::perms::none);
    test::check_error([&] { reader(images, images)->open({}); }, ExitCode::no_input, "cannot be read");
  }
}

TEST_CASE("idx notices a real gzip file that was cut short or damaged anywhere") {
  auto folder = test::real_data("fashion-mnist");
  if (folder.empty()) return;
  const std::string labels = test::read_bytes(folder / "t10k-labels-idx1-ubyte.gz");
  const std::string images = (folder / "t10k-images-idx3-ubyte.gz").string();
  REQUIRE(labels.size() > 5000);
  for (size_t keep : {size_t{3}, size_t{12}, size_t{30}, labels.size() / 2, labels.size() - 9, labels.size() - 4,
                      labels.size() - 1}) {
    INFO("kept " << keep << " of " << labels.size());
    test::TempDir dir;
    test::check_error([&] { reader(images, dir.write("l.gz", labels.substr(0, keep)))->open({}); }, ExitCode::bad_data,
                      "l.gz: ");
  }
  for (size_t at : {size_t{100}, labels.size() / 2, labels.size() - 6}) {
    INFO("flipped byte " << at);
    std::string damaged = labels;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5A);
    test::TempDir dir;
    test::check_error([&] { reader(images, dir.write("l.gz", damaged))->open({}); }, ExitCode::bad_data, "l.gz: ");
  }
}

TEST_CASE("idx splits validation off the training files and leaves the test files alone") {
  auto folder = test::real_data("fashion-mnist");
  if (folder.empty()) return;
  auto dataset = test::dataset("idx", {{"path", folder.string()}, {"val", {{"split", 0.1}, {"stratify", true}}}});
  Splits a = dataset->open({.seed = 1, .classification = true}), b = dataset->open({.seed = 1, .classification = true});
  Splits c = dataset->open({.seed = 2, .classification = true});
  REQUIRE(a.val->size() == 6000);
  REQUIRE(a.train->size() == 54000);
  CHECK(a.test->size() == 10000);
  CHECK(at::bincount(a.val->gather(all_rows(6000))["target"]).eq(600).all().item<bool>());
  auto rows = [](const Splits& s) -> const std::vector<int64_t>& {
    return static_cast<const TensorSplit&>(*s.val).rows();
  };
  CHECK(rows(a) == rows(b));
  CHECK(rows(a) != rows(c));
  std::set<int64_t> seen(rows(a).begin(), rows(a).end());
  for (int64_t row : static_cast<const TensorSplit&>(*a.train).rows()) CHECK(!seen.contains(row));
}

TEST_CASE("idx opens new images like the training ones") {
  test::TempDir dir;
  auto dataset = reader(dir.write("i", good_images), dir.write("l", good_labels));
  Splits splits = dataset->open({.classification = true});
  auto inputs = dataset->open_inputs({dir / "i", dir / "i"}, {.fitted = splits.info.fitted, .classification = true});
  CHECK(inputs->size() == 20);
  Batch batch = inputs->gather(all_rows(20));
  CHECK(!batch.has("target"));
  CHECK(batch["input"].slice(0, 10).equal(splits.train->gather(all_rows(10))["input"]));
  CHECK(inputs->describe(13).ends_with("i image 3"));
  std::string other = dir.write("other", idx({0, 0, 8, 3}, {1, 3, 3}, 9));
  test::check_error([&] { dataset->open_inputs({other}, {.fitted = splits.info.fitted}); }, ExitCode::bad_data,
                    "differ in size");
}

}  // namespace dlrun::idx_test
