// Looking numbers up by index, and putting them there.

#include <algorithm>
#include <numeric>

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

const LoweringOf embedding{
    {"embedding"}, [](Call& call) {
      call.result(call.add("Gather", {call.tensor("weight"), call.tensor("indices")}, {{"axis", int64_t{0}}}));
    }};

const LoweringOf index_select{{"index_select"}, [](Call& call) {
                                call.result(call.add("Gather", {call.tensor("self"), call.tensor("index")},
                                                     {{"axis", call.axis("dim", call.rank("self"))}}));
                              }};

const LoweringOf gather{{"gather"}, [](Call& call) {
                          call.result(call.add("GatherElements", {call.tensor("self"), call.tensor("index")},
                                               {{"axis", call.axis("dim", call.rank("self"))}}));
                        }};

const LoweringOf take_along_dim{{"take_along_dim"}, [](Call& call) {
                                  if (!call.given("dim")) call.refuse("needs its dimension");
                                  call.result(call.add("GatherElements", {call.tensor("self"), call.tensor("indices")},
                                                       {{"axis", call.axis("dim", call.rank("self"))}}));
                                }};

// The shape that several broadcast to.
std::vector<Integer> broadcast(const std::vector<std::vector<Integer>>& shapes) {
  std::vector<Integer> result;
  for (const std::vector<Integer>& shape : shapes) {
    if (shape.size() > result.size()) result.insert(result.begin(), shape.size() - result.size(), Integer(1));
    for (size_t i = 0; i < shape.size(); ++i) {
      Integer& size = result[result.size() - shape.size() + i];
      if (size == Integer(1)) size = shape[i];
    }
  }
  return result;
}

// x[i, j, ...] with a tensor, or nothing, for each dimension. Several tensors are taken together.
void index(Call& call) {
  const std::vector<std::string> indices = call.tensors("indices");
  std::vector<int64_t> dims;
  for (size_t i = 0; i < indices.size(); ++i)
    if (!indices[i].empty()) dims.push_back(static_cast<int64_t>(i));
  const auto type = [&](int64_t dim) { return call.type("indices", static_cast<size_t>(dim)); };
  const std::string x = call.tensor("self");
  if (dims.size() == 1 && type(dims[0]) == at::kBool) {
    if (dims[0] != 0) call.refuse("by a mask that does not start at the first dimension has no form here");
    const std::string places = call.graph.transpose(call.add("NonZero", {indices[0]}), {1, 0});
    return call.result(call.add("GatherND", {x, places}));
  }
  for (const int64_t dim : dims)
    if (type(dim) == at::kBool) call.refuse("by a mask together with other indices has no form here");
  if (dims.size() == 1) return call.result(call.add("Gather", {x, indices[dims[0]]}, {{"axis", dims[0]}}));

  // The indexed dimensions go to the front, and one GatherND takes them all.
  const int64_t rank = call.rank("self"), count = static_cast<int64_t>(dims.size());
  std::vector<std::vector<Integer>> shapes;
  for (const int64_t dim : dims) shapes.push_back(call.shape("indices", static_cast<size_t>(dim)));
  const std::vector<Integer> common = broadcast(shapes);
  std::vector<std::string> columns;
  for (size_t i = 0; i < dims.size(); ++i) {
    std::string column = call.graph.cast(indices[dims[i]], type(dims[i]), at::kLong);
    if (shapes[i] != common) column = call.add("Expand", {column, call.graph.list(common)});
    columns.push_back(call.graph.unsqueeze(column, {static_cast<int64_t>(common.size())}));
  }
  const std::string places = call.add("Concat", columns, {{"axis", static_cast<int64_t>(common.size())}});
  std::vector<int64_t> order = dims;
  for (int64_t d = 0; d < rank; ++d)
    if (std::find(dims.begin(), dims.end(), d) == dims.end()) order.push_back(d);
  const std::string found = call.add("GatherND", {call.graph.transpose(x, order), places});
  const bool adjacent = dims.back() - dims.front() == count - 1;
  if (!adjacent || dims.front() == 0) return call.result(found);
  // What was looked up stands where the first indexed dimension was.
  const int64_t width = static_cast<int64_t>(common.size()), before = dims.front();
  std::vector<int64_t> back;
  for (int64_t d = 0; d < before; ++d) back.push_back(width + d);
  for (int64_t d = 0; d < width; ++d) back.push_back(d);
  for (int64_t d = width + before; d < width + rank - count; ++d) back.push_back(d);
  call.result(call.graph.transpose(found, back));
}
const LoweringOf index_of{{"index"}, index};

std::string scatter(Call& call, const std::string& x, int64_t dim, const std::string& places, const std::string& values,
                    bool sum) {
  OnnxAttributes attributes = {{"axis", dim}};
  if (sum) {
    call.needs_opset(16);
    attributes.emplace_back("reduction", std::string("add"));
  }
  return call.add("ScatterElements", {x, places, values}, attributes);
}

// As much of `src` as there are indices.
std::string source(Call& call) {
  const std::string x = call.operand("src", call.result_type());
  const std::vector<Integer> wanted = call.shape("index");
  if (call.shape("src") == wanted) return x;
  const std::vector<int64_t> zeros(wanted.size(), 0);
  return call.add("Slice", {x, call.graph.integers(zeros), call.graph.list(wanted)});
}

const LoweringOf scatter_of{
    {"scatter"}, [](Call& call) {
      if (call.given("reduce")) call.refuse("with reduce has no form here; use scatter_add");
      const at::ScalarType type = call.result_type();
      const std::string values =
          call.has("src") ? source(call)
                          : call.add("Expand", {call.operand("value", type), call.graph.list(call.shape("index"))});
      call.result(
          scatter(call, call.tensor("self"), call.axis("dim", call.rank("self")), call.tensor("index"), values, false));
    }};
const LoweringOf scatter_add{{"scatter_add"}, [](Call& call) {
                               call.result(scatter(call, call.tensor("self"), call.axis("dim", call.rank("self")),
                                                   call.tensor("index"), source(call), true));
                             }};

// One index for a whole slice: spread over the slice, then element by element.
const LoweringOf index_add{
    {"index_add"}, [](Call& call) {
      const int64_t rank = call.rank("self"), dim = call.axis("dim", rank);
      std::vector<int64_t> spread;
      for (int64_t d = 0; d < rank; ++d)
        if (d != dim) spread.push_back(d);
      const std::string index = call.add(
          "Expand", {call.graph.unsqueeze(call.tensor("index"), spread), call.graph.list(call.shape("source"))});
      std::string source = call.tensor("source");
      if (call.integer_or_number("alpha") != 1.0)
        source = call.add("Mul", {source, call.operand("alpha", call.result_type())});
      call.result(scatter(call, call.tensor("self"), dim, index, source, true));
    }};

const LoweringOf nonzero{{"nonzero", "argwhere"}, [](Call& call) {
                           call.result(call.graph.transpose(call.add("NonZero", {call.tensor("self")}), {1, 0}));
                         }};

// How often each number below `minlength` occurs. Larger numbers, which would make the answer longer, must not occur.
const LoweringOf bincount{
    {"bincount"}, [](Call& call) {
      const Integer length = call.integer("minlength");
      if (call.result_shape()[0] != length) call.refuse("needs a minlength above every number");
      const at::ScalarType type = call.result_type();
      const std::string zeros = call.add("Expand", {call.graph.scalar(0, type), call.graph.list({length})});
      const std::string one =
          call.given("weights")
              ? call.operand("weights", type)
              : call.add("Expand", {call.graph.scalar(1, type), call.add("Shape", {call.tensor("self")})});
      call.result(scatter(call, zeros, 0, call.tensor("self"), one, true));
    }};

// Of equal numbers the earlier comes first: sorting by TopK is stable.
void sort(Call& call, bool values) {
  const int64_t rank = call.rank("self"), dim = call.axis("dim", rank);
  const std::string x = call.tensor("self");
  const std::string count =
      call.add("Gather", {call.add("Shape", {x}), call.graph.integers({dim})}, {{"axis", int64_t{0}}});
  const std::vector<std::string> sorted = call.graph.add_many(
      "TopK", {x, count}, 2, {{"axis", dim}, {"largest", int64_t{call.flag("descending")}}, {"sorted", int64_t{1}}});
  if (!values) return call.result(sorted[1]);
  call.result(0, sorted[0]);
  call.result(1, sorted[1]);
}
const LoweringOf argsort{{"argsort"}, [](Call& call) { sort(call, false); }};
const LoweringOf sort_of{{"sort"}, [](Call& call) { sort(call, true); }};

const LoweringOf topk{{"topk"}, [](Call& call) {
                        const std::vector<std::string> found =
                            call.graph.add_many("TopK", {call.tensor("self"), call.graph.list({call.integer("k")})}, 2,
                                                {{"axis", call.axis("dim", call.rank("self"))},
                                                 {"largest", int64_t{call.flag("largest")}},
                                                 {"sorted", int64_t{1}}});
                        call.result(0, found[0]);
                        call.result(1, found[1]);
                      }};

// How many of the sorted numbers lie before each value: one comparison for every pair.
const LoweringOf searchsorted{
    {"searchsorted"}, [](Call& call) {
      if (call.rank("sorted_sequence") != 1 || !call.is_tensor("self") || call.given("sorter"))
        call.refuse("takes one sorted list here");
      const bool right = call.flag("right") || call.text("side") == "right";
      const int64_t rank = call.rank("self");
      const std::string value = call.graph.unsqueeze(call.tensor("self"), {rank});
      const std::string before = call.add(right ? "LessOrEqual" : "Less", {call.tensor("sorted_sequence"), value});
      const std::string ones = call.graph.cast(before, at::kBool, at::kLong);
      const std::string sum = call.graph.reduce("ReduceSum", ones, {rank}, false);
      call.result(call.graph.cast(sum, at::kLong, call.result_type()));
    }};

const LoweringOf one_hot{
    {"one_hot"}, [](Call& call) {
      if (call.fixed("num_classes") < 0) call.refuse("needs its number of classes");
      call.result(call.add("OneHot", {call.tensor("self"), call.graph.scalar(call.fixed("num_classes"), at::kLong),
                                      call.graph.constant(at::tensor({0, 1}, at::kLong))}));
    }};

}  // namespace
}  // namespace dlrun
