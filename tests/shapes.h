// Shapes as the readers and tasks give them, for tests that build networks without data.

#pragma once

#include <string>
#include <vector>

#include "models/architecture.h"

namespace dlrun {

inline Shapes of_numbers(std::vector<int64_t> sizes, int64_t outputs = 0) {
  const auto means = sizes.size() == 3 ? FieldInfo::Means::pixels : FieldInfo::Means::numbers;
  return {.inputs = {{"input", means, std::move(sizes)}}, .outputs = outputs};
}

// Sequences of `length` ids below `vocabulary`, and an answer of as many numbers for each position.
inline Shapes of_tokens(int64_t length, int64_t vocabulary) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < vocabulary; ++i) names.push_back("t" + std::to_string(i));
  return {.inputs = {{"input", FieldInfo::Means::tokens, {length}, names}},
          .outputs = vocabulary,
          .per = Shapes::Per::position,
          .causal = true};
}

inline Shapes of_graph(int64_t features, int64_t outputs) {
  return {.inputs = {{"input", FieldInfo::Means::numbers, {features}, {}, Rows::whole},
                     {"edge_index", FieldInfo::Means::edges, {2, -1}, {}, Rows::whole}},
          .outputs = outputs};
}

}  // namespace dlrun
