// The search for the first number that is not finite, under the tap.

#include "step/fault.h"

#include <ATen/core/function_schema.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tensor/tap.h"

namespace dlrun {
namespace {

bool computes(const at::Tensor& tensor) {
  return tensor.defined() && tensor.is_floating_point() && !tensor.is_sparse() && tensor.numel() > 0;
}

const void* memory(const at::Tensor& tensor) { return tensor.storage().unsafeGetStorageImpl(); }

// Rows of the first dimension that hold anything not finite.
std::vector<int64_t> bad_rows(const at::Tensor& tensor, RowRange rows) {
  std::vector<int64_t> found;
  if (tensor.dim() == 0 || tensor.size(0) != rows.count) return found;
  const at::Tensor bad = at::isfinite(tensor.detach()).logical_not().reshape({rows.count, -1}).any(1).cpu();
  for (int64_t i = 0; i < rows.count; ++i)
    if (bad[i].item<bool>()) found.push_back(rows.begin + i);
  return found;
}

// Reads the calls of a step in their order and keeps the first at fault.
class Search {
 public:
  explicit Search(const RowRange& rows) : rows_(rows) {}
  const std::optional<Fault>& fault() const { return fault_; }

  void read(const TappedCall& call) {
    if (fault_ || call.name().find("empty") != std::string::npos) return;  // What is not written yet means nothing.
    const std::vector<at::Tensor> made = results(call);
    bool finite = true, nan = false;
    for (const at::Tensor& tensor : made) {
      const Content content = content_of(tensor);
      finite &= content.finite();
      nan |= content.nans > 0;
    }
    if (!finite && (nan ? !written_nan(call) : !deliberate(call))) {
      fault_ = describe(call, made);
      return;
    }
    for (const at::Tensor& tensor : made) {
      if (!finite) kept_.push_back(tensor);
      if (!finite) deliberate_.insert(memory(tensor));
      before_[tensor.const_data_ptr()] = content_of(tensor);
    }
  }

 private:
  // The outputs an operator computed; views of its arguments are not.
  static std::vector<at::Tensor> results(const TappedCall& call) {
    std::vector<at::Tensor> made;
    const auto& returns = call.schema->returns();
    for (size_t i = 0; i < call.results.size(); ++i) {
      const auto* alias = i < returns.size() ? returns[i].alias_info() : nullptr;
      if (alias && !alias->isWrite()) continue;
      if (call.results[i].isTensor() && computes(call.results[i].toTensor()))
        made.push_back(call.results[i].toTensor());
      if (!call.results[i].isTensorList()) continue;
      for (const at::Tensor& tensor : call.results[i].toTensorVector())
        if (computes(tensor)) made.push_back(tensor);
    }
    return made;
  }

  static bool any_scalar(const TappedCall& call, bool (*test)(double)) {
    return std::any_of(call.arguments.begin(), call.arguments.end(),
                       [&](const c10::IValue& value) { return value.isDouble() && test(value.toDouble()); });
  }
  static bool written_nan(const TappedCall& call) {
    return any_scalar(call, [](double value) { return std::isnan(value); });
  }
  // Infinities that were given as a number, or come from tensors that hold such ones.
  bool deliberate(const TappedCall& call) const {
    if (any_scalar(call, [](double value) { return std::isinf(value); })) return true;
    const std::vector<at::Tensor> inputs = call.inputs();
    return std::any_of(inputs.begin(), inputs.end(), [&](const at::Tensor& input) {
      return input.has_storage() && deliberate_.count(memory(input));
    });
  }

  // The tap shows arguments after the call: of one that was overwritten the content is remembered from before.
  Content input_content(const at::Tensor& input, const std::vector<at::Tensor>& made) const {
    const bool overwritten =
        std::any_of(made.begin(), made.end(), [&](const at::Tensor& t) { return t.is_same(input); });
    const auto known = before_.find(input.const_data_ptr());
    return overwritten && known != before_.end() ? known->second : content_of(input);
  }

  Fault describe(const TappedCall& call, const std::vector<at::Tensor>& made) const {
    Fault fault{Fault::Kind::operation, call.name(), call.module, call.backward, call.gradient_of, {}, {}, {}};
    std::vector<at::Tensor> inputs = call.inputs();
    std::erase_if(inputs, [](const at::Tensor& input) { return !input.has_storage(); });
    for (const at::Tensor& input : inputs) fault.inputs.push_back(input_content(input, made));
    for (const at::Tensor& output : made) fault.outputs.push_back(content_of(output));
    for (const at::Tensor& output : made) {
      // A gradient of weights may have as many rows as the batch, by chance; one of samples is shaped like an input.
      const bool of_samples = !call.backward || std::any_of(inputs.begin(), inputs.end(), [&](const at::Tensor& input) {
        return input.sizes() == output.sizes();
      });
      if (fault.rows.empty() && of_samples) fault.rows = bad_rows(output, rows_);
    }
    return fault;
  }

  const RowRange& rows_;
  std::optional<Fault> fault_;
  std::vector<at::Tensor> kept_;      // so that no other tensor gets their memory
  std::set<const void*> deliberate_;  // memory that holds infinities on purpose
  std::map<const void*, Content> before_;
};

// The first of these tensors that is not finite.
std::optional<Fault> check(Fault::Kind kind, const TensorList& tensors, RowRange rows) {
  for (const auto& [name, tensor] : tensors) {
    if (!computes(tensor)) continue;
    const Content content = content_of(tensor);
    if (content.finite()) continue;
    Fault fault{kind, name, "", false, "", {}, {content}, {}};
    if (kind == Fault::Kind::batch) fault.rows = bad_rows(tensor, rows);
    return fault;
  }
  return std::nullopt;
}

}  // namespace

Content content_of(const at::Tensor& tensor) {
  Content content{std::string(c10::toString(tensor.scalar_type())), tensor.sizes().vec(), {}, {}, 0, 0};
  std::transform(content.type.begin(), content.type.end(), content.type.begin(),
                 [](char c) { return std::tolower(c); });
  if (tensor.numel() == 0 || tensor.is_sparse() || tensor.is_complex()) return content;
  at::Tensor values = tensor.detach();
  if (values.is_floating_point()) {
    content.nans = at::isnan(values).sum().item<int64_t>();
    content.infinities = at::isinf(values).sum().item<int64_t>();
    if (!content.finite()) values = values.masked_select(at::isfinite(values));
  } else {
    values = values.to(at::kDouble);
  }
  if (values.numel() == 0) return content;
  content.least = values.min().item<double>();
  content.greatest = values.max().item<double>();
  return content;
}

std::string Content::text() const {
  std::string text = fmt::format("{} [{}]", type, fmt::join(shape, ", "));
  if (least)
    text += *least == *greatest ? fmt::format(", all {:.4g}", *least)
                                : fmt::format(", {:.4g} to {:.4g}", *least, *greatest);
  if (nans) text += fmt::format(", {} NaN", nans);
  if (infinities) text += fmt::format(", {} infinite", infinities);
  return text;
}

nlohmann::ordered_json Content::json() const {
  nlohmann::ordered_json json = {{"type", type}, {"shape", shape}, {"least", nullptr}, {"greatest", nullptr}};
  if (least) json["least"] = *least;
  if (greatest) json["greatest"] = *greatest;
  json["nan"] = nans;
  json["infinite"] = infinities;
  return json;
}

std::string Fault::text() const {
  if (kind == Kind::none)
    return "Run a second time, every number of it is finite: the machine, or something that is not deterministic, made "
           "it.";
  if (kind == Kind::batch)
    return fmt::format("The batch itself is not finite: {} is {}.", name, outputs.front().text());
  if (kind == Kind::weight) return fmt::format("{} is not finite any more: {}.", name, outputs.front().text());
  const bool clean = std::all_of(inputs.begin(), inputs.end(), [](const Content& input) { return input.finite(); });
  std::string text = fmt::format("The first operator to make it is {} in {}, {}, from {} input.", name,
                                 module.empty() ? "the network itself or the loss" : module,
                                 !backward             ? "forward"
                                 : gradient_of.empty() ? "backward"
                                                       : "backward (the gradient of " + gradient_of + ")",
                                 clean ? "finite" : "already not finite");
  for (const Content& input : inputs) text += "\n  input   " + input.text();
  for (const Content& output : outputs) text += "\n  output  " + output.text();
  return text;
}

nlohmann::ordered_json Fault::json() const {
  constexpr const char* kinds[] = {"batch", "weight", "operator", "none"};
  nlohmann::ordered_json json = {{"kind", kinds[static_cast<int>(kind)]}, {"name", name}};
  if (kind == Kind::operation) {
    json["module"] = module;
    json["pass"] = backward ? "backward" : "forward";
    if (backward) json["gradient_of"] = gradient_of;
  }
  json["inputs"] = nlohmann::ordered_json::array();
  json["outputs"] = nlohmann::ordered_json::array();
  for (const Content& input : inputs) json["inputs"].push_back(input.json());
  for (const Content& output : outputs) json["outputs"].push_back(output.json());
  return json;
}

Fault find_fault(const Module& all_modules, const Batch& batch, const std::function<void(RowRange& current)>& again) {
  const RowRange all{0, batch.count};
  if (auto fault = check(Fault::Kind::batch, batch.tensors(), all)) return *fault;
  TensorList weights;
  for (const NamedTensor& entry : all_modules.parameters()) weights.emplace_back(entry.name, *entry.tensor);
  for (const NamedTensor& entry : all_modules.buffers()) weights.emplace_back(entry.name, *entry.tensor);
  if (auto fault = check(Fault::Kind::weight, weights, all)) return *fault;
  RowRange current = all;
  Search search(current);
  tap([&] { again(current); }, [&](const TappedCall& call) { search.read(call); });
  return search.fault().value_or(Fault{});
}

}  // namespace dlrun
