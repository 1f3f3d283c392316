// Every architecture of the catalog as an ONNX model, read back from its file and run beside the network.

#include <catch2/catch.hpp>

#include "base/error.h"
#include "experiment/experiment.h"
#include "export/exporter.h"
#include "export/onnx_parity.h"
#include "golden.h"
#include "models/architecture.h"
#include "models/generative.h"
#include "nn/activation.h"
#include "onnx/exported.h"
#include "onnx/runtime.h"
#include "run/output_folder.h"
#include "shapes.h"
#include "spec/catalog.h"
#include "spec/read.h"
#include "tables.h"

namespace dlrun::onnx_test {
namespace {

struct Holder final : Params {
  Choice<Architecture> architecture;
  std::vector<Field> fields() override { return {field("architecture", architecture, "The network.", required())}; }
};

struct Case {
  std::string options;  // flow YAML after the type
  Shapes shapes;
  int64_t opset = 17;
};

const Shapes images = of_numbers({3, 12, 10}, 5);
const Shapes rows = of_numbers({7}, 3);
const Shapes text = of_tokens(9, 11);
const Shapes graph = of_graph(7, 3);

std::vector<std::string> activations() { return activation_choice().choices; }

std::map<std::string, std::vector<Case>> cases() {
  std::map<std::string, std::vector<Case>> all;
  for (const std::string& name : activations()) {
    all["mlp"].push_back({"widths: [8, 6], activation: " + name, rows});
    all["gcn"].push_back({"widths: [6], activation: " + name, graph});
    all["autoencoder"].push_back({"widths: [8], latent_size: 4, activation: " + name, rows});
    all["gpt"].push_back({"layers: 1, heads: 2, width: 8, activation: " + name, text});
    all["cnn"].push_back(
        {"blocks: [{channels: 4, activation: " + name + "}], head: {widths: [6], activation: " + name + "}", images});
  }
  for (const int64_t opset : {13, 14, 15, 16, 18, 19, 20, 21}) {
    all["mlp"].push_back({"widths: [8], norm: layer, activation: gelu", rows, opset});
    all["cnn"].push_back({"blocks: [{channels: 8, norm: group}], head: {pool: avg, widths: []}", images, opset});
    all["gpt"].push_back({"layers: 2, heads: 2, width: 8", text, opset});
    if (opset >= 16) all["gcn"].push_back({"widths: [6]", graph, opset});
    all["autoencoder"].push_back({"kind: conv, widths: [4, 6], latent_size: 5", images, opset});
  }
  for (const char* norm : {"none", "batch", "layer"}) {
    all["mlp"].push_back({std::string("widths: [8], bias: false, norm: ") + norm, images});
    for (const char* output : {"none", "sigmoid", "tanh"})
      for (const char* kind : {"dense", "conv"})
        all["autoencoder"].push_back(
            {std::string("kind: ") + kind + ", widths: [4, 6], latent_size: 5, norm: " + norm + ", output: " + output,
             of_numbers({2, 9, 11}, 1)});
  }
  for (const char* norm : {"none", "batch", "group", "layer"})
    for (const char* pool : {"max", "avg", "none"})
      all["cnn"].push_back(
          {std::string("blocks: [{channels: 4, convolutions: 2, kernel: 5, stride: 2, padding: 1, norm: ") + norm +
               ", pool: " + pool + "}, {channels: 6, kernel: 1, norm: " + norm +
               ", pool: none}], head: {pool: " + (pool == std::string("none") ? "max" : pool) + ", widths: []}",
           images});
  all["mlp"].push_back({"widths: []", rows});
  all["resnet18"] = {{"stem: cifar", of_numbers({3, 16, 16}, 4)}, {"stem: imagenet", of_numbers({1, 33, 40}, 4)}};
  all["vit"] = {
      {"patch_size: 2, layers: 2, heads: 2, width: 8, layer_scale: 0.5", images},
      {"patch_size: 2, layers: 1, heads: 1, width: 8, pool: mean, register_tokens: 2, norm: rms", images, 20},
      {"patch_size: 6, layers: 1, heads: 2, width: 8, representation_size: 5", of_numbers({1, 12, 18}, 4), 13}};
  all["gpt"].push_back({"layers: 2, heads: 4, width: 16, bias: false, norm_eps: 1e-3", text});
  all["gpt"].push_back({"layers: 1, heads: 1, width: 8, context: 20", text});
  all["gpt"].push_back({"layers: 1, heads: 1, width: 8", of_tokens(3, 5)});
  all["dcgan"] = {{"latent_size: 6, generator_channels: 4, discriminator_channels: 4", of_numbers({3, 16, 24})},
                  {"latent_size: 3, generator_channels: 2", of_numbers({1, 28, 28})}};
  all["gcn"].push_back({"widths: [], bias: false", graph});
  Shapes weighted = graph;
  weighted.inputs.push_back({"edge_weight", FieldInfo::Means::numbers, {}, {}, Rows::whole});
  all["gcn"].push_back({"widths: [6]", weighted});
  Shapes pixels = of_numbers({2, 21, 30}, 3);
  pixels.per = Shapes::Per::pixel;
  all["unet"] = {{"encoder: {type: cnn, blocks: [{channels: 4}, {channels: 6}]}, decoder_channels: [6, 4]", pixels},
                 {"encoder: {type: resnet18, stem: cifar}, decoder_channels: [8, 6, 4, 4], norm: group", pixels}};
  for (const Shapes& table : {of_table(4, {3, 7}, 2), of_table(0, {3, 7}, 2)}) {
    all["mlp"].push_back({"widths: [8]", table});
    all["tab_resnet"].push_back({"n_blocks: 2, d_block: 8", table});
    all["ft_transformer"].push_back({"n_blocks: 2, d_block: 8, attention_n_heads: 2", table});
    all["wide_and_deep"].push_back({"widths: [8], crosses: [c0 x c1]", table});
  }
  Shapes tagged = text;
  tagged.causal = false;
  all["window"].push_back({"window: 5, widths: [6]", tagged});
  tagged.inputs[0].sizes = {-1};
  all["window"].push_back({"window: 5, widths: [6]", tagged});
  all["tab_resnet"].push_back({"", rows});
  all["ft_transformer"].push_back({"", rows});
  return all;
}

std::shared_ptr<Network> network_of(const std::string& type, const Case& one) {
  Holder holder;
  read_text("architecture: {type: " + type + (one.options.empty() ? "" : ", " + one.options) + "}", "case", {}, holder);
  at::manual_seed(1);
  std::shared_ptr<Network> network = holder.architecture->build(one.shapes);
  fill_by_formula(*network);
  network->set_training(false);
  return network;
}

void check_case(const std::string& type, const Case& one, size_t number) {
  INFO(type << " {" << one.options << "} opset " << one.opset);
  const std::shared_ptr<Network> network = network_of(type, one);
  const OnnxSubject subject = onnx_subject(*network, one.shapes.inputs);
  const OnnxBuild build = build_onnx(subject, *network, one.opset);
  // Parameters are stored under their own names, tied ones once.
  std::set<const void*> parameters;
  for (const NamedTensor& parameter : network->parameters()) parameters.insert(parameter.tensor->unsafeGetTensorImpl());
  size_t stored = 0;
  for (const OnnxTensor& tensor : build.model.graph.initializers)
    for (const NamedTensor& parameter : network->parameters()) stored += parameter.name == tensor.name;
  if (!dynamic_cast<const GenerativeNetwork*>(network.get())) CHECK(stored == parameters.size());
  const OnnxEvaluator evaluator(test::through_file(build.model, "model"));
  for (const int64_t size : {1, 7}) {
    std::vector<int64_t> sizes;
    for (const DynamicSize& dimension : subject.dimensions)
      sizes.push_back(dimension.name == "sequence" ? std::min(size, dimension.recorded[0]) : size * size);
    CHECK(test::model_difference(evaluator, subject, sizes,
                                 type + "_" + std::to_string(number) + "_" + std::to_string(size)) < 1e-5);
  }
}

Recipe read_recipe(const std::string& name, const std::vector<std::string>& overrides) {
  Recipe recipe;
  read_file((test::source_dir() / "recipes" / (name + ".yaml")).string(), {overrides}, recipe);
  return recipe;
}

}  // namespace

TEST_CASE("every architecture of the catalog answers the same as an ONNX model") {
  const auto table = cases();
  for (const Entry* entry : Catalog::instance().entries(Architecture::kind)) {
    if (const auto found = table.find(entry->name); found != table.end()) {
      for (size_t i = 0; i < found->second.size(); ++i) check_case(entry->name, found->second[i], i);
      continue;
    }
    // One that this table does not know yet: its defaults, on the first kind of data that suits it.
    bool suited = false;
    for (const Shapes& shapes : {of_numbers({3, 32, 32}, 10), rows, text, graph}) {
      try {
        network_of(entry->name, {"", shapes});
      } catch (const UserError&) {
        continue;
      }
      check_case(entry->name, {"", shapes}, 0);
      suited = true;
      break;
    }
    INFO(entry->name);
    CHECK(suited);
  }
}

TEST_CASE("token inputs have a dynamic sequence, graphs dynamic nodes and edges") {
  const auto dimensions = [](const std::string& type, const Shapes& shapes, const std::string& options) {
    const auto network = network_of(type, {options, shapes});
    std::string text;
    const OnnxBuild build = build_onnx(onnx_subject(*network, shapes.inputs), *network, 17);
    for (const auto* list : {&build.model.graph.inputs, &build.model.graph.outputs})
      for (const OnnxValueInfo& info : *list) {
        text += info.name;
        for (const OnnxDimension& dimension : info.shape)
          text += " " + (dimension.index() == 0 ? std::to_string(std::get<0>(dimension)) : std::get<1>(dimension));
        text += "; ";
      }
    return text;
  };
  CHECK(dimensions("gpt", text, "layers: 1, heads: 1, width: 8") == "input batch sequence; output batch sequence 11; ");
  CHECK(dimensions("gcn", graph, "widths: [4]") == "input nodes 7; edge_index 2 edges; output nodes 3; ");
  Shapes weighted = graph;
  weighted.inputs.push_back({"edge_weight", FieldInfo::Means::numbers, {}, {}, Rows::whole});
  CHECK(dimensions("gcn", weighted, "widths: [4]") ==
        "input nodes 7; edge_index 2 edges; edge_weight edges; output nodes 3; ");
  CHECK(dimensions("autoencoder", images, "widths: [4], latent_size: 2") ==
        "input batch 3 12 10; output batch 3 12 10; latent batch 2; ");
}

TEST_CASE("nodes are named after the module they stand for") {
  const auto network = network_of("cnn", {"blocks: [{channels: 4}], head: {widths: []}", images});
  const OnnxBuild build = build_onnx(onnx_subject(*network, images.inputs), *network, 17);
  std::vector<std::string> names;
  for (const OnnxNode& node : build.model.graph.nodes) names.push_back(node.name);
  CHECK(names == std::vector<std::string>{"/features.0.0/Conv", "/features.0.1/BatchNormalization",
                                          "/features.0.2/Relu", "/features.0.3/MaxPool", "/Reshape",
                                          "/classifier.0/Gemm"});
}

TEST_CASE("a graph network needs opset 16, and the message names the operator and the option") {
  const auto network = network_of("gcn", {"widths: [4]", graph});
  try {
    build_onnx(onnx_subject(*network, graph.inputs), *network, 15);
    FAIL("no error");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    CHECK_THAT(error.what(), Catch::Contains("export.opset is 15"));
    CHECK_THAT(error.what(), Catch::Contains("aten::") || Catch::Contains("dlrun::sparse_mm"));
  }
}

TEST_CASE("parity holds with preprocessing inside, and metrics stay the same") {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe = read_recipe("cnn_fashion_mnist_small", {"hardware.threads=1", "trainer.eval_batch_size=50"});
  const Experiment experiment = build(recipe, {});
  fill_by_formula(*experiment.network);
  const OnnxSubject subject = onnx_subject(experiment);
  for (const bool inside : {false, true}) {
    INFO(inside);
    OnnxBuild build = build_onnx(subject, *experiment.network, 17);
    std::optional<OnnxPreprocessing> preprocessing;
    if (inside) {
      preprocessing = find_preprocessing(experiment, "val");
      REQUIRE(preprocessing);
      put_before(build.model, *preprocessing);
      CHECK(build.model.graph.inputs[0].type == at::kByte);
    }
    put_after(build.model, *recipe.task);
    CHECK(build.model.graph.outputs.back().name == "probabilities");
    const OnnxEvaluator evaluator(test::through_file(build.model, "model"));
    const ParityReport report = check_parity({experiment, subject, build, evaluator, preprocessing, "val", 120, 1e-4});
    CHECK(report.samples == 150);
    CHECK(report.relative < 1e-5);
    REQUIRE(report.metrics.size() == 2);
    CHECK(report.metrics[1].name == "val/accuracy");
    CHECK(report.metrics[1].trained == Approx(report.metrics[1].exported).margin(1e-9));
    CHECK(report.metrics[0].trained == Approx(report.metrics[0].exported).epsilon(1e-5));
  }
}

TEST_CASE("the probabilities of a model trained by a loss of each class against the rest are sigmoids") {
  std::filesystem::current_path(test::source_dir());
  for (const char* loss : {"bce", "cross_entropy", "focal"}) {
    INFO(loss);
    Recipe recipe = read_recipe("cnn_fashion_mnist_small", {"hardware.threads=1", std::string("loss=") + loss});
    const Experiment experiment = build(recipe, {});
    fill_by_formula(*experiment.network);
    experiment.network->set_training(false);
    OnnxBuild build = build_onnx(onnx_subject(experiment), *experiment.network, 17);
    put_after(build.model, *recipe.task);
    const OnnxEvaluator evaluator(test::through_file(build.model, "model"));
    const std::unique_ptr<Loader> loader = experiment.plain_loader("val", 5);
    loader->seek(0);
    const std::map<std::string, at::Tensor> given = evaluator.run({{"input", (*loader->next())["input"]}});
    const at::Tensor scores = given.at("output").to(at::kDouble), chances = given.at("probabilities").to(at::kDouble);
    const at::Tensor each = 1 / (1 + (-scores).exp()), one = scores.exp() / scores.exp().sum(1, true);
    CHECK(at::allclose(chances, std::string(loss) == "bce" ? each : one, 1e-5, 1e-6));
    CHECK_FALSE(at::allclose(chances, std::string(loss) == "bce" ? one : each, 1e-2, 1e-2));
  }
}

TEST_CASE("values far from 0 keep their digits in an ONNX model") {
  const test::TempDir dir;
  for (const bool far : {false, true}) {
    INFO(far);
    std::string table = "x,y\n";
    for (int64_t i = 0; i < 40; ++i) table += std::to_string(i) + "," + std::to_string(far * 1700000000 + 7 * i) + "\n";
    const std::string path = dir.write("t.csv", table);
    Recipe recipe;
    read_text(
        "version: 1\nname: far\ntask: regression\n"
        "data: {type: csv, path: " +
            path +
            ", target: y, target_scaling: standard, val: {every: 4}}\n"
            "architecture: {type: mlp, widths: [4]}\noptimizer: sgd\nhardware: {threads: 1}\n",
        "case", {}, recipe);
    const Experiment experiment = build(recipe, {});
    fill_by_formula(*experiment.network);
    experiment.network->set_training(false);
    OnnxBuild build = build_onnx(onnx_subject(experiment), *experiment.network, 17);
    put_after(build.model, *recipe.task);
    CHECK(build.model.graph.outputs.back().type == (far ? at::kDouble : at::kFloat));
    const OnnxEvaluator evaluator(test::through_file(build.model, "model"));
    const std::unique_ptr<Loader> loader = experiment.plain_loader("val", 5);
    loader->seek(0);
    const Batch batch = *loader->next();
    const at::Tensor values = evaluator.run({{"input", batch["input"]}}).at("value").to(at::kDouble);
    const nlohmann::json records = recipe.task->predict(*experiment.network, batch);
    for (int64_t i = 0; i < values.size(0); ++i)
      CHECK(std::abs(values[i].item<double>() - records[static_cast<size_t>(i)]["value"].get<double>()) < 1e-3);
  }
}

TEST_CASE("onnxruntime is asked too, and a file that it answers otherwise fails though the evaluator agrees") {
  const auto runtime = OnnxRuntime::find();
  if (!runtime) return test::skip("no onnxruntime library (name it in DLRUN_ONNXRUNTIME)");
  std::filesystem::current_path(test::source_dir());
  Recipe recipe = read_recipe("cnn_fashion_mnist_small", {"hardware.threads=1", "trainer.eval_batch_size=50"});
  const Experiment experiment = build(recipe, {});
  fill_by_formula(*experiment.network);
  const OnnxSubject subject = onnx_subject(experiment);
  OnnxBuild build = build_onnx(subject, *experiment.network, 17);
  const auto preprocessing = find_preprocessing(experiment, "val");
  put_before(build.model, *preprocessing);
  const test::TempDir temp;
  write_onnx(build.model, temp / "model.onnx");
  const OnnxEvaluator evaluator(read_onnx(temp / "model.onnx"));
  const OnnxRuntimeSession right(runtime, temp / "model.onnx", 1);
  const ParityReport report =
      check_parity({experiment, subject, build, evaluator, preprocessing, "val", 60, 1e-4, &right});
  CHECK(report.witness_relative < 1e-5);

  OnnxModel wrong = build.model;
  for (OnnxTensor& tensor : wrong.graph.initializers)
    if (tensor.name == "features.1.0.weight") tensor.value = tensor.value * 1.5;
  write_onnx(wrong, temp / "wrong.onnx");
  const OnnxRuntimeSession other(runtime, temp / "wrong.onnx", 1);
  try {
    check_parity({experiment, subject, build, evaluator, preprocessing, "val", 10, 1e-4, &other});
    FAIL("no error");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bug);
    CHECK_THAT(error.what(), Catch::Contains("So says onnxruntime " + runtime->version()));
  }
}

TEST_CASE("a model that answers otherwise fails, and the first operator that differs is named") {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe = read_recipe("cnn_fashion_mnist_small", {"hardware.threads=1"});
  const Experiment experiment = build(recipe, {});
  fill_by_formula(*experiment.network);
  const OnnxSubject subject = onnx_subject(experiment);
  const OnnxBuild build = build_onnx(subject, *experiment.network, 17);
  OnnxModel wrong = build.model;
  for (OnnxTensor& tensor : wrong.graph.initializers)
    if (tensor.name == "features.1.0.weight") tensor.value = tensor.value * 1.5;
  const OnnxEvaluator evaluator(wrong);
  try {
    check_parity({experiment, subject, build, evaluator, {}, "val", 10, 1e-4});
    FAIL("no error");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bug);
    CHECK_THAT(error.what(), Catch::Contains("aten::conv2d in features.1.0, node /features.1.0/Conv"));
  }
}

TEST_CASE("an export that fails its check leaves nothing behind") {
  // Trained on after it was recorded: what was written is another network than the one that answers.
  struct Changing final : Network {
    std::shared_ptr<Network> inner;
    int64_t passes = 0, recorded;
    Changing(std::shared_ptr<Network> network, int64_t passes_recorded) : recorded(passes_recorded) {
      inner = child("inner", std::move(network));
    }
    Batch compute(const Batch& batch) override {
      if (passes++ == recorded) inner->parameters()[0].tensor->detach().mul_(1.5);
      return inner->forward(batch);
    }
  };
  std::filesystem::current_path(test::source_dir());
  Restored run;
  run.recipe = std::make_unique<Recipe>(read_recipe("cnn_fashion_mnist_small", {"hardware.threads=1", "export=onnx"}));
  run.experiment = std::make_unique<Experiment>(build(*run.recipe, {}));
  fill_by_formula(*run.experiment->network);
  const int64_t recorded = static_cast<int64_t>(onnx_subject(*run.experiment).dimensions[0].recorded.size());
  run.experiment->network = std::make_shared<Changing>(run.experiment->network, recorded);
  const test::TempDir temp;
  try {
    OutputFolder output(temp / "out");
    std::static_pointer_cast<Exporter>(run.recipe->exporter.value)->write(run, output.staging());
    FAIL("no error");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bug);
    CHECK_THAT(error.what(), Catch::Contains("Nothing was written"));
    CHECK_THAT(error.what(), Catch::Contains("aten::conv2d in inner.features.0.0"));
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(temp.path()))
    CHECK_FALSE(entry.is_regular_file());
}

}  // namespace dlrun::onnx_test
