// The first number that is not finite: which operator, weight or sample it came from.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nn/module.h"

namespace dlrun {

// What a tensor holds, in a few numbers.
struct Content {
  std::string type;  // "float", "long"
  std::vector<int64_t> shape;
  std::optional<double> least, greatest;  // of its finite numbers; none when there are none
  int64_t nans = 0, infinities = 0;

  bool finite() const { return nans + infinities == 0; }
  std::string text() const;  // "float [64, 10], -0.31 to 5.2, 3 NaN"
  nlohmann::ordered_json json() const;
};
Content content_of(const at::Tensor& tensor);

struct Fault {
  enum class Kind {
    batch,      // a field of the batch is not finite
    weight,     // a parameter or buffer was not finite before the step
    operation,  // an operator made it
    none,       // run once more, everything is finite
  };
  Kind kind = Kind::none;
  std::string name;         // the field, the parameter or buffer, or the operator: "aten::log"
  std::string module;       // of an operator: path of the module it ran in; "" for the network itself or the loss
  bool backward = false;    // of an operator: in the backward pass
  std::string gradient_of;  // of an operator in the backward pass: the forward operator
  std::vector<Content> inputs, outputs;
  std::vector<int64_t> rows;  // rows of the batch that are not finite in it; empty where that cannot be told

  std::string text() const;  // a few lines for a person, without a line end
  nlohmann::ordered_json json() const;
};

// Rows of a batch that go through the network together.
struct RowRange {
  int64_t begin = 0, count = 0;
};

// Finds what was not finite first: the batch, the weights and buffers of `all` as they are, or an operator. `again`
// runs forward and backward once more, from the same random streams and buffers, and says which rows it is about to
// compute. Infinities that somebody wrote down, as in an attention mask, are no fault as long as no NaN comes of them.
Fault find_fault(const Module& all, const Batch& batch, const std::function<void(RowRange& current)>& again);

}  // namespace dlrun
