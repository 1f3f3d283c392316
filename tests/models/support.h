// What tests of architectures share: components by name, fields set in place, and the checks every network must pass.

#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "golden.h"
#include "models/architecture.h"
#include "nn/build_device.h"
#include "shapes.h"
#include "spec/catalog.h"

namespace dlrun {

inline std::shared_ptr<Architecture> architecture(const std::string& name) {
  const Entry* entry = Catalog::instance().find("architecture", name);
  REQUIRE(entry);
  return std::dynamic_pointer_cast<Architecture>(entry->make());
}

// Sets the field `name` of `params`.
template <class Value>
void set(Params& params, const std::string& name, Value value) {
  for (Field& field : params.fields()) {
    if (field.name != name) continue;
    Value** slot = std::get_if<Value*>(&field.slot);
    REQUIRE(slot);
    **slot = std::move(value);
    return;
  }
  FAIL("no field " << name);
}

inline Params& group(Params& params, const std::string& name) {
  for (Field& field : params.fields())
    if (field.name == name) return *std::get<Params*>(field.slot);
  throw std::runtime_error("no group " + name);
}

// The message of the UserError(bad_recipe) that `build` throws.
inline std::string build_error(const Architecture& architecture, const Shapes& shapes) {
  try {
    architecture.build(shapes);
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_recipe);
    return error.what();
  }
  return "no error";
}

// On `meta` the network has the same parameters and buffers by name, shape and type, and draws no random number.
inline void check_meta_build(const Architecture& architecture, const Shapes& shapes) {
  at::manual_seed(3);
  const auto real = architecture.build(shapes);
  at::manual_seed(3);
  const BuildDevice scope(at::kMeta);
  const auto meta = architecture.build(shapes);
  at::manual_seed(3);
  const at::Tensor first = at::rand({4});
  at::manual_seed(3);
  architecture.build(shapes);
  CHECK(at::equal(at::rand({4}), first));
  const auto compare = [](const std::vector<NamedTensor>& left, const std::vector<NamedTensor>& right) {
    REQUIRE(left.size() == right.size());
    for (size_t i = 0; i < left.size(); ++i) {
      CHECK(left[i].name == right[i].name);
      CHECK(left[i].tensor->sizes() == right[i].tensor->sizes());
      CHECK(left[i].tensor->scalar_type() == right[i].tensor->scalar_type());
      CHECK(right[i].tensor->is_meta());
    }
  };
  compare(real->parameters(), meta->parameters());
  compare(real->buffers(), meta->buffers());
}

// Moves every parameter into one flat buffer and its gradient into another, as the optimizers do.
inline at::Tensor flatten_parameters(const Module& module) {
  int64_t count = 0;
  for (const NamedTensor& entry : module.parameters()) count += entry.tensor->numel();
  at::Tensor values = at::empty({count}), gradients = at::zeros({count});
  int64_t start = 0;
  for (const NamedTensor& entry : module.parameters()) {
    const at::Tensor old = entry.tensor->detach();
    const auto view = [&](const at::Tensor& buffer) { return buffer.narrow(0, start, old.numel()).view(old.sizes()); };
    *entry.tensor = view(values).detach();
    entry.tensor->copy_(old);
    entry.tensor->set_requires_grad(true);
    entry.tensor->mutable_grad() = view(gradients);
    start += old.numel();
  }
  return gradients;
}

// A network on flat buffers gives the same output, and its gradients arrive in the flat gradient buffer.
inline void check_flat_build(const Architecture& architecture, const Shapes& shapes, const Batch& batch) {
  const auto run = [&](bool flat) {
    at::manual_seed(5);
    const auto network = architecture.build(shapes);
    at::Tensor gradients = flat ? flatten_parameters(*network) : at::Tensor();
    const at::Tensor output = network->forward(batch)["output"];
    output.square().mean().backward();
    std::vector<at::Tensor> parts;
    if (!flat) {
      for (const NamedTensor& entry : network->parameters()) {
        INFO(entry.name);
        REQUIRE(entry.tensor->grad().defined());
        parts.push_back(entry.tensor->grad().flatten());
      }
      gradients = at::cat(parts);
    }
    return std::make_pair(output.detach(), gradients);
  };
  const auto [output, gradients] = run(false);
  const auto [flat_output, flat_gradients] = run(true);
  // Not bit by bit: where a weight begins in the buffer is part of how some kernels sum.
  CHECK(at::allclose(output, flat_output, 1e-5, 1e-6));
  CHECK(at::allclose(gradients, flat_gradients, 1e-5, 1e-7));
  CHECK(gradients.abs().max().item<double>() > 0);
}

}  // namespace dlrun
