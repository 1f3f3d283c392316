// What validate finds before training, where it says it is, and how little it takes.

#include "rehearsal/checks.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>

#include "data/images.h"
#include "nn/activation.h"
#include "nn/linear.h"
#include "support.h"

namespace dlrun::checks_test {

namespace {

// A network of two layers with what a test wants to go wrong.
struct Wrong final : Architecture {
  int64_t width = 16, taken = 16;
  bool reads_values = false, exotic = false;
  std::vector<Field> fields() override { return {}; }
  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

struct WrongNetwork final : SimpleNetwork {
  WrongNetwork(const Wrong& wrong, int64_t inputs, int64_t outputs)
      : reads_values(wrong.reads_values), exotic(wrong.exotic) {
    first = make<Linear>("body.0", inputs, wrong.width);
    second = make<Linear>("body.1", wrong.taken, outputs);
  }
  at::Tensor compute(const at::Tensor& x) override {
    const at::Tensor hidden = first->forward(x.flatten(1)).relu();
    if (reads_values && hidden.max().item<float>() < 0) return second->forward(-hidden);
    return second->forward(exotic ? hidden.digamma() : hidden);
  }
  bool reads_values, exotic;
  std::shared_ptr<Linear> first, second;
};

std::shared_ptr<Network> Wrong::build(const Shapes& shapes) const {
  return std::make_shared<WrongNetwork>(
      *this, shapes.input().sizes[0] * shapes.input().sizes[1] * shapes.input().sizes[2], shapes.outputs);
}

struct Result {
  std::vector<std::string> checked;
  std::string problem;
};

Result run(const std::vector<std::string>& overrides, const std::shared_ptr<Wrong>& architecture = nullptr) {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  const Origins origins = read_file("recipes/mlp_hdf5.yaml", {overrides}, recipe);
  if (architecture) recipe.architecture.value = architecture;
  Result result;
  try {
    for (const Check& check : check(recipe, origins)) result.checked.push_back(check.name);
  } catch (const UserError& error) {
    result.problem = error.what();
  }
  return result;
}

std::string place(const std::string& key) {  // "recipes/mlp_hdf5.yaml:16:15" of a key's value
  Recipe recipe;
  return read_file("recipes/mlp_hdf5.yaml", {}, recipe).find(key).str();
}

}  // namespace

TEST_CASE("pictures that cannot be read stop a training, unless they may be left out") {
  test::TempDir dir;
  for (int64_t i = 0; i < 24; ++i)
    dir.write((i % 2 ? "dog/" : "cat/") + std::to_string(i) + ".png",
              i < 5 ? "no picture" : encode_png(at::full({1, 9, 9}, 10 * i, at::kByte)));
  const auto problem = [&](const std::string& more) {
    Recipe recipe;
    const Origins origins = read_text(
        "name: a\ntask: classification\narchitecture: {type: mlp, widths: [4]}\n"
        "optimizer: sgd\ntrainer: {batch_size: 4}\n"
        "data: {type: image_folder, mode: grey, val: {rows: [0, 6]}, path: " +
            dir.path().string() + "}\n" + more,
        "test.yaml", {}, recipe);
    try {
      check(recipe, origins);
      return std::string();
    } catch (const UserError& error) {
      return std::string(error.what());
    }
  };
  CHECK_THAT(problem(""), Catch::Contains("cat/0.png") && Catch::Contains("data_check.allow: [unreadable_samples]"));
  CHECK(problem("data_check: {allow: [unreadable_samples]}\n") == "");
  // A crop to another size suits validation pictures too.
  CHECK(problem("data_check: {allow: [unreadable_samples]}\naugmentation: [{type: random_crop, size: 6}]\n") == "");
}

TEST_CASE("a good recipe: what was checked") {
  const Result result = run({});
  CHECK(result.problem == "");
  CHECK(result.checked ==
        std::vector<std::string>{"data", "overlap", "network", "loss", "optimizer", "metrics", "monitor", "export"});
}

TEST_CASE("layers that do not fit are named with shapes and the line of the architecture") {
  const auto wrong = std::make_shared<Wrong>();
  wrong->taken = 15;
  const std::string problem = run({}, wrong).problem;
  INFO(problem);
  CHECK(problem.starts_with(place("architecture") +
                            ": architecture: layer 'body.1' (linear) does not take [32, 16], [10, 15], [10]: "));
  CHECK(problem.find("recipes/mlp_hdf5.yaml:") == 0);
}

TEST_CASE("a network that reads values is checked with real weights") {
  const auto wrong = std::make_shared<Wrong>();
  wrong->reads_values = true;
  CHECK(run({}, wrong).problem == "");
  wrong->taken = 15;
  CHECK(run({}, wrong).problem.find("layer 'body.1' (linear) does not take [32, 16]") != std::string::npos);
}

TEST_CASE("a large network that reads values is not said to be wrong") {
  const auto wrong = std::make_shared<Wrong>();
  wrong->reads_values = true;
  wrong->width = wrong->taken = 30'000;
  const Result result = run({}, wrong);
  CHECK(result.problem == "");
  CHECK(std::find(result.checked.begin(), result.checked.end(), "network") == result.checked.end());
}

TEST_CASE("an operator that the exporter cannot express is named before training") {
  const auto wrong = std::make_shared<Wrong>();
  CHECK(run({"export=onnx"}, wrong).problem == "");
  wrong->exotic = true;
  CHECK(run({}, wrong).problem == "");  // safetensors takes every network
  const std::string problem = run({"export=onnx"}, wrong).problem;
  INFO(problem);
  CHECK(problem.starts_with("argument export=onnx: export: aten::digamma"));
  CHECK(problem.find("has no form in ONNX yet") != std::string::npos);
  wrong->reads_values = true;  // with real weights the same
  CHECK(run({"export=onnx"}, wrong).problem == problem);
}

TEST_CASE("what an exporter cannot express in the opset of the recipe is told before training") {
  const std::filesystem::path folder = test::real_data("cora");
  if (folder.empty()) return;
  std::filesystem::current_path(test::source_dir());
  setenv("DLRUN_DATA", folder.parent_path().c_str(), 1);
  for (const int64_t opset : {15, 16}) {
    Recipe recipe;
    const std::string option = "export={type: onnx, opset: " + std::to_string(opset) + "}";
    const Origins origins = read_file("recipes/gcn_cora.yaml", {{option}}, recipe);
    std::string problem;
    try {
      check(recipe, origins);
    } catch (const UserError& error) {
      problem = error.what();
    }
    INFO(problem);
    if (opset == 16) CHECK(problem == "");
    if (opset == 15) CHECK(problem.find("needs opset 16 or later, and export.opset is 15") != std::string::npos);
  }
}

TEST_CASE("losses, metrics, monitors and groups that do not suit the task are found, with their places") {
  const auto begins = [](const std::vector<std::string>& overrides, const std::string& expected) {
    const std::string problem = run(overrides).problem;
    INFO(problem);
    CHECK(problem.starts_with(expected));
  };
  begins({"loss=mse"}, "argument loss=mse: loss: mse compares numbers one by one");
  begins(
      {"metrics=[rmse]"},
      "argument metrics=[rmse]: metrics.0: rmse compares numbers of one shape; the predictions are Float [32, 10], the "
      "targets Long [32]. Suitable: accuracy");
  begins({"checkpoint.monitor=val/acuracy"},
         "argument checkpoint.monitor=val/acuracy: checkpoint.monitor: nothing is recorded as \"val/acuracy\"; there "
         "are train/loss, val/loss, train/accuracy, val/accuracy");
  CHECK(run({"data.val=null"}).problem.empty());  // watches train/loss
  begins({"checkpoint.monitor=''"},
         place("regularization.early_stopping") +
             ": regularization.early_stopping: nothing is monitored that could stop it; give "
             "monitor one of train/loss, val/loss");
  begins({"data.val=null", "checkpoint.monitor=val/loss"},
         "argument checkpoint.monitor=val/loss: checkpoint.monitor: nothing is recorded as \"val/loss\"");
  begins({"optimizer.groups=[{match: nothing_like_it}]"},
         "argument optimizer.groups=[{match: nothing_like_it}]: optimizer.groups.0.match:");
  begins({"architecture.pretrained=" + (test::source_dir() / "tests/golden/safetensors/names.safetensors").string()},
         (test::source_dir() / "tests/golden/safetensors/names.safetensors").string());
}

TEST_CASE("batches that norms cannot take and sizes that no machine can hold are refused") {
  const auto problem = [](const std::vector<std::string>& overrides) { return run(overrides).problem; };
  const std::string norm = "architecture.norm=batch";
  CHECK_THAT(
      problem({norm, "trainer.batch_size=1"}),
      Catch::StartsWith("argument trainer.batch_size=1: trainer.batch_size: batch norm cannot train on one value"));
  CHECK_THAT(
      problem({norm, "trainer.batch_size=319", "trainer.drop_last=false"}),
      Catch::StartsWith("argument trainer.drop_last=false: trainer.drop_last: the last batch of an epoch has one "
                        "sample: batch norm"));
  CHECK(problem({norm, "trainer.batch_size=319"}).empty());
  CHECK(problem({"trainer.batch_size=319", "trainer.drop_last=false"}).empty());
  CHECK_THAT(problem({"architecture.widths=[4611686018427387904]"}),
             Catch::Contains("architecture: its weights are more than any machine can hold"));
}

TEST_CASE("parts of batches that norms cannot take are refused by the key that makes them, and no others") {
  // 279 samples: batches of 28, and one of 27.
  const auto problem = [](std::vector<std::string> overrides) {
    for (const char* more : {"architecture.norm=batch", "data.val={split: 0.3025}", "trainer.batch_size=28"})
      overrides.push_back(more);
    return run(overrides).problem;
  };
  const std::string keep = "trainer.drop_last=false", two = "trainer.micro_batch_size=2";
  CHECK_THAT(problem({two, keep}), Catch::StartsWith("argument trainer.micro_batch_size=2: trainer.micro_batch_size: a "
                                                     "batch of 27 samples goes through the network in parts of 2, and "
                                                     "one of them has one sample: batch norm cannot train on one"));
  CHECK_THAT(problem({"trainer.gradient_accumulation_steps=14", keep}),
             Catch::Contains("trainer.gradient_accumulation_steps: a batch of 27 samples"));
  CHECK_THAT(problem({"trainer.micro_batch_size=1", keep}), Catch::Contains("batch norm cannot train on one"));
  CHECK(problem({"trainer.micro_batch_size=4", keep}).empty());
  CHECK(problem({"trainer.gradient_accumulation_steps=7", keep}).empty());
  // That batch is never made.
  CHECK(problem({two}).empty());
  CHECK(problem({two, keep, "trainer.limit_train_batches=9"}).empty());
  CHECK(problem({two, keep, "trainer.epochs=null", "trainer.max_steps=9"}).empty());
  // Nobody minds where no norm does.
  CHECK(run({"data.val={split: 0.3025}", "trainer.batch_size=28", two, keep}).problem.empty());
}

TEST_CASE("two independent problems are told at once") {
  const std::string problem = run({"checkpoint.monitor=val/x", "regularization.early_stopping.monitor=val/y"}).problem;
  INFO(problem);
  CHECK(problem.find("\"val/x\"") != std::string::npos);
  CHECK(problem.find("\"val/y\"") != std::string::npos);
}

// The vocabulary of GPT-2 as 50,257 different characters; width, depth and context are those of its largest version.
TEST_CASE("the GPT-2 of 1.5 billion parameters validates in under 500 MB") {
  const char* program = std::getenv("DLRUN_BINARY");
  if (!program) return test::skip("DLRUN_BINARY does not name the built program");
  std::string text;
  for (int pass = 0; pass < 2; ++pass)
    for (int code = 0x20, count = 0; count < 50257; ++code) {
      if (code >= 0xD800 && code < 0xE000) continue;  // halves of pairs
      ++count;
      if (code < 0x80) {
        text += static_cast<char>(code);
      } else if (code < 0x800) {
        text += {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 63))};
      } else {
        text += {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 63)),
                 static_cast<char>(0x80 | (code & 63))};
      }
    }
  const test::TempDir temp;
  const std::string file = temp.write("text.txt", text);
  const std::string recipe =
      temp.write("gpt2.yaml", "version: 1\nname: gpt2\ntask: language_model\ndata: {type: text, path: " + file +
                                  ", context_length: 1024}\narchitecture: {type: gpt, layers: "
                                  "48, heads: 25, width: 1600, context: 1024}\noptimizer: "
                                  "adamw\nexport: onnx\ncheckpoint: {monitor: train/loss}\ntrainer: "
                                  "{batch_size: 8, max_steps: 10}\n");
  const std::string log = temp / "log";
  REQUIRE(std::system((std::string(program) + " validate " + recipe + " > " + log).c_str()) == 0);
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const std::string output = test::read_bytes(log);
  INFO(output);
  CHECK(output.find("1,557,611,200 parameters") != std::string::npos);
  CHECK(output.find("[N, 1024, 50257]") != std::string::npos);
#ifdef __SANITIZE_ADDRESS__
  const int64_t own = 3;  // Its shadow of memory counts too.
#else
  const int64_t own = 1;
#endif
  CHECK(usage.ru_maxrss < own * 500'000'000 / 1024);  // KiB; the largest of all programs this test program has run
}

}  // namespace dlrun::checks_test
