// An ONNX file in the place of a network.

#include "experiment/onnx_network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "onnx/text.h"

namespace dlrun {
namespace {

using Values = std::map<std::string, at::Tensor>;

std::string text_of(const OnnxValueInfo& info) {
  return fmt::format("\"{}\" {} {}", info.name, type_text(info), shape_text(info));
}

std::string text_of(const std::string& name, const at::Tensor& value) {
  return fmt::format("\"{}\" {} [{}]", name, c10::toString(value.scalar_type()), fmt::join(value.sizes(), ", "));
}

std::optional<int64_t> fixed_size(const OnnxValueInfo& info, size_t dimension) {
  if (!info.has_shape || info.shape.size() <= dimension) return std::nullopt;
  const auto* size = std::get_if<int64_t>(&info.shape[dimension]);
  return size ? std::optional(*size) : std::nullopt;
}

// Values that belong to the answer, not to the question.
bool is_input(const std::string& name) { return name != "target" && name != "mask" && name != "weight"; }

bool same_kind(at::ScalarType a, at::ScalarType b) {
  return a == at::ScalarType::Undefined || a == b || (at::isFloatingType(a) && at::isFloatingType(b)) ||
         (at::isIntegralType(a, false) && at::isIntegralType(b, false) && a != at::kByte && b != at::kByte);
}

// The same in every dimension but the first, which counts samples.
bool suits(const OnnxValueInfo& info, const at::Tensor& value) {
  if (info.text || !same_kind(info.type, value.scalar_type())) return false;
  if (!info.has_shape) return true;
  if (static_cast<int64_t>(info.shape.size()) != value.dim()) return false;
  for (size_t i = 1; i < info.shape.size(); ++i)
    if (const auto size = fixed_size(info, i); size && *size != value.size(static_cast<int64_t>(i))) return false;
  return true;
}

class FileNetwork final : public GenerativeNetwork {
 public:
  explicit FileNetwork(OnnxNetworkOptions options) : options_(std::move(options)) {
    std::set<std::string> known;
    for (const OnnxTensor& tensor : options_.model.graph.initializers) known.insert(tensor.name);
    for (const OnnxValueInfo& input : options_.model.graph.inputs)
      if (!known.contains(input.name)) inputs_.push_back(input);
    options_.model.graph.nodes.clear();
    options_.model.graph.initializers.clear();
  }

  int64_t latent_size() const override {
    expect_generator();
    const auto size = inputs_.size() == 1 && inputs_[0].shape.size() == 2 ? fixed_size(inputs_[0], 1) : std::nullopt;
    if (!size)
      throw UserError(ExitCode::bad_data, fmt::format("{}: a generator takes latents [batch, size], this takes {}",
                                                      options_.file, inputs_text()));
    return *size;
  }
  at::Tensor latent(int64_t count) const override { return at::randn({count, latent_size()}); }
  SimpleNetwork& generator() override {
    expect_generator();
    return part_;
  }
  SimpleNetwork& discriminator() override {
    if (options_.discriminator) return part_;
    throw UserError(ExitCode::usage, options_.file +
                                         ": this generator makes samples and judges none; its discriminator is a file "
                                         "of its own (dlrun export ... export.discriminator=true)");
  }

 private:
  // Either half, as the network of one tensor it is.
  struct Part final : SimpleNetwork {
    explicit Part(FileNetwork& whole) : whole(whole) {}
    at::Tensor compute(const at::Tensor& input) override { return whole.forward({{"input", input}})["output"]; }
    FileNetwork& whole;
  };

  void expect_generator() const {
    if (options_.discriminator)
      throw UserError(ExitCode::usage, options_.file +
                                           ": this discriminator judges samples and makes none; give it "
                                           "files, or take the file of its generator");
  }

  std::string inputs_text() const {
    std::vector<std::string> texts;
    for (const OnnxValueInfo& input : inputs_) texts.push_back(text_of(input));
    return texts.empty() ? "nothing" : join(texts, ", ");
  }

  Batch compute(const Batch& batch) override {
    const c10::NoGradGuard no_gradients;
    const Values outputs = answer(inputs_of(batch));
    const std::string main = main_output(outputs, batch["input"]);
    Batch result;
    for (const auto& [name, value] : outputs) {
      if (name == "output" && name != main) continue;  // The answer has that name.
      result.set(name == main ? "output" : name, value.is_floating_point() ? value.to(at::kFloat) : value);
    }
    result.count = batch.count;
    return result;
  }

  Values inputs_of(const Batch& batch) const {
    Values values;
    std::set<std::string> used;
    const auto give = [&](const OnnxValueInfo& input, const std::string& name) {
      const at::Tensor& value = batch[name];
      used.insert(name);
      values[input.name] =
          (input.type == at::ScalarType::Undefined ? value : value.to(input.type)).to(at::kCPU).contiguous();
    };
    if (options_.raw && !batch.has("raw"))
      throw UserError(ExitCode::usage, options_.file +
                                           ": it takes samples as the data have them, and this task has prepared them "
                                           "by then; export it without include_preprocessing");
    const std::string samples = options_.raw ? "raw" : "input";
    const auto named = [&](const OnnxValueInfo& input) { return input.name == "input" ? samples : input.name; };
    for (const OnnxValueInfo& input : inputs_)
      if (const std::string name = named(input); batch.has(name) && suits(input, batch[name])) give(input, name);
    for (const OnnxValueInfo& input : inputs_) {
      if (values.contains(input.name)) continue;
      std::vector<std::string> held;
      for (const auto& [name, value] : batch.tensors()) {
        if (!is_input(name) || name == (options_.raw ? "input" : "raw")) continue;
        held.push_back(text_of(name, value));
        if (!values.contains(input.name) && !used.contains(name) && suits(input, value)) give(input, name);
      }
      if (!values.contains(input.name))
        throw UserError(ExitCode::bad_data,
                        fmt::format("{}: the input {} finds nothing that suits it; the data give {}", options_.file,
                                    text_of(input), join(held, ", ")));
    }
    return values;
  }

  // In parts, where the model takes batches of one size alone.
  Values answer(const Values& values) const {
    std::optional<int64_t> size;
    if (inputs_.size() == 1) size = fixed_size(inputs_[0], 0);
    if (!size || *size < 1 || values.begin()->second.size(0) == *size) return options_.run(values);
    const auto& [name, rows] = *values.begin();
    const int64_t count = rows.size(0);
    std::map<std::string, std::vector<at::Tensor>> parts;
    for (int64_t first = 0; first < count; first += *size) {
      const at::Tensor indices = at::arange(first, first + *size, at::kLong).clamp_max(count - 1);
      for (const auto& [output, value] : options_.run({{name, rows.index_select(0, indices)}})) {
        if (value.dim() == 0 || value.size(0) != *size)
          throw UserError(ExitCode::bad_data,
                          fmt::format("{}: it takes {} samples at a time, and its output {} does not tell them apart",
                                      options_.file, *size, text_of(output, value)));
        parts[output].push_back(value.narrow(0, 0, std::min(*size, count - first)));
      }
    }
    Values whole;
    for (const auto& [output, each] : parts) whole[output] = at::cat(each);
    return whole;
  }

  // Whether an output is what the task waits for.
  bool answers(const at::Tensor& output, const at::Tensor& input) const {
    if (output.sizes() == input.sizes() && output.numel() == input.size(0) * options_.outputs) return true;
    if (output.dim() < 2 || output.size(0) != input.size(0)) return false;
    const FieldInfo* target = options_.info.target();
    // Classes of pixels: [N, outputs, H, W]. A forecast's target has two sizes too, and no classes.
    if (target && target->sizes.size() == 2 && !options_.info.classes().empty())
      return output.dim() == 4 && output.size(1) == options_.outputs &&
             output.sizes().slice(2).equals(input.sizes().slice(2));
    if (output.size(-1) != options_.outputs) return false;
    // An answer for every token: the next one, or a class each.
    const bool each = options_.info.classes().empty() || (target && target->sizes.size() == 1);
    const bool tokens = each && at::isIntegralType(input.scalar_type(), false);
    return output.dim() == 2 || (tokens && output.sizes().slice(0, output.sizes().size() - 1) == input.sizes());
  }

  std::string main_output(const Values& outputs, const at::Tensor& input) const {
    std::vector<std::string> fitting, all;
    // A generator's task waits for pictures, and says nothing of their size.
    const bool free = options_.outputs <= 0;
    for (const auto& [name, value] : outputs) {
      all.push_back(text_of(name, value));
      if (free || answers(value, input)) fitting.push_back(name);
    }
    if (std::find(fitting.begin(), fitting.end(), "output") != fitting.end()) return "output";
    if (fitting.size() == 1) return fitting[0];
    const std::string rule = fitting.empty()
                                 ? fmt::format("none of its outputs gives {} numbers for each sample", options_.outputs)
                                 : "several of its outputs could be the answer, and none is called output";
    throw UserError(ExitCode::bad_data, fmt::format("{}: {}; it has {}", options_.file, rule, join(all, ", ")));
  }

  OnnxNetworkOptions options_;
  std::vector<OnnxValueInfo> inputs_;  // that a run must give
  Part part_{*this};
};

}  // namespace

std::shared_ptr<GenerativeNetwork> onnx_network(OnnxNetworkOptions options) {
  return std::make_shared<FileNetwork>(std::move(options));
}

}  // namespace dlrun
