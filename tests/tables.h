// Tables with categories as ids, for tests that build networks without data.

#pragma once

#include <string>
#include <vector>

#include "data/categories.h"
#include "golden.h"
#include "shapes.h"

namespace dlrun {

// `kinds`: ids of each column, named c0, c1, ...
inline Shapes of_table(int64_t numbers, const std::vector<int64_t>& kinds, int64_t outputs) {
  Shapes shapes = of_numbers({numbers}, outputs);
  for (size_t i = 0; i < kinds.size(); ++i) {
    FieldInfo column{std::string(category_prefix) + "c" + std::to_string(i), FieldInfo::Means::classes};
    for (int64_t id = 0; id < kinds[i]; ++id) column.names.push_back("k" + std::to_string(id));
    shapes.inputs.push_back(column);
  }
  return shapes;
}

// `rows` samples for such shapes: golden/formula.py's numbers and tokens.
inline Batch table_batch(const Shapes& shapes, int64_t rows) {
  Batch batch{{"input", numbers({rows, shapes.input().sizes[0]})}};
  for (const FieldInfo& column : category_fields(shapes.inputs)) batch.set(column.name, tokens({rows}, column.kinds()));
  batch.count = rows;
  return batch;
}

}  // namespace dlrun
