// From a network to an ONNX model.

#include "export/onnx_build.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "data/pixels.h"
#include "data/tensor_split.h"
#include "export/exported_recipe.h"
#include "onnx/lower.h"
#include "run/environment.h"

namespace dlrun {
namespace {

// The oldest file format that holds the opset.
int64_t ir_version(int64_t opset) { return opset < 15 ? 7 : opset < 19 ? 8 : opset < 21 ? 9 : 10; }

// A network in evaluation mode, until the end of the scope.
class Evaluating {
 public:
  explicit Evaluating(Network& network) : network_(network), training_(network.training()) {
    network.set_training(false);
  }
  ~Evaluating() { network_.set_training(training_); }
  Evaluating(const Evaluating&) = delete;
  Evaluating& operator=(const Evaluating&) = delete;

 private:
  Network& network_;
  bool training_;
};

OnnxNode node(const std::string& op, const std::string& name, std::vector<std::string> inputs, std::string output) {
  OnnxNode made;
  made.op = op;
  made.name = name;
  made.inputs = std::move(inputs);
  made.outputs = {std::move(output)};
  return made;
}

// What comes out of loader and augmentations for an image of one colour.
at::Tensor prepared(const Experiment& experiment, const at::Tensor& image) {
  const auto split = std::make_shared<TensorSplit>(TensorSplit::Fields{{"input", image}}, all_rows(1));
  LoaderOptions options;
  options.workers = 0;
  Loader loader(split, experiment.augmentations, options);
  loader.seek(0);
  return (*loader.next())["input"];
}

// Whether targets lie so far from 0 that a float would lose digits of what a network can tell apart: seconds since
// 1970, coordinates in metres.
bool needs_double(const DataInfo& info) {
  for (size_t k = 0; k < info.target_scale.size(); ++k)
    if (std::abs(info.target_offset[k]) > 4096.0 * info.target_scale[k]) return true;
  return false;
}

// `of`: behind the names of what is added, "" or ".<target>".
void put_behind(OnnxModel& model, const Task& task, const std::string& answer, const std::string& of) {
  const std::string place = "/postprocessing" + of + "/", constant = "postprocessing" + of + ".";
  OnnxGraph& graph = model.graph;
  const auto output = std::find_if(graph.outputs.begin(), graph.outputs.end(),
                                   [&](const OnnxValueInfo& one) { return one.name == answer; });
  TORCH_CHECK(output != graph.outputs.end(), "a network without an output");
  OnnxValueInfo added = *output;
  const DataInfo& info = task.info();
  // Classes stand last for samples and positions; images of them, [N, classes, H, W], have them second.
  const size_t axis = added.shape.size() == 4 ? 1 : added.shape.size() - 1;
  const auto along = static_cast<int64_t>(axis);
  if (task.classification() && added.shape[axis] == OnnxDimension(int64_t{1})) {
    // One logit for the second of two classes.
    added.name = "probabilities" + of;
    added.shape[axis] = int64_t{2};
    graph.initializers.push_back({constant + "one", at::ones({})});
    graph.nodes.push_back(node("Sigmoid", place + "Sigmoid", {answer}, place + "Sigmoid_output"));
    graph.nodes.push_back(
        node("Sub", place + "Sub", {constant + "one", place + "Sigmoid_output"}, place + "Sub_output"));
    graph.nodes.push_back(
        node("Concat", place + "Concat", {place + "Sub_output", place + "Sigmoid_output"}, added.name));
    graph.nodes.back().attributes = {{"axis", along}};
  } else if (task.classification()) {
    added.name = "probabilities" + of;
    if (task.chances() == Chances::sigmoid) {
      graph.nodes.push_back(node("Sigmoid", place + "Sigmoid", {answer}, added.name));
    } else {
      graph.nodes.push_back(node("Softmax", place + "Softmax", {answer}, added.name));
      graph.nodes.back().attributes = {{"axis", along}};
    }
  } else if (!info.target_scale.empty()) {
    added.name = "value" + of;
    const at::ScalarType type = needs_double(info) ? at::kDouble : at::kFloat;
    std::string scaled = answer;
    if (type == at::kDouble) {
      scaled = place + "Cast_output";
      graph.nodes.push_back(node("Cast", place + "Cast", {answer}, scaled));
      graph.nodes.back().attributes = {{"to", int64_t{11}}};
      added.type = type;
    }
    graph.initializers.push_back({constant + "scale", at::tensor(info.target_scale, type)});
    graph.initializers.push_back({constant + "offset", at::tensor(info.target_offset, type)});
    graph.nodes.push_back(node("Mul", place + "Mul", {scaled, constant + "scale"}, place + "Mul_output"));
    graph.nodes.push_back(node("Add", place + "Add", {place + "Mul_output", constant + "offset"}, added.name));
  } else {
    return;
  }
  graph.outputs.push_back(std::move(added));
}

// What each target's numbers are among all of "output", and what they mean.
nlohmann::ordered_json outputs_of_targets(const SeveralTargets& several) {
  nlohmann::ordered_json outputs = nlohmann::ordered_json::object();
  for (const TargetPart& part : several.parts()) {
    nlohmann::ordered_json& one = outputs[part.name] = {{"first", part.first}, {"width", part.width}};
    if (part.task->info().classes().empty()) continue;
    one["classes"] = part.task->info().classes();
    one["probabilities"] = part.task->chances() == Chances::sigmoid ? "sigmoid" : "softmax";
  }
  return outputs;
}

}  // namespace

std::optional<OnnxPreprocessing> find_preprocessing(const Experiment& experiment, const std::string& split) {
  const std::vector<int64_t> first = {0};
  const at::Tensor sample = experiment.samples(split)->gather(first)["input"];
  const double white = white_of(sample.scalar_type());
  if (sample.dim() != 4) {
    const DataInfo& info = experiment.splits.info;
    const auto refuse = [](const char* what) {
      throw UserError(ExitCode::bad_recipe, fmt::format("export.include_preprocessing: {}; leave it out", what));
    };
    if (info.input().means == FieldInfo::Means::tokens) refuse("no operators of ONNX make tokens of texts");
    if (info.fitted.contains("scale")) refuse("the scaling of series is not put into the graph");
    const at::Tensor same = experiment.augmentations.empty() ? sample : prepared(experiment, sample);
    if (same.scalar_type() == sample.scalar_type() && at::equal(same, sample)) return std::nullopt;
    throw UserError(ExitCode::bad_recipe,
                    "export.include_preprocessing: of augmentations only what is done to images fits in the graph");
  }
  const auto at_level = [&](double level) { return prepared(experiment, at::full_like(sample, level)); };
  const at::Tensor black = at_level(0.0), bright = at_level(white), between = at_level(white / 5);
  if (black.sizes() != sample.sizes() || black.scalar_type() != at::kFloat)
    throw UserError(ExitCode::bad_recipe, "export.include_preprocessing: the augmentations change the size of images");
  OnnxPreprocessing found;
  found.type = sample.scalar_type();
  const auto per_channel = [](const at::Tensor& images) {
    return images[0].select(2, 0).select(1, 0).view({-1, 1, 1});
  };
  found.shift = per_channel(black).clone();
  found.scale = (per_channel(bright) - found.shift) / white;
  for (const auto& [level, image] : {std::pair{0.0, black}, {white, bright}, {white / 5, between}})
    if (!at::allclose(image, (found.scale * level + found.shift).expand_as(image), 1e-4, 1e-5))
      throw UserError(ExitCode::bad_recipe,
                      "export.include_preprocessing: the augmentations do more than scale and shift each channel");
  return found;
}

OnnxBuild build_onnx(const OnnxSubject& subject, Network& network, int64_t opset) {
  const Evaluating mode(network);
  LowerRequest request;
  request.dimensions = subject.dimensions;
  request.state = subject.state;
  request.opset = opset;
  for (size_t i = 0; i < subject.dimensions.front().recorded.size(); ++i) {
    std::vector<int64_t> sizes;
    for (const DynamicSize& dimension : subject.dimensions) sizes.push_back(dimension.recorded[i]);
    const Batch batch = subject.make(sizes);
    request.recordings.push_back(
        record({batch.tensors(), subject.state, [&] { return subject.forward(batch).tensors(); }, false}));
  }
  Lowered lowered = lower(request);
  OnnxBuild build;
  build.model.opsets = {{"", opset}};
  build.model.ir_version = ir_version(opset);
  build.model.graph = std::move(lowered.builder.graph());
  build.model.graph.name = subject.name;
  build.names = std::move(lowered.names);
  build.trace = std::move(request.recordings.front());
  return build;
}

void put_before(OnnxModel& model, const OnnxPreprocessing& preprocessing) {
  OnnxGraph& graph = model.graph;
  const std::string ready = "input_ready";
  for (OnnxNode& each : graph.nodes) std::replace(each.inputs.begin(), each.inputs.end(), std::string("input"), ready);
  std::vector<OnnxNode> first;
  std::string x = "input";
  if (preprocessing.type != at::kFloat) {
    first.push_back(node("Cast", "/preprocessing/Cast", {x}, "/preprocessing/Cast_output"));
    first.back().attributes = {{"to", int64_t{1}}};
    x = first.back().outputs[0];
  }
  first.push_back(node("Mul", "/preprocessing/Mul", {x, "preprocessing.scale"}, "/preprocessing/Mul_output"));
  first.push_back(node("Add", "/preprocessing/Add", {"/preprocessing/Mul_output", "preprocessing.shift"}, ready));
  graph.initializers.push_back({"preprocessing.scale", preprocessing.scale.contiguous()});
  graph.initializers.push_back({"preprocessing.shift", preprocessing.shift.contiguous()});
  graph.nodes.insert(graph.nodes.begin(), first.begin(), first.end());
  for (OnnxValueInfo& input : graph.inputs)
    if (input.name == "input") input.type = preprocessing.type;
}

void put_after(OnnxModel& model, const Task& task) {
  const auto* several = dynamic_cast<const SeveralTargets*>(&task);
  if (!several) return put_behind(model, task, "output", "");
  for (const TargetPart& part : several->parts())
    put_behind(model, *part.task, output_of_target(part.name), "." + part.name);
}

void describe_in(OnnxModel& model, const Restored& run, const OnnxSubject& subject, const std::string& preprocessing) {
  const Recipe& recipe = *run.recipe;
  const DataInfo& info = recipe.task->info();
  const nlohmann::json environment = describe_environment({});
  model.producer_name = "dlrun";
  model.producer_version = environment.at("dlrun").at("version").get<std::string>();
  const auto list = [](const std::vector<std::string>& names) { return nlohmann::json(names).dump(); };
  model.metadata = {{"dlrun.name", recipe.name},
                    {"dlrun.task", recipe.task.type},
                    {"dlrun.architecture", recipe.architecture.type},
                    {"dlrun.step", std::to_string(run.checkpoint.step)},
                    {"dlrun.recipe_hash", run.checkpoint.recipe_hash},
                    {"dlrun.recipe", exported_recipe(*run.recipe)},
                    {"dlrun.data", run.experiment->fitted.at("data").dump()},
                    {"dlrun.augmentation", run.experiment->fitted.at("augmentation").dump()}};
  model.metadata.emplace_back("dlrun.model", subject.name);
  if (!preprocessing.empty()) model.metadata.emplace_back("dlrun.preprocessing", preprocessing);
  if (!info.classes().empty()) model.metadata.emplace_back("dlrun.classes", list(info.classes()));
  if (recipe.task->classification())
    model.metadata.emplace_back("dlrun.probabilities",
                                recipe.task->chances() == Chances::sigmoid ? "sigmoid" : "softmax");
  if (const auto* several = dynamic_cast<const SeveralTargets*>(recipe.task.value.get()))
    model.metadata.emplace_back("dlrun.outputs", outputs_of_targets(*several).dump());
  if (!info.features.empty()) model.metadata.emplace_back("dlrun.features", list(info.features));
  if (!info.targets.empty()) model.metadata.emplace_back("dlrun.targets", list(info.targets));
}

}  // namespace dlrun
