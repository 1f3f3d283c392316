// Files that take the columns of a table: what they make of cells beside what the encoder and the network make of them.

#include "export/onnx_table.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "experiment/experiment.h"
#include "golden.h"
#include "onnx/exported.h"
#include "onnx/front.h"
#include "onnx/runtime.h"
#include "spec/read.h"
#include "support.h"

namespace dlrun::onnx_table_test {
namespace {

const std::string table =
    "age;output;height;job;y\n"
    "31;1.700.000.001;1,71;clerk;a\n45;1.700.000.950;;smith;b\n28;1.700.000.400;1,64;NA;a\n"
    "60;1.700.000.777;1,80;clerk;b\n39;1.700.000.123;1,59;nurse;a\n52;1.700.000.002;1,90;smith;b\n"
    "33;1.700.000.654;;clerk;a\n47;1.700.000.311;1,75;nurse;b\n29;1.700.000.808;1,66;clerk;a\n"
    "58;1.700.000.499;1,83;smith;b\n41;1.700.000.050;1,77;pilot;a\n26;1.700.000.222;1,69;clerk;b\n";

struct Made {
  Made(const std::string& options, const std::string& architecture = "{type: mlp, widths: [8]}",
       const std::string& rows = table) {
    read_text("version: 1\nname: rows\ntask: classification\ndata: {type: csv, path: " + temp.write("rows.csv", rows) +
                  ", target: y, decimal: comma, thousands: point, val: {rows: [9, 12]}" + options +
                  "}\narchitecture: " + architecture +
                  "\noptimizer: {type: sgd, lr: 0.1}\ntrainer: {max_steps: 1, batch_size: 4}\n"
                  "hardware: {threads: 1, loader_threads: 0}\n",
              "rows.yaml", {}, recipe);
    experiment = std::make_unique<Experiment>(build(recipe, {.keep_rows = true}));
    fill_by_formula(*experiment->network);
    experiment->network->set_training(false);
    subject = onnx_subject(*experiment);
    made = build_onnx(subject, *experiment->network, 17);
    front = std::make_unique<TableFront>(TableEncoder::from_json(experiment->splits.info.fitted));
    front->put_before(made.model);
    file = test::through_file(made.model, "model");
  }

  ParityReport compare(const std::string& split, const OnnxRuntimeSession* witness = nullptr) const {
    const OnnxEvaluator evaluator(without_front(file));
    ParityRequest request{*experiment, subject, made, evaluator, {}, split, 100, 1e-5, witness};
    return check_cells(request, *front, file);
  }

  // What the file answers to one row.
  at::Tensor answer(std::map<std::string, at::Tensor> numbers, const std::map<std::string, std::string>& texts) const {
    OnnxModel rest = file;
    for (const OnnxNode& encoder : take_label_encoders(rest))
      numbers[encoder.outputs[0]] = labels_of(encoder, {texts.at(encoder.inputs[0])});
    return OnnxEvaluator(rest).run(numbers).at("output");
  }

  test::TempDir temp;
  Recipe recipe;
  std::unique_ptr<Experiment> experiment;
  OnnxSubject subject;
  OnnxBuild made;
  std::unique_ptr<TableFront> front;
  OnnxModel file;
};

at::Tensor number(double value) { return at::full({1, 1}, value, at::kDouble); }

}  // namespace

TEST_CASE("a file answers to a table's cells as the network answers to the encoded rows") {
  for (const char* options :
       {"", ", missing: {indicator: true}", ", missing: {numeric: mean, categorical: most_frequent}, scaling: minmax",
        ", categorical: [age]", ", scaling: none, missing: {numeric: zero, categorical: zero}"}) {
    INFO(options);
    const Made made(options);
    CHECK(made.compare("train").samples == 9);
    CHECK(made.compare("val").samples == 3);  // with a job that no training row has
  }
  for (const char* architecture :
       {"{type: mlp, widths: [8]}", "{type: ft_transformer, n_blocks: 1, d_block: 8, attention_n_heads: 2}"})
    for (const char* options : {", categories: index", ", categories: index, categorical: [age, output, height]"}) {
      INFO(architecture << options);
      const Made made(options, architecture);
      CHECK(made.compare("train").absolute < 1e-6);
      CHECK(made.compare("val").absolute < 1e-6);
    }
}

TEST_CASE("a file's inputs are the columns, by their names and kinds") {
  const Made made("");
  std::vector<std::string> inputs;
  for (const OnnxValueInfo& input : made.file.graph.inputs) {
    inputs.push_back(input.name + (input.text ? " text" : input.type == at::kDouble ? " double" : " other"));
    CHECK(input.shape.size() == 2);
  }
  // A column called like the model's answer has another name there.
  CHECK(inputs == std::vector<std::string>{"age double", "column.output double", "height double", "job text"});
  CHECK(made.file.opsets.at("ai.onnx.ml") == 2);
}

TEST_CASE("strings are no numbers: a file of columns does not run in dlrun's evaluator as it is") {
  const Made made("");
  try {
    const OnnxEvaluator evaluator(made.file);
    FAIL("no error");
  } catch (const UserError& error) {
    CHECK_THAT(error.what(), Catch::Contains("strings in 'job'") && Catch::Contains("--engine onnxruntime"));
  }
}

TEST_CASE("what is cut off in front leaves the network's own inputs") {
  const Made made(", categories: index");
  const OnnxModel network = without_front(made.file);
  std::vector<std::string> inputs;
  for (const OnnxValueInfo& input : network.graph.inputs) inputs.push_back(input.name);
  std::sort(inputs.begin(), inputs.end());
  CHECK(inputs == std::vector<std::string>{"category.job", "input"});
  const auto in_front = [](const OnnxNode& node) { return node.name.starts_with(front_prefix); };
  CHECK(std::none_of(network.graph.nodes.begin(), network.graph.nodes.end(), in_front));
  CHECK(std::any_of(made.file.graph.nodes.begin(), made.file.graph.nodes.end(), in_front));
}

TEST_CASE("what predict refuses is answered by NaN, in its own row alone") {
  const std::string complete =
      "a;b;y\n1;u;p\n2;v;q\n3;u;p\n4;v;q\n5;u;p\n6;v;q\n7;u;p\n8;v;q\n9;u;p\n1;u;q\n2;v;p\n3;u;q\n";
  const Made refusing(", missing: {numeric: error, categorical: error}, unknown_category: error", "{type: mlp}",
                      complete);
  const Made filling("", "{type: mlp}", complete);
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [a, b, refused] :
       {std::tuple{1.0, "u", false}, {none, "u", true}, {1.0, "", true}, {1.0, "w", true}}) {
    INFO(a << " " << b);
    CHECK(refusing.answer({{"a", number(a)}}, {{"b", b}}).isnan().all().item<bool>() == refused);
    CHECK_FALSE(filling.answer({{"a", number(a)}}, {{"b", b}}).isnan().any().item<bool>());
  }
  CHECK(refusing.answer({{"a", number(1)}}, {{"b", "u"}}).equal(filling.answer({{"a", number(1)}}, {{"b", "u"}})));
  const at::Tensor two = [&] {
    OnnxModel rest = refusing.file;
    const OnnxNode encoder = take_label_encoders(rest).at(0);
    return OnnxEvaluator(rest)
        .run({{"a", at::tensor({1.0, none}, at::kDouble).unsqueeze(1)},
              {encoder.outputs[0], labels_of(encoder, {"u", "u"})}})
        .at("output");
  }();
  CHECK_FALSE(two[0].isnan().any().item<bool>());
  CHECK(two[1].isnan().all().item<bool>());
}

TEST_CASE("columns that no operators read are refused by name") {
  const std::string rows =
      "day;x;y\n2024-01-01;1;a\n2024-01-02;2;b\n2024-01-03;3;a\n2024-01-04;4;b\n2024-01-05;5;a\n"
      "2024-02-01;1;a\n2024-02-02;2;b\n2024-02-03;3;a\n2024-02-04;4;b\n2024-02-05;5;a\n"
      "2024-03-01;1;a\n2024-03-02;2;b\n";
  try {
    const Made made(", dates: [day]", "{type: mlp}", rows);
    FAIL("no error");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    CHECK_THAT(error.what(), Catch::Contains("'day'") && Catch::Contains("dates"));
  }
}

TEST_CASE("onnxruntime answers to a table's cells as the network does") {
  const std::shared_ptr<const OnnxRuntime> runtime = OnnxRuntime::find();
  if (!runtime) {
    WARN("skipped: no onnxruntime is found (DLRUN_ONNXRUNTIME)");
    return;
  }
  for (const char* options : {"", ", categories: index", ", missing: {indicator: true}, categorical: [age]"}) {
    const Made made(options);
    const std::string path = made.temp / "model.onnx";
    write_onnx(made.made.model, path);
    const OnnxRuntimeSession session(runtime, path, 1);
    CHECK(made.compare("train", &session).witness_relative < 1e-5);
  }
}

}  // namespace dlrun::onnx_table_test
