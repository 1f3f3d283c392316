// eval and predict from an ONNX file: what dlrun wrote answers as its run does, what others wrote is fitted to a
// recipe.

#include "experiment/onnx_run.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/error.h"
#include "data/pixels.h"
#include "eval/evaluate.h"
#include "eval/predict.h"
#include "export/export.h"
#include "onnx/file.h"
#include "onnx/runtime.h"
#include "run/safetensors.h"
#include "support.h"
#include "train/train.h"

namespace dlrun::onnx_run_test {
namespace {

const char* const common =
    "version: 1\nname: small\nseed: 3\noptimizer: {type: adamw, lr: 2e-3}\n"
    "trainer: {max_steps: 6, batch_size: 16, eval_batch_size: 30, limit_val_batches: 1}\n"
    "hardware: {threads: 1, loader_threads: 0, accelerator: cpu}\n";

std::string error_of(const std::function<void()>& work, ExitCode code) {
  try {
    work();
  } catch (const UserError& error) {
    CHECK(static_cast<int>(error.code()) == static_cast<int>(code));
    return error.what();
  }
  return "no error";
}

// A run of a few steps, and its export in a folder of its own.
struct Trained {
  Trained(const test::TempDir& temp, const std::string& recipe, const std::vector<std::string>& overrides = {}) {
    std::filesystem::current_path(test::source_dir());
    run = temp / "run";
    TrainOptions train;
    train.recipe = temp.write("recipe.yaml", common + recipe);
    train.overrides = {"output_dir=" + run};
    train.verbosity = -2;
    train.json = true;
    train.overwrite = true;
    REQUIRE(dlrun_train(train) == 0);
    ExportOptions options;
    options.run = run;
    options.format = "onnx";
    options.output = temp / "out";
    options.overrides = overrides;
    options.json = true;
    options.verbosity = -2;
    REQUIRE(dlrun_export(options) == 0);
    file = options.output + "/model.onnx";
  }
  std::string run, file;
};

Results results_of(const Restored& restored, const std::string& split) {
  return evaluate(*restored.experiment, *restored.experiment->loader(split));
}

nlohmann::json predictions_of(const Restored& restored, const std::string& split) {
  const c10::NoGradGuard no_gradients;
  restored.experiment->network->set_training(false);
  const auto loader = restored.experiment->plain_loader(split, 20);
  loader->seek(0);
  return restored.recipe->task->predict(*restored.experiment->network, restored.experiment->place(*loader->next()));
}

// Numbers to 1e-4, everything else exactly.
void check_same(const nlohmann::json& a, const nlohmann::json& b) {
  REQUIRE(a.type_name() == std::string(b.type_name()));
  if (a.is_number_float()) {
    CHECK(a.get<double>() == Approx(b.get<double>()).epsilon(1e-4).margin(1e-5));
  } else if (a.is_structured()) {
    REQUIRE(a.size() == b.size());
    for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) check_same(*x, *y);
  } else {
    CHECK(a == b);
  }
}

void check_same_run(const Trained& trained, const std::string& engine = "") {
  const Restored run = restore({.run = trained.run}), file = restore({.run = trained.file, .engine = engine});
  CHECK(file.checkpoint.step == run.checkpoint.step);
  CHECK(file.checkpoint.recipe_hash == run.checkpoint.recipe_hash);
  for (const char* split : {"val", "test"}) {
    INFO(split);
    if (!run.experiment->samples(split)) continue;
    const Results a = results_of(run, split), b = results_of(file, split);
    REQUIRE(a.size() == b.size());
    CHECK(a.size() >= 1);
    for (size_t i = 0; i < a.size(); ++i) {
      CHECK(a[i].first == b[i].first);
      CHECK(a[i].second == Approx(b[i].second).epsilon(1e-5));
    }
    check_same(predictions_of(run, split), predictions_of(file, split));
  }
}

std::string cnn() {
  return "task: classification\ndata: {type: idx, path: recipes/data/fashion_mnist_small, val: {split: 0.02}}\n"
         "architecture: {type: cnn, blocks: [{channels: 8}]}\naugmentation: [normalize]\n"
         "regularization: {ema: {decay: 0.9}}\n";
}

}  // namespace

TEST_CASE("a classifier's file evaluates and predicts as its run, whatever is inside it") {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{}, {"export.include_preprocessing=true", "export.include_postprocessing=true"}}) {
    INFO(options.size());
    const test::TempDir temp;
    const Trained trained(temp, cnn(), options);
    check_same_run(trained);
    CHECK(restore({.run = trained.file}).experiment->keep_raw == !options.empty());
    if (OnnxRuntime::find()) check_same_run(trained, "onnxruntime");
  }
}

TEST_CASE("a file's recipe takes overrides, and files to predict, as a run's does") {
  const test::TempDir temp;
  const Trained trained(temp, cnn());
  const Restored few = restore({.run = trained.file, .overrides = {"trainer.eval_batch_size=7", "metrics=[]"}});
  CHECK(*few.recipe->trainer.eval_batch_size == 7);
  CHECK_THAT(
      error_of([&] { restore({.run = trained.file, .overrides = {"data.path=/no/such/folder"}}); }, ExitCode::no_input),
      Catch::Contains("/no/such/folder"));
  const std::string images = "recipes/data/fashion_mnist_small/t10k-images-idx3-ubyte.gz";
  const Restored run = restore({.run = trained.run, .inputs = {images}});
  const Restored file = restore({.run = trained.file, .inputs = {images}});
  check_same(predictions_of(run, "test"), predictions_of(file, "test"));
}

TEST_CASE("a regression's file answers in the target's own unit") {
  const test::TempDir temp;
  std::string rows = "a,b,c,y\n";
  for (int i = 0; i < 120; ++i)
    rows += std::to_string(i % 7) + ",x" + std::to_string(i % 3) + "," + std::to_string(i * 0.37) + "," +
            std::to_string(1000 + 3 * (i % 7) + i) + "\n";
  const std::string data = temp.write("rows.csv", rows);
  const Trained trained(temp, "task: regression\ndata: {type: csv, path: " + data +
                                  ", target: y, val: {split: 0.2}, test: {split: 0.2}}\narchitecture: {type: mlp}\n");
  std::filesystem::current_path(temp.path());  // The file says no folders of the machine it was made on.
  check_same_run(trained);
}

TEST_CASE("a table's file with preprocessing inside takes columns, and evaluates and predicts as its run") {
  const test::TempDir temp;
  std::string rows = "a,b,c,y\n";
  for (int i = 0; i < 120; ++i)
    rows += (i % 11 == 0 ? "" : std::to_string(i % 7)) + ",x" + std::to_string(i % 3) + "," + std::to_string(i * 0.37) +
            "," + std::to_string(1000 + 3 * (i % 7) + i) + "\n";
  const std::string data = temp.write("rows.csv", rows);
  const Trained trained(temp,
                        "task: regression\ndata: {type: csv, path: " + data +
                            ", target: y, val: {split: 0.2}, test: {split: 0.2}}\narchitecture: {type: mlp}\n",
                        {"export.include_preprocessing=true", "export.include_postprocessing=true"});
  std::filesystem::current_path(temp.path());
  const OnnxModel model = read_onnx(trained.file);
  REQUIRE(model.graph.inputs.size() == 3);
  CHECK(model.graph.inputs[1].text);
  check_same_run(trained);
  CHECK_THAT(error_of([&] { restore({.run = trained.file, .engine = "onnxruntime"}); }, ExitCode::usage),
             Catch::Contains("columns of a table"));
}

TEST_CASE("a language model's file has the run's perplexity, and writes the run's text") {
  const test::TempDir temp;
  std::string text;
  for (int i = 0; i < 300; ++i) text += "the " + std::to_string(i * i) + " bananas\n";
  const std::string data = temp.write("text.txt", text);
  const Trained trained(temp, "task: language_model\ndata: {type: text, path: " + data +
                                  ", context_length: 12, val: {split: 0.1}}\n"
                                  "architecture: {type: gpt, layers: 1, heads: 2, width: 16}\n");
  std::filesystem::current_path(temp.path());  // The file says no folders of the machine it was made on.
  check_same_run(trained);
  const c10::NoGradGuard no_gradients;
  const GenerateOptions options{"the", 2, 40, 1.0, 5, 11};
  const Restored run = restore({.run = trained.run}), file = restore({.run = trained.file});
  run.experiment->network->set_training(false);
  const Generated expected = run.recipe->task->generate(*run.experiment->network, options);
  CHECK(file.recipe->task->generate(*file.experiment->network, options).texts == expected.texts);
}

TEST_CASE("an autoencoder's file with preprocessing inside is still compared with what the network sees") {
  const test::TempDir temp;
  const Trained trained(temp,
                        "task: reconstruction\ndata: {type: idx, path: recipes/data/fashion_mnist_small, val: {split: "
                        "0.02}}\narchitecture: {type: autoencoder, widths: [16], latent_size: 4}\naugmentation: "
                        "[normalize]\n",
                        {"export.include_preprocessing=true"});
  check_same_run(trained);
}

TEST_CASE("a graph network's file takes the graph") {
  const test::TempDir temp;
  std::string nodes = "node_id,label,split,features\n", edges = "source,target\n";
  for (int i = 0; i < 60; ++i)
    nodes += "n" + std::to_string(i) + "," + "abc"[i % 3] + "," +
             (i < 20   ? "train"
              : i < 40 ? "val"
                       : "test") +
             "," + std::to_string(i % 5) + " " + std::to_string(7 + i % 4) + "\n";
  for (int i = 0; i < 59; ++i) edges += "n" + std::to_string(i) + ",n" + std::to_string((i * 7 + 1) % 60) + "\n";
  const std::string a = temp.write("nodes.csv", nodes), b = temp.write("edges.csv", edges);
  const Trained trained(temp, "task: node_classification\ndata: {type: graph, nodes: " + a + ", edges: " + b +
                                  "}\narchitecture: {type: gcn, widths: [6]}\n");
  std::filesystem::current_path(temp.path());  // The file says no folders of the machine it was made on.
  check_same_run(trained);
}

TEST_CASE("a generator's file draws the run's pictures, and the discriminator's file judges as the run does") {
  const test::TempDir temp;
  const Trained trained(temp,
                        "task: adversarial\ndata: {type: idx, path: recipes/data/fashion_mnist_small}\n"
                        "architecture: {type: dcgan, latent_size: 6, generator_channels: 4, discriminator_channels: "
                        "4}\naugmentation: [{type: normalize, mean: [0.5], std: [0.5]}]\n",
                        {"export.discriminator=true"});
  const c10::NoGradGuard no_gradients;
  const Restored run = restore({.run = trained.run}), generator = restore({.run = trained.file});
  run.experiment->network->set_training(false);
  const GenerateOptions options{"", 5, 0, 1.0, 0, 4};
  const auto picture = [&](const Restored& from) {
    return from.recipe->task->generate(*from.experiment->network, options).picture.to(at::kInt);
  };
  // Rounded to bytes.
  CHECK((picture(run) - picture(generator)).abs().max().item<int>() <= 1);
  CHECK_THAT(error_of([&] { predictions_of(generator, "test"); }, ExitCode::usage),
             Catch::Contains("makes samples and judges none"));
  const Restored judge = restore({.run = temp / "out/discriminator.onnx"});
  check_same(predictions_of(run, "test"), predictions_of(judge, "test"));
  CHECK_THAT(error_of([&] { picture(judge); }, ExitCode::usage), Catch::Contains("judges samples and makes none"));
  ExportOptions options_inside;
  options_inside.run = trained.run;
  options_inside.format = "onnx";
  options_inside.output = temp / "inside";
  options_inside.overrides = {"export.discriminator=true", "export.include_preprocessing=true"};
  options_inside.verbosity = -2;
  options_inside.json = true;
  REQUIRE(dlrun_export(options_inside) == 0);
  const Restored inside = restore({.run = temp / "inside/discriminator.onnx"});
  CHECK_THAT(error_of([&] { predictions_of(inside, "test"); }, ExitCode::usage),
             Catch::Contains("without include_preprocessing"));
}

namespace {

// Where an onnxruntime is found it would run them.
struct WithoutOnnxruntime {
  WithoutOnnxruntime() { setenv("DLRUN_ONNXRUNTIME", "off", 1); }
  ~WithoutOnnxruntime() { unsetenv("DLRUN_ONNXRUNTIME"); }
};

// What another program might export: scores [batch, 10] = pixels / 255 W, of one size of batch, under its own names.
OnnxModel foreign(const at::Tensor& weight, OnnxDimension batch, at::ScalarType type) {
  OnnxModel model;
  model.graph.name = "main_graph";
  model.graph.inputs = {{"pixel_values", type, {batch, int64_t{1}, int64_t{28}, int64_t{28}}}};
  model.graph.outputs = {{"hidden", at::kFloat, {batch, int64_t{784}}}, {"499", at::kFloat, {batch, int64_t{10}}}};
  model.graph.initializers = {{"onnx::MatMul_3", weight}, {"scale", at::full({}, type == at::kByte ? 1 / 255.f : 1.f)}};
  model.graph.nodes = {{"Cast", "", "cast", {"pixel_values"}, {"floats"}, {{"to", int64_t{1}}}},
                       {"Mul", "", "mul", {"floats", "scale"}, {"scaled"}, {}},
                       {"Flatten", "", "flatten", {"scaled"}, {"hidden"}, {}},
                       {"MatMul", "", "matmul", {"hidden", "onnx::MatMul_3"}, {"499"}, {}}};
  return model;
}

std::string foreign_recipe(const test::TempDir& temp, const std::string& task = "classification") {
  return temp.write("foreign.yaml", std::string(common) + "task: " + task +
                                        "\ndata: {type: idx, path: recipes/data/fashion_mnist_small, val: {split: "
                                        "0.02}}\narchitecture: {type: mlp}\n");
}

}  // namespace

TEST_CASE("another program's file is matched by type and shape, in parts where its batch has one size") {
  std::filesystem::current_path(test::source_dir());
  const test::TempDir temp;
  const at::Tensor weight = at::randn({784, 10}, at::detail::createCPUGenerator(5), at::TensorOptions(at::kFloat));
  const WithoutOnnxruntime none;
  const std::string recipe = foreign_recipe(temp), path = temp / "foreign.onnx";
  Results expected;
  for (const at::ScalarType type : {at::kFloat, at::kByte})
    for (const OnnxDimension& batch : {OnnxDimension("N"), OnnxDimension(int64_t{1}), OnnxDimension(int64_t{8})}) {
      write_onnx(foreign(weight, batch, type), path);
      const Restored restored = restore({.run = path, .recipe = recipe});
      CHECK(restored.checkpoint.step == -1);
      CHECK(restored.origin == "foreign.onnx");
      const Results results = results_of(restored, "test");
      if (expected.empty()) {
        // By hand: all of the split at once.
        std::vector<int64_t> rows(static_cast<size_t>(restored.experiment->samples("test")->size()));
        for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int64_t>(i);
        const Batch all = restored.experiment->samples("test")->gather(rows);
        const at::Tensor scores = at::matmul((all["input"].to(at::kFloat) / 255).flatten(1), weight);
        const at::Tensor right = scores.argmax(1).eq(all["target"]).to(at::kDouble).mean();
        expected = {{"loss", at::cross_entropy_loss(scores, all["target"]).item<double>()},
                    {"accuracy", right.item<double>()}};
      }
      REQUIRE(results.size() == 2);
      for (size_t i = 0; i < 2; ++i) {
        CHECK(results[i].first == expected[i].first);
        CHECK(results[i].second == Approx(expected[i].second).epsilon(1e-5));
      }
      // The shape decides where the output of that name is another one.
      OnnxModel misnamed = foreign(weight, batch, type);
      misnamed.graph.nodes[2].outputs[0] = misnamed.graph.nodes[3].inputs[0] = misnamed.graph.outputs[0].name =
          "output";
      write_onnx(misnamed, temp / "misnamed.onnx");
      CHECK(results_of(restore({.run = temp / "misnamed.onnx", .recipe = recipe}), "test") == results);
      // New files are prepared as the recipe's data.
      const Restored inputs = restore(
          {.run = path, .inputs = {"recipes/data/fashion_mnist_small/t10k-images-idx3-ubyte.gz"}, .recipe = recipe});
      check_same(predictions_of(restored, "test"), predictions_of(inputs, "test"));
    }
}

TEST_CASE("a file that does not suit the data is refused with both shapes") {
  std::filesystem::current_path(test::source_dir());
  const test::TempDir temp;
  const WithoutOnnxruntime none;
  const std::string path = temp / "foreign.onnx";
  const auto refusal = [&](const OnnxModel& model, const std::string& task, ExitCode code) {
    write_onnx(model, path);
    return error_of([&] { results_of(restore({.run = path, .recipe = foreign_recipe(temp, task)}), "test"); }, code);
  };
  const at::Tensor weight = at::ones({784, 10});
  OnnxModel wide = foreign(weight, "N", at::kFloat);
  wide.graph.inputs[0].shape[2] = int64_t{224};
  CHECK_THAT(refusal(wide, "classification", ExitCode::bad_data),
             Catch::Contains("foreign.onnx: the input \"pixel_values\" Float [N, 1, 224, 28] finds nothing that suits "
                             "it; the data give \"input\" Float [30, 1, 28, 28]"));
  OnnxModel two = foreign(weight, "N", at::kFloat);
  two.graph.inputs.push_back({"mask", at::kBool, {"N"}});
  CHECK_THAT(refusal(two, "classification", ExitCode::bad_data), Catch::Contains("the input \"mask\" Bool [N]"));
  CHECK_THAT(refusal(foreign(at::ones({784, 12}), "N", at::kFloat), "classification", ExitCode::bad_data),
             Catch::Contains("none of its outputs gives 10 numbers for each sample; it has \"499\" Float [30, 12], "
                             "\"hidden\" Float [30, 784]"));
  OnnxModel unheard = foreign(weight, "N", at::kFloat);
  unheard.graph.nodes[1].op = "Unheard";
  CHECK_THAT(refusal(unheard, "classification", ExitCode::bad_data),
             Catch::Contains("foreign.onnx: the model cannot be run") && Catch::Contains("Unheard"));
  write_onnx(foreign(weight, "N", at::kFloat), path);
  CHECK_THAT(error_of([&] { restore({.run = path}); }, ExitCode::usage), Catch::Contains("--recipe"));
  CHECK_THAT(error_of([&] { restore({.run = path, .recipe = temp / "none.yaml"}); }, ExitCode::no_input),
             Catch::Contains("none.yaml"));
  CHECK_THAT(error_of([&] { restore({.run = path, .checkpoint = "last"}); }, ExitCode::usage),
             Catch::Contains("--checkpoint"));
  CHECK_THAT(error_of([&] { restore({.run = temp / "gone.onnx"}); }, ExitCode::no_input), Catch::Contains("gone.onnx"));
}

TEST_CASE("metadata that are damaged are refused, never followed") {
  const test::TempDir temp;
  const Trained trained(temp, cnn());
  const auto refusal = [&](const std::string& key, const std::string& value, ExitCode code) {
    OnnxModel model = read_onnx(trained.file);
    for (auto& [name, text] : model.metadata)
      if (name == "dlrun." + key) text = value;
    write_onnx(model, temp / "damaged.onnx");
    return error_of([&] { restore({.run = temp / "damaged.onnx"}); }, code);
  };
  CHECK_THAT(refusal("data", "{\"fields\":[1,", ExitCode::bad_data), Catch::Contains("damaged.onnx"));
  CHECK_THAT(refusal("data", "{}", ExitCode::bad_data), Catch::Contains("damaged.onnx"));
  CHECK_THAT(refusal("data", "[]", ExitCode::bad_data), Catch::Contains("damaged.onnx"));
  CHECK_THAT(refusal("data", "{\"fields\":[]}", ExitCode::bad_data), Catch::Contains("has no field"));
  CHECK_THAT(refusal("augmentation", "[]", ExitCode::bad_data), Catch::Contains("damaged.onnx"));
  CHECK_THAT(refusal("augmentation", "{\"mean\":1}", ExitCode::bad_data), Catch::Contains("damaged.onnx"));
  CHECK_THAT(refusal("data", std::string(100000, '['), ExitCode::bad_data), Catch::Contains("nested too deep"));
  CHECK_THAT(refusal("recipe", "version: 1\nwidht: 3\n", ExitCode::bad_recipe), Catch::Contains("(dlrun.recipe):2"));
}

TEST_CASE("tensors go through a model without any recipe") {
  std::filesystem::current_path(test::source_dir());
  const test::TempDir temp;
  const at::Tensor weight = at::randn({784, 10}, at::detail::createCPUGenerator(5), at::TensorOptions(at::kFloat));
  const WithoutOnnxruntime none;
  const std::string path = temp / "foreign.onnx";
  write_onnx(foreign(weight, "N", at::kFloat), path);
  const at::Tensor x = at::rand({3, 1, 28, 28}, at::detail::createCPUGenerator(6), at::TensorOptions(at::kFloat));
  PredictOptions options;
  options.run = path;
  options.verbosity = -2;
  options.json = true;
  options.inputs = {temp / "x.safetensors"};
  options.output = temp / "y.safetensors";
  const auto answer = [&](const TensorList& tensors) {
    save_safetensors(options.inputs[0], tensors);
    REQUIRE(dlrun_predict(options) == 0);
    const Safetensors written = read_safetensors(options.output);
    CHECK(written.tensors.size() == 2);
    for (const auto& [name, tensor] : written.tensors)
      if (name == "499") return tensor.clone();
    return at::Tensor();
  };
  CHECK(at::allclose(answer({{"pixel_values", x}}), at::matmul(x.flatten(1), weight), 1e-5, 1e-5));
  CHECK(at::allclose(answer({{"anything", x}}), at::matmul(x.flatten(1), weight), 1e-5, 1e-5));
  const auto refusal = [&](ExitCode code) { return error_of([&] { dlrun_predict(options); }, code); };
  save_safetensors(options.inputs[0], {{"pixel_values", x.flatten(1)}});
  CHECK_THAT(refusal(ExitCode::bad_data),
             Catch::Contains("foreign.onnx: input 'pixel_values'") && Catch::Contains("[3, 784]"));
  save_safetensors(options.inputs[0], {{"a", x}, {"b", x}});
  CHECK_THAT(refusal(ExitCode::bad_data), Catch::Contains("'pixel_values': the model takes it, and it is missing"));
  options.output = temp / "y.txt";
  CHECK_THAT(refusal(ExitCode::usage), Catch::Contains(".safetensors"));
  options.inputs = {temp / "none.safetensors"};
  options.output.clear();
  CHECK_THAT(refusal(ExitCode::no_input), Catch::Contains("none.safetensors"));
}

// An onnxruntime that is too old tells that it was asked.
TEST_CASE("without --engine onnxruntime runs the files of other programs, and dlrun its own") {
  std::filesystem::current_path(test::source_dir());
  const test::TempDir temp;
  const Trained trained(temp, cnn());
  const std::string path = temp / "foreign.onnx";
  write_onnx(foreign(at::ones({784, 10}), "N", at::kFloat), path);
  const std::string library =
      (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "libold_onnxruntime.so").string();
  setenv("DLRUN_ONNXRUNTIME", library.c_str(), 1);
  const auto refusal = [&](const std::string& engine) {
    try {
      restore({.run = path, .recipe = foreign_recipe(temp), .engine = engine});
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string unasked = refusal(""), asked = refusal("onnxruntime"), own = refusal("dlrun");
  const bool carried = !results_of(restore({.run = trained.file}), "test").empty();
  unsetenv("DLRUN_ONNXRUNTIME");
  CHECK_THAT(unasked, Catch::Contains("is too old"));
  CHECK_THAT(asked, Catch::Contains("is too old"));
  CHECK(own == "");
  CHECK(carried);
}

TEST_CASE("options of one kind of run are refused for the other") {
  const test::TempDir temp;
  const Trained trained(temp, cnn());
  CHECK_THAT(error_of([&] { restore({.run = trained.run, .recipe = "recipe.yaml"}); }, ExitCode::usage),
             Catch::Contains("--recipe"));
  CHECK_THAT(error_of([&] { restore({.run = trained.run, .engine = "dlrun"}); }, ExitCode::usage),
             Catch::Contains("--engine"));
  ExportOptions options;
  options.run = trained.file;
  CHECK_THAT(error_of([&] { dlrun_export(options); }, ExitCode::no_input), Catch::Contains("is a file, not a run"));
}

}  // namespace dlrun::onnx_run_test
