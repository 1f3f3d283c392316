// HDF5 reader, on a file that h5py wrote (golden/hdf5_file.py).

#include <hdf5.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "base/log.h"
#include "data/components.h"
#include "data/hdf5_file.h"

namespace dlrun::hdf5_test {
namespace {

using nlohmann::json;

std::string file() { return (test::source_dir() / "tests/golden/hdf5_file.h5").string(); }

Splits open(json recipe, bool classification) {
  if (!recipe.contains("path")) recipe["path"] = file();
  return test::dataset("hdf5", recipe)->open({.seed = 1, .classification = classification});
}

Batch all(const Split& split) { return split.gather(all_rows(split.size())); }

// Rows of 0, 1, 2, ... one after the other; `chunk` 0: in one piece.
void write_large(const std::string& path, hsize_t rows, hsize_t columns, hsize_t chunk) {
  const at::Tensor values = at::arange(static_cast<int64_t>(rows * columns), at::kFloat);
  const hsize_t sizes[] = {rows, columns}, piece[] = {chunk, columns};
  const hid_t opened = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(2, sizes, nullptr), plan = H5Pcreate(H5P_DATASET_CREATE);
  if (chunk > 0) H5Pset_chunk(plan, 2, piece);
  const hid_t dataset = H5Dcreate2(opened, "x", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, plan, H5P_DEFAULT);
  REQUIRE(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.const_data_ptr()) >= 0);
  H5Dclose(dataset);
  H5Pclose(plan);
  H5Sclose(space);
  H5Fclose(opened);
}

}  // namespace

TEST_CASE("hdf5 reads large datasets in parts, whatever their chunks") {
  test::TempDir dir;
  for (const hsize_t chunk : {0, 1, 3001, 90001}) {
    INFO(chunk);
    write_large(dir / "large.h5", 90001, 60, chunk);  // 20.6 MiB, of which 16 come at once
    const at::Tensor values = Hdf5File(dir / "large.h5").read("x");
    CHECK(values.equal(at::arange(90001 * 60, at::kFloat).view({90001, 60})));
  }
}

TEST_CASE("hdf5 reads what h5py wrote: bytes, integers, compressed big-endian doubles") {
  const json recipe = {{"input", "train/pixels"},
                       {"target", "train/label"},
                       {"test", {{"input", "test/pixels"}, {"target", "test/label"}}},
                       {"val", {{"split", 0.25}, {"stratify", true}}}};
  Splits splits = open(recipe, true);
  CHECK(splits.info.classes() == std::vector<std::string>{"0", "1", "2"});
  CHECK(splits.info.input().sizes == std::vector<int64_t>{1, 4, 4});
  CHECK(splits.val->size() == 3);
  CHECK(at::bincount(all(*splits.val)["target"]).eq(1).all().item<bool>());
  const Batch train = all(*splits.train);
  CHECK(train["input"].scalar_type() == at::kByte);
  for (int64_t i = 0; i < 9; ++i)  // pixel 0 of row n is 7 n, its label n % 3
    CHECK(train["input"][i][0][0][0].item<int64_t>() / 7 % 3 == train["target"][i].item<int64_t>());
  CHECK(test::list(all(*splits.test)["target"]) == std::vector<int64_t>{2, 0});
  CHECK(all(*splits.test)["input"][1][0][3][3].item<int64_t>() == 231);
  CHECK(splits.test->describe(1).ends_with("hdf5_file.h5:test/pixels row 1"));

  Splits real = open({{"input", "train/real"}, {"target", "train/value"}}, false);
  const Batch values = all(*real.train);
  for (int64_t i = 0; i < 36; ++i)
    CHECK(values["input"].flatten()[i].item<double>() == Approx(std::sin(static_cast<double>(i))).margin(1e-6));
  CHECK(values["target"].sizes() == at::IntArrayRef({12, 1}));
  CHECK(values["target"][3][0].item<double>() == Approx(std::cos(3.0)));
  CHECK(real.info.target()->sizes == std::vector<int64_t>{1});

  Splits column = open({{"input", "train/real"}, {"target", "train/label_column"}}, true);
  CHECK(test::list(all(*column.train)["target"].slice(0, 0, 4)) == std::vector<int64_t>{0, 1, 2, 0});
  CHECK(!all(*open({{"input", "train/real"}}, false).train).has("target"));
}

TEST_CASE("hdf5 takes a dataset of one dimension as one number for each sample") {
  Splits splits = open({{"input", "train/value"}, {"target", "train/label"}}, true);
  CHECK(splits.info.input().sizes == std::vector<int64_t>{1});
  const Batch values = all(*splits.train);
  CHECK(values["input"].sizes() == at::IntArrayRef({12, 1}));
  CHECK(values["input"][5][0].item<double>() == Approx(std::cos(5.0)));
  auto inputs = test::dataset("hdf5", {{"path", file()}, {"input", "train/value"}})
                    ->open_inputs({file()}, {.fitted = splits.info.fitted});
  CHECK(all(*inputs)["input"].equal(values["input"]));
}

TEST_CASE("hdf5 puts channels first where they stand last, and warns where they seem to") {
  const auto said = [](const json& recipe) {
    const test::TempDir dir;
    close_log_file();
    open_log_file(dir / "log.txt");
    const size_t before = test::read_bytes(dir / "log.txt").size();
    const Splits splits = open(recipe, true);
    close_log_file();
    return std::pair{splits.info.input().sizes, test::read_bytes(dir / "log.txt").substr(before)};
  };
  json recipe = {{"input", "train/pixels_last"}, {"target", "train/label"}};
  const auto [guessed, told] = said(recipe);
  CHECK(guessed == std::vector<int64_t>{4, 4, 3});
  CHECK_THAT(told, Catch::Contains("warning") && Catch::Contains("layout: channels_last"));
  recipe["layout"] = "channels_first";
  CHECK(said(recipe) == std::pair{std::vector<int64_t>{4, 4, 3}, std::string()});
  recipe["layout"] = "channels_last";
  CHECK(said(recipe) == std::pair{std::vector<int64_t>{3, 4, 4}, std::string()});
  CHECK(said({{"input", "train/pixels"}, {"target", "train/label"}}).second.empty());
  // Channel c of the file is that of train/pixels plus c.
  const at::Tensor one = all(*open({{"input", "train/pixels"}, {"target", "train/label"}}, true).train)["input"];
  const Splits splits = open(recipe, true);
  CHECK(all(*splits.train)["input"].equal(at::cat({one, one + 1, one + 2}, 1)));
  auto inputs = test::dataset("hdf5", {{"path", file()}, {"input", "train/pixels_last"}, {"layout", "channels_last"}})
                    ->open_inputs({file()}, {.fitted = splits.info.fitted});
  CHECK(all(*inputs)["input"].equal(at::cat({one, one + 1, one + 2}, 1)));
  // A series [N, steps, channels] too.
  const Splits series =
      open({{"input", "train/series_last"}, {"target", "train/label"}, {"layout", "channels_last"}}, true);
  CHECK(all(*series.train)["input"].equal(at::arange(120, at::kFloat).view({12, 5, 2}).transpose(1, 2)));
}

TEST_CASE("hdf5 takes booleans, enumerations, small integers and whole floats for labels") {
  for (const auto& [name, classes] :
       {std::pair{"train/flag", 2}, {"train/whole", 3}, {"train/kind", 3}, {"train/enumerated", 3}}) {
    INFO(name);
    const Splits splits = open({{"input", "train/real"}, {"target", name}}, true);
    CHECK(splits.info.classes().size() == static_cast<size_t>(classes));
    const at::Tensor rest = at::arange(12, at::kLong).remainder(3);
    CHECK(all(*splits.train)["target"].equal(classes == 2 ? rest.eq(1).to(at::kLong) : rest));
  }
  // As inputs they are numbers, as targets of a regression too.
  const Splits numbers = open({{"input", "train/flag"}, {"target", "train/flag"}}, false);
  const at::Tensor flags = at::arange(12, at::kLong).remainder(3).eq(1).to(at::kFloat).unsqueeze(1);
  CHECK(all(*numbers.train)["input"].equal(flags));
  CHECK(all(*numbers.train)["target"].equal(flags));
}

TEST_CASE("hdf5 scales targets by the training rows, in double, and refuses those of which 32 bits keep nothing") {
  const json recipe = {{"input", "train/real"}, {"target", "train/seconds"}, {"test", {{"rows", {8, 12}}}}};
  test::check_error([&] { open(recipe, false); }, ExitCode::bad_data,
                    "train/seconds: targets around 1700000000 that differ by 230");
  json scaled = recipe;
  scaled["target_scaling"] = "standard";
  const Splits splits = open(scaled, false);
  // numpy: n = arange(8); y = 1.7e9 + 100 * n + n % 4; y.mean(), y.std()
  REQUIRE(splits.info.target_offset.size() == 1);
  CHECK(splits.info.target_offset[0] == 1700000351.5);
  CHECK(splits.info.target_scale[0] == Approx(229.67640279).epsilon(1e-9));
  const auto unscaled = [&](const Split& split, int64_t row) {
    return all(split)["target"][row][0].item<double>() * splits.info.target_scale[0] + splits.info.target_offset[0];
  };
  CHECK(unscaled(*splits.train, 3) == Approx(1700000303.0).margin(1e-3));
  CHECK(unscaled(*splits.test, 3) == Approx(1700001103.0).margin(1e-3));
  // Opened again, nothing is fitted again: other rows, the same scale.
  json other = scaled;
  other["test"] = {{"rows", {0, 4}}};
  const Splits again = test::dataset("hdf5",
                                     [&] {
                                       other["path"] = file();
                                       return other;
                                     }())
                           ->open({.seed = 1, .fitted = splits.info.fitted});
  CHECK(again.info.target_offset == splits.info.target_offset);

  test::check_error(
      [&] {
        open({{"input", "train/clocks"}, {"target", "train/value"}}, false);
      },
      ExitCode::bad_data, "train/clocks: column 1: inputs around 1700000000");
  CHECK(open({{"input", "train/label"}, {"target", "train/value"}}, false).info.target_scale.empty());
}

TEST_CASE("hdf5 opens new samples like the training ones") {
  auto dataset = test::dataset("hdf5", {{"path", file()}, {"input", "train/real"}, {"target", "train/value"}});
  Splits splits = dataset->open({});
  auto inputs = dataset->open_inputs({file()}, {.fitted = splits.info.fitted});
  CHECK(all(*inputs)["input"].equal(all(*splits.train)["input"]));
  CHECK(!all(*inputs).has("target"));
  json other = splits.info.fitted;
  other["input_shape"] = {4};
  test::check_error([&] { dataset->open_inputs({file()}, {.fitted = other}); }, ExitCode::bad_data, "differ in shape");
}

TEST_CASE("hdf5 refuses what is no plain dataset of the file itself") {
  struct Case {
    json recipe;
    const char* message;
  };
  const std::vector<Case> cases = {
      {{{"input", "train/none"}},
       "has no dataset 'train/none' ('train/none' is not there); 'train' holds train/clocks"},
      {{{"input", "none/x"}}, "('none' is not there); the file holds bad, test, train"},
      {{{"input", "test"}}, "'test' is a group, expected a dataset; it holds test/label, test/pixels"},
      {{{"input", "bad/type"}}, "'bad/type' is a type, expected a dataset"},
      {{{"input", "train/label/x"}}, "('train/label/x' is not there)"},
      {{{"input", "bad/soft"}}, "'bad/soft' is a soft link to '/train/pixels'; name what"},
      {{{"input", "bad/elsewhere"}}, "'bad/elsewhere' is a link into another file (/etc/passwd:/x)"},
      {{{"input", "bad/elsewhere/x"}}, "'bad/elsewhere' is a link into another file (/etc/passwd:/x)"},
      {{{"input", "bad/raw"}}, "'bad/raw' keeps its data in another file"},
      {{{"input", "bad/virtual"}}, "'bad/virtual' keeps its data in another file"},
      {{{"input", "bad/nan"}}, "'bad/nan' holds NaN or infinity in row 2"},
      {{{"input", "bad/text"}}, "'bad/text' holds texts"},
      {{{"input", "bad/record"}}, "'bad/record' holds records of several values"},
      {{{"input", "bad/lzf"}}, "'bad/lzf' is packed by the filter lzf (32000), which is not built in"},
      {{{"input", "train/real"}, {"target", "bad/half"}}, "no class indices: 1.5 in row 2 is no whole number"},
      {{{"input", "train/real"}, {"target", "train/real"}},
       "no class indices: expected one integer for each row, they are [12, 3]; of one-hot rows, write the place of the "
       "1"},
      {{{"input", "bad/scalar"}}, "'bad/scalar' is a single value"},
      {{{"input", "bad/empty"}}, "'bad/empty' is empty"},
      {{{"input", "bad/huge"}}, "'bad/huge' would take 4.29e+09 GiB"},
      {{{"input", "bad/hollow"}}, "'bad/hollow' promises more data than a file of"},
      {{{"input", "train/real"}, {"target", "bad/short"}}, "'bad/short' has 11 rows, 'train/real' has 12"},
      {{{"input", "train/real"}, {"target", "bad/negative"}},
       "bad/negative: the targets are no class indices: -1 in row 2 is below 0"},
      {{{"input", "train/real"}, {"target", "bad/fractions"}}, "no class indices"},
      {{{"input", "train/real"}, {"target", "train/label"}, {"classes", {"a", "b"}}},
       "train/label: the targets are no class indices: 2 in row 2 is outside the 2 classes"},
      {{{"input", "train/pixels"},
        {"target", "train/label"},
        {"test", {{"input", "bad/shape"}, {"target", "test/label"}}}},
       "bad/shape: its samples differ in shape"},
  };
  for (const Case& c : cases) {
    INFO(c.message);
    json recipe = c.recipe;
    if (!recipe.contains("target")) recipe["target"] = "train/label";
    test::check_error([&] { open(recipe, true); }, ExitCode::bad_data, c.message);
  }
  test::check_error([&] { open({{"input", "train/real"}}, true); }, ExitCode::bad_recipe, "data.target: required");
}

TEST_CASE("hdf5 refuses damaged files") {
  const std::string whole = test::read_bytes(file());
  test::TempDir dir;
  const auto open_bytes = [&](const std::string& bytes) {
    open({{"path", dir.write("x.h5", bytes)}, {"input", "train/pixels"}, {"target", "train/label"}}, true);
  };
  open_bytes(whole);
  for (const std::string& bytes : {std::string(), std::string("hello"), whole.substr(0, 100),
                                   whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 1)})
    test::check_error([&] { open_bytes(bytes); }, ExitCode::bad_data, "x.h5: is no HDF5 file, or damaged or cut short");
  test::check_error([&] { open({{"path", dir / "none"}}, false); }, ExitCode::no_input, "none: no such file");
  test::check_error([&] { open({{"path", dir.path().string()}}, false); }, ExitCode::no_input, "is a folder");
}

}  // namespace dlrun::hdf5_test
