// What of a run becomes an ONNX file.

#include "export/onnx_subject.h"

#include <algorithm>

#include "base/error.h"
#include "data/categories.h"
#include "models/generative.h"
#include "tensor/trace.h"

namespace dlrun {
namespace {

// Of four passes. None of these follows another, so that every size has one explanation; none is 1, which broadcasts.
const std::vector<int64_t> kBatches = {2, 3, 5, 4}, kNodes = {11, 13, 17, 19}, kEdges = {29, 37, 31, 43};
const std::vector<int64_t> kShorter = {0, 2, 1, 3};  // a sequence, against its full length
constexpr int64_t kShortest = 2;
constexpr int64_t kNominal = 12;  // steps of a sample, where samples differ in length

at::Generator source_of_inputs() { return at::detail::createCPUGenerator(20260101); }

at::Tensor numbers(std::vector<int64_t> shape, at::Generator& generator) {
  return at::randn(shape, generator, at::TensorOptions(at::kFloat));
}

at::Tensor whole_numbers(int64_t below, const std::vector<int64_t>& shape, at::Generator& generator) {
  return at::randint(0, below, shape, generator, at::TensorOptions(at::kLong));
}

std::vector<int64_t> with_first(int64_t size, const std::vector<int64_t>& sample) {
  std::vector<int64_t> shape = {size};
  shape.insert(shape.end(), sample.begin(), sample.end());
  return shape;
}

std::vector<NamedTensor> state_of(const Network& network) {
  std::vector<NamedTensor> state = network.parameters();
  for (const NamedTensor& buffer : network.buffers()) state.push_back(buffer);
  return state;
}

// `categories`: columns of a table as ids.
OnnxSubject batches(const std::vector<int64_t>& sample, const std::vector<FieldInfo>& categories = {}) {
  OnnxSubject subject;
  subject.name = "model";
  subject.dimensions = {{"batch", "input", 0, kBatches}};
  subject.make = [sample, categories](const std::vector<int64_t>& sizes) {
    at::Generator generator = source_of_inputs();
    Batch batch{{"input", numbers(with_first(sizes[0], sample), generator)}};
    for (const FieldInfo& column : categories)
      batch.set(column.name, whole_numbers(column.kinds(), {sizes[0]}, generator));
    return batch;
  };
  return subject;
}

// `weighted`: edges have a weight of at least 0 each.
OnnxSubject graphs(const std::vector<int64_t>& sample, bool weighted) {
  OnnxSubject subject;
  subject.name = "model";
  subject.dimensions = {{"nodes", "input", 0, kNodes}, {"edges", "edge_index", 1, kEdges}};
  subject.make = [sample, weighted](const std::vector<int64_t>& sizes) {
    at::Generator generator = source_of_inputs();
    const at::Tensor features = numbers(with_first(sizes[0], sample), generator);
    Batch batch{{"input", features}, {"edge_index", whole_numbers(sizes[0], {2, sizes[1]}, generator)}};
    if (weighted) batch.set("edge_weight", numbers({sizes[1]}, generator).abs());
    return batch;
  };
  return subject;
}

// `lengths`: samples differ in length, and "input.lengths" says how much of each row is there.
OnnxSubject tokens(int64_t length, int64_t vocabulary, bool any_length, bool lengths) {
  OnnxSubject subject;
  subject.name = "model";
  subject.dimensions = {{"batch", "input", 0, kBatches}};
  if (any_length) {
    std::vector<int64_t> recorded;
    for (const int64_t shorter : kShorter) recorded.push_back(length - shorter);
    subject.dimensions.push_back({"sequence", "input", 1, recorded});
  }
  subject.make = [length, vocabulary, lengths](const std::vector<int64_t>& sizes) {
    at::Generator generator = source_of_inputs();
    const std::vector<int64_t> shape = {sizes[0], sizes.size() > 1 ? sizes[1] : length};
    Batch batch{{"input", whole_numbers(vocabulary, shape, generator)}};
    if (lengths) batch.set("input.lengths", whole_numbers(shape[1], {shape[0]}, generator) + 1);
    return batch;
  };
  return subject;
}

// Series of `sample` numbers, whose first size is -1: samples differ in length.
OnnxSubject series(const std::vector<int64_t>& sample) {
  OnnxSubject subject;
  subject.name = "model";
  std::vector<int64_t> recorded;
  for (const int64_t shorter : kShorter) recorded.push_back(kNominal - shorter);
  subject.dimensions = {{"batch", "input", 0, kBatches}, {"sequence", "input", 1, recorded}};
  subject.make = [sample](const std::vector<int64_t>& sizes) {
    at::Generator generator = source_of_inputs();
    std::vector<int64_t> shape = with_first(sizes[0], sample);
    shape[1] = sizes[1];
    const at::Tensor values = numbers(shape, generator);
    return Batch{{"input", values}, {"input.lengths", whole_numbers(sizes[1], {sizes[0]}, generator) + 1}};
  };
  return subject;
}

// Whether the network computes anything from this input, or runs on it at all.
bool runs(const OnnxSubject& subject, const std::string& input) {
  std::vector<int64_t> sizes;
  for (const DynamicSize& dimension : subject.dimensions) sizes.push_back(dimension.recorded[1]);
  const Batch batch = subject.make(sizes);
  try {
    const Trace trace =
        record({batch.tensors(), subject.state, [&] { return subject.forward(batch).tensors(); }, false});
    for (const TraceStep& step : trace.steps)
      for (const std::vector<int>& values : step.inputs)
        for (const int value : values)
          if (value >= 0 && trace.values[value].name == input) return true;
    return false;
  } catch (const c10::NotImplementedError&) {
    throw;  // On `meta`, which says nothing of the network.
  } catch (const c10::Error&) {
    return false;
  }
}

GenerativeNetwork* pair_of(Network& network) { return dynamic_cast<GenerativeNetwork*>(&network); }

}  // namespace

OnnxSubject onnx_subject(Network& network, const std::vector<FieldInfo>& inputs) {
  const auto of_network = [&](OnnxSubject subject) {
    subject.forward = [&network](const Batch& batch) { return network.forward(batch); };
    subject.state = state_of(network);
    return subject;
  };
  const std::vector<int64_t>& sizes = inputs.at(0).sizes;
  if (const GenerativeNetwork* pair = pair_of(network)) {
    OnnxSubject subject = of_network(batches({pair->latent_size()}));
    subject.takes_samples = false;
    return subject;
  }
  const auto has = [&](const auto& wanted) { return std::any_of(inputs.begin(), inputs.end(), wanted); };
  if (has([](const FieldInfo& field) { return field.means == FieldInfo::Means::edges; }))
    return of_network(graphs(sizes, has([](const FieldInfo& field) { return field.name == "edge_weight"; })));
  const bool varies = inputs[0].varies();
  if (inputs[0].means != FieldInfo::Means::tokens)
    return of_network(varies ? series(sizes) : batches(sizes, category_fields(inputs)));
  const int64_t length = varies ? kNominal : sizes[0];
  const bool long_enough = length - kShorter.back() >= kShortest;
  OnnxSubject subject = of_network(tokens(length, inputs[0].kinds(), long_enough, varies));
  if (!long_enough || varies || runs(subject, "input")) return subject;
  return of_network(tokens(length, inputs[0].kinds(), false, false));
}

OnnxSubject onnx_subject(const Experiment& experiment) {
  OnnxSubject subject =
      onnx_subject(*experiment.network, experiment.recipe.task->shapes(*experiment.recipe.loss).inputs);
  const auto* several = dynamic_cast<const SeveralTargets*>(experiment.recipe.task.value.get());
  if (!several) return subject;
  // What the network gives for each target, beside the whole.
  subject.forward = [whole = subject.forward, parts = several->parts()](const Batch& batch) {
    Batch answer = whole(batch);
    const at::Tensor output = answer["output"];
    for (const TargetPart& part : parts)
      answer.set(output_of_target(part.name), output.narrow(1, part.first, part.width));
    return answer;
  };
  return subject;
}

OnnxSubject onnx_discriminator(const Experiment& experiment) {
  GenerativeNetwork* pair = pair_of(*experiment.network);
  if (!pair)
    throw UserError(ExitCode::bad_recipe, "export.discriminator: " + experiment.recipe.architecture.type +
                                              " has no discriminator; leave this option out");
  OnnxSubject subject = batches(experiment.recipe.task->info().input().sizes);
  subject.name = "discriminator";
  subject.state = state_of(*experiment.network);
  subject.forward = [pair](const Batch& batch) -> Batch {
    return {{"output", pair->discriminator().forward(batch["input"])}};
  };
  return subject;
}

}  // namespace dlrun
