// DataFindings about pictures and text: near duplicates, suspected labels, files that cannot be read, groups by name.

#include <set>

#include "audit/findings.h"
#include "base/random.h"
#include "data/images.h"
#include "golden.h"

namespace dlrun::pictures_test {
namespace {

using nlohmann::json;
using test::audited;

Splits small_pictures() {
  const auto folder = test::source_dir() / "recipes/data/fashion_mnist_small";
  return test::dataset("idx", {{"path", folder.string()}})->open({.classification = true});
}

std::shared_ptr<Split> split_of(const at::Tensor& images, const at::Tensor& labels) {
  return std::make_shared<TensorSplit>(
      TensorSplit::Fields{{"input", images.contiguous()}, {"target", labels.contiguous()}}, all_rows(images.size(0)));
}

Batch all_of(const Split& split) { return split.gather(all_rows(split.size())); }

}  // namespace

TEST_CASE("near duplicates of real pictures are those that all pairs at full size give") {
  const json golden = read_golden("leakage")["fashion_mnist_small"]["near"];
  for (const auto& [limit, count] : golden.items()) {
    INFO("ratio " << limit);
    const std::vector<DataFinding> found =
        audited(small_pictures(), {{"picture_ratio", std::stod(limit)}}).named("near_duplicates");
    CHECK((found.empty() ? 0 : found[0].count) == count);
  }
}

TEST_CASE("cropped, brighter and noisy copies of training pictures are found, other pictures are not") {
  const Splits whole = small_pictures();
  const Batch train = all_of(*whole.train), test = all_of(*whole.test);
  at::Tensor images = test["input"].slice(0, 0, 300).clone();
  const auto train_image = [&](int64_t i) { return train["input"][i].to(at::kFloat); };
  images[10] = (train_image(100) * 0.8f + 20).round().to(at::kByte);
  images[11] = (train_image(200) + at::sin(at::arange(784).view({1, 28, 28}) * 1.7f) * 4).clamp(0, 255).to(at::kByte);
  images[12] = train["input"][300];  // equal: an overlap, and no near duplicate
  Splits splits;
  splits.info = whole.info;
  splits.train = whole.train;
  splits.test = split_of(images, test["target"].slice(0, 0, 300));
  const test::Audited before = audited([&] {
    Splits same = splits;
    same.test = split_of(test["input"].slice(0, 0, 300), test["target"].slice(0, 0, 300));
    return same;
  }());
  const test::Audited after = audited(splits);
  CHECK(after.only("exact_overlap").count == 1);
  CHECK(before.named("exact_overlap").empty());
  const int64_t others = before.named("near_duplicates").empty() ? 0 : before.named("near_duplicates")[0].count;
  const DataFinding found = after.only("near_duplicates");
  CHECK(found.count == others + 2);
  std::set<std::pair<int64_t, int64_t>> pairs;
  for (const Example& example : found.examples) pairs.emplace(example.samples[0].index, example.samples[1].index);
  CHECK(pairs.contains({10, 100}));
  CHECK(pairs.contains({11, 200}));
}

TEST_CASE("of labels that were changed on purpose most are suspected, and most suspects were changed") {
  const Splits whole = small_pictures();
  const Batch train = all_of(*whole.train);
  at::Tensor labels = train["target"].clone();
  std::set<int64_t> changed;
  const std::vector<int64_t> order = permutation(labels.size(0), 5, 0);
  for (int64_t i = 0; i < 400; ++i) {  // one in twenty
    int64_t& label = labels.data_ptr<int64_t>()[order[static_cast<size_t>(i)]];
    label = (label + 1 + i % 9) % 10;
    changed.insert(order[static_cast<size_t>(i)]);
  }
  Splits splits;
  splits.info = whole.info;
  splits.train = split_of(train["input"], labels);
  const DataFinding found = audited(splits).only("suspected_label_errors");
  CHECK(found.gravity == Gravity::warning);
  int64_t right = 0;
  for (const json sample : found.numbers["samples"]) right += changed.contains(sample.get<int64_t>());
  const double precision = static_cast<double>(right) / static_cast<double>(found.count);
  const double recall = static_cast<double>(right) / 400.0;
  INFO("precision " << precision << ", recall " << recall << ", " << found.count << " suspects");
  CHECK(precision > 0.7);
  CHECK(recall > 0.5);
  CHECK(found.examples.at(0).detail.find("% of its neighbours are '") != std::string::npos);
}

TEST_CASE("of rows with changed labels all are suspected where classes are far apart, and no other") {
  at::Tensor input = numbers({600, 4}, 0.2), target = at::arange(600).remainder(3);
  input += at::one_hot(target, 4).to(at::kFloat) * 8;
  target[50] = 1 + 1;  // 50 is of class 2: stays
  target[60] = 1;
  target[301] = 2;
  Splits splits;
  splits.info.fields = {{"input", FieldInfo::Means::numbers, {4}},
                        {"target", FieldInfo::Means::classes, {}, {"a", "b", "c"}}};
  splits.train = split_of(input, target);
  const DataFinding found = audited(splits).only("suspected_label_errors");
  CHECK(found.count == 2);
  std::set<int64_t> samples;
  for (const Example& example : found.examples) samples.insert(example.samples[0].index);
  CHECK(samples == std::set<int64_t>{60, 301});
}

TEST_CASE("every picture that cannot be read is told, and the others are checked") {
  test::TempDir dir;
  const auto png = [](int64_t number) {
    return encode_png((numbers({3, 8, 8}, 0.1 * static_cast<double>(number)) * 100 + 128).to(at::kByte));
  };
  for (int64_t i = 0; i < 10; ++i) dir.write("train/cat/" + std::to_string(i) + ".png", png(i));
  for (int64_t i = 0; i < 10; ++i) dir.write("train/dog/" + std::to_string(i) + ".png", png(50 + i));
  for (int64_t i = 0; i < 4; ++i) dir.write("test/dog/" + std::to_string(i) + ".png", png(80 + i));
  dir.write("train/cat/0.png", png(0).substr(0, 60));  // the very first: the shape comes from another
  dir.write("train/dog/4.png", "no picture");
  dir.write("test/dog/2.png", "");
  dir.write("test/dog/3.png", encode_png(at::zeros({3, 9, 8}, at::kByte)));  // another size
  dir.write("test/dog/0.png", png(53));                                      // train/dog/3.png
  for (const double limit : {1.0, 0.0}) {                                    // kept in memory, decoded each time
    INFO("memory limit " << limit);
    const auto reader = test::dataset("image_folder", {{"path", dir.path().string()}, {"memory_limit", limit}});
    std::vector<Unreadable> unreadable;
    const Splits splits = reader->open({.classification = true, .unreadable = &unreadable});
    CHECK(splits.train->size() == 18);
    CHECK(splits.test->size() == 2);
    CHECK(splits.train->describe(0).ends_with("train/cat/1.png"));
    CHECK(test::list(splits.train->gather(std::vector<int64_t>{8, 9})["target"]) == std::vector<int64_t>{0, 1});
    const test::Audited result = audited(splits, json::object(), unreadable);
    const DataFinding found = result.only("unreadable_samples");
    CHECK(found.gravity == Gravity::error);
    CHECK(found.what == "4 of 24 pictures cannot be read");
    REQUIRE(found.examples.size() == 4);
    CHECK(found.examples[0].samples[0].name.ends_with("train/cat/0.png"));
    CHECK(found.examples[3].detail.find("9 x 8 pixels") != std::string::npos);
    CHECK(result.only("exact_overlap").count == 1);
    CHECK(result.only("exact_overlap").examples[0].samples[1].name.ends_with("train/dog/3.png"));
    if (limit > 0) test::check_error([&] { reader->open({.classification = true}); }, ExitCode::bad_data, "0.png");
  }
}

TEST_CASE("groups are found in the names of files") {
  test::TempDir dir;
  int64_t number = 0;
  const auto add = [&](const std::string& name) {
    dir.write(name, encode_png((numbers({1, 8, 8}, static_cast<double>(++number)) * 100 + 128).to(at::kByte)));
  };
  for (const char* name : {"train/a/p1_x.png", "train/a/p2_x.png", "train/b/p3_x.png", "test/a/p2_y.png",
                           "test/b/p4_y.png", "test/b/p2_z.png"})
    add(name);
  const Splits splits =
      test::dataset("image_folder", {{"path", dir.path().string()}, {"mode", "grey"}})->open({.classification = true});
  const DataFinding found = audited(splits, {{"group_pattern", "/(p\\d+)_"}}).only("group_leakage");
  CHECK(found.what == "1 of 2 groups of test are also in train; 2 of 3 test samples belong to them");
  CHECK(audited(splits, {{"group_pattern", "/(p\\d+_.)"}}).named("group_leakage").empty());
  test::check_error(
      [&] {
        audited(splits, {{"group_pattern", "patient(\\d+)"}});
      },
      ExitCode::bad_recipe, "matches no sample's name");
  test::check_error([&] { audited(splits, {{"group_column", "patient"}}); }, ExitCode::bad_recipe, "only tables");
}

TEST_CASE("a text that quotes another is told, one that is new is not") {
  test::TempDir dir;
  std::string train, other;
  for (const int64_t word : permutation(3000, 1, 1)) train += std::to_string(word * 7919 % 100003) + " ";
  for (const int64_t word : permutation(3000, 2, 2)) other += std::to_string(word * 7907 % 99991) + " ";
  const auto open = [&](const std::string& held_out) {
    return test::dataset("text",
                         {{"path", dir.write("train.txt", train)}, {"test", {{"path", dir.write("t", held_out)}}}})
        ->open({});
  };
  CHECK(audited(open(other)).alarms().empty());
  // 120 of the 200 characters of the first passage, in two pieces.
  const std::string quoted =
      train.substr(500, 60) + other.substr(0, 80) + train.substr(2000, 60) + other.substr(80, 2000);
  const DataFinding found = audited(open(quoted)).only("near_duplicates");
  CHECK(found.count == 1);
  CHECK(found.of == 11);
  CHECK(found.examples.at(0).samples.at(1).name == "train position 500");
  CHECK(audited(open(quoted), {{"text_share", 0.7}}).alarms().empty());
}

TEST_CASE("the embedded pictures raise no error") {
  const test::Audited result = audited(small_pictures());
  for (const DataFinding& finding : result.findings) {
    INFO(finding.name);
    CHECK(finding.gravity != Gravity::error);
  }
}

TEST_CASE("of targets of pixels every pixel is counted, and a picture in two splits is told without a class") {
  const at::Tensor images = (at::arange(4 * 3 * 8 * 8, at::kLong) * 37 % 251).to(at::kByte).view({4, 3, 8, 8});
  at::Tensor target = at::zeros({4, 8, 8}, at::kLong);
  target[0][2] = 1;
  target[1][0][0] = -100;
  Splits splits;
  splits.info.fields = {{"input", FieldInfo::Means::pixels, {3, 8, 8}},
                        {"target", FieldInfo::Means::classes, {8, 8}, {"ground", "cell"}}};
  splits.train = split_of(images.slice(0, 0, 3), target.slice(0, 0, 3));
  splits.test = split_of(images.slice(0, 2, 4), target.slice(0, 2, 4));
  const test::Audited found = audited(splits);
  const DataFinding balance = found.only("class_imbalance");
  CHECK(balance.numbers["counts"]["train"]["ground"] == 3 * 64 - 9);
  CHECK(balance.numbers["counts"]["train"]["cell"] == 8);
  CHECK(found.only("exact_overlap").count == 1);
}

}  // namespace dlrun::pictures_test
