// How many operations (FLOPs) a call of an operator takes: the formula of its name.

#include "tensor/operations.h"

#include <ATen/core/function_schema.h>

#include <unordered_map>

#include "tensor/operations/families.h"

namespace dlrun {
namespace {

std::unordered_map<std::string_view, int64_t (*)(const TappedCall&)> all_formulas() {
  std::unordered_map<std::string_view, int64_t (*)(const TappedCall&)> formulas;
  for (const auto family : {operations_of::products(), operations_of::convolutions(), operations_of::attention(),
                            operations_of::recurrent()})
    for (const operations_of::Formula& formula : family) formulas.emplace(formula.op, formula.count);
  return formulas;
}

}  // namespace

int64_t operations(const TappedCall& call) {
  static const auto formulas = all_formulas();
  const auto found = formulas.find(call.schema->name());
  return found == formulas.end() ? 0 : found->second(call);
}

}  // namespace dlrun
