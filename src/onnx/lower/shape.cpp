// The same numbers in another shape or order: views, permutations, joins and splits.

#include <algorithm>
#include <limits>
#include <numeric>

#include "onnx/lower/call.h"

namespace dlrun {
namespace {

void reshape(Call& call) {
  const std::string x = call.tensor(input_of(call));
  call.result(call.shape(input_of(call)) == call.result_shape() ? x : call.reshape(x, call.result_shape()));
}
const LoweringOf views{{"view", "reshape", "_reshape_alias", "_unsafe_view", "flatten", "unflatten", "view_as",
                        "reshape_as", "ravel", "atleast_1d", "atleast_2d", "atleast_3d"},
                       [](Call& call) {
                         if (call.overload("dtype")) call.refuse("of the bits as another type has no form in ONNX");
                         reshape(call);
                       }};

// Dimensions a and b change places.
void swap(Call& call, int64_t a, int64_t b) {
  std::vector<int64_t> order(static_cast<size_t>(call.rank("self")));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[a], order[b]);
  call.result(call.graph.transpose(call.tensor("self"), order));
}

const LoweringOf transpose{{"transpose"}, [](Call& call) {
                             const int64_t rank = call.rank("self");
                             swap(call, call.axis("dim0", rank), call.axis("dim1", rank));
                           }};
const LoweringOf swapdims{{"swapdims"}, [](Call& call) {
                            const int64_t rank = call.rank("self");
                            swap(call, call.axis("dim0", rank), call.axis("dim1", rank));
                          }};
const LoweringOf swapaxes{{"swapaxes"}, [](Call& call) {
                            const int64_t rank = call.rank("self");
                            swap(call, call.axis("axis0", rank), call.axis("axis1", rank));
                          }};
const LoweringOf t{{"t", "numpy_T"}, [](Call& call) {
                     if (call.rank("self") < 2) return call.result(call.tensor("self"));
                     if (call.rank("self") > 2) call.refuse("of more than two dimensions is ambiguous; use permute");
                     swap(call, 0, 1);
                   }};
const LoweringOf matrix_transpose{{"mT", "adjoint", "mH"},
                                  [](Call& call) { swap(call, call.rank("self") - 2, call.rank("self") - 1); }};

const LoweringOf permute{{"permute"}, [](Call& call) {
                           std::vector<int64_t> order = call.fixed_list("dims");
                           for (int64_t& dim : order) dim += dim < 0 ? call.rank("self") : 0;
                           call.result(call.graph.transpose(call.tensor("self"), order));
                         }};

const LoweringOf movedim{{"movedim", "moveaxis"}, [](Call& call) {
                           const int64_t rank = call.rank("self");
                           std::vector<int64_t> source = call.fixed_list("source");
                           std::vector<int64_t> destination = call.fixed_list("destination");
                           std::vector<int64_t> order(static_cast<size_t>(rank), -1), rest;
                           for (size_t i = 0; i < source.size(); ++i) {
                             source[i] += source[i] < 0 ? rank : 0;
                             destination[i] += destination[i] < 0 ? rank : 0;
                             order[destination[i]] = source[i];
                           }
                           for (int64_t d = 0; d < rank; ++d)
                             if (std::find(source.begin(), source.end(), d) == source.end()) rest.push_back(d);
                           size_t next = 0;
                           for (int64_t& dim : order)
                             if (dim < 0) dim = rest[next++];
                           call.result(call.graph.transpose(call.tensor("self"), order));
                         }};

const LoweringOf unsqueeze{
    {"unsqueeze"}, [](Call& call) {
      call.result(call.graph.unsqueeze(call.tensor("self"), {call.axis("dim", call.rank("self") + 1)}));
    }};

// Sizes of one go; sizes that follow the input never count as one.
const LoweringOf squeeze{{"squeeze"}, [](Call& call) {
                           const std::vector<Integer> shape = call.shape("self");
                           std::vector<int64_t> dims = call.has("dim") ? call.axes("dim", call.rank("self"))
                                                                       : std::vector<int64_t>(shape.size());
                           if (!call.has("dim")) std::iota(dims.begin(), dims.end(), 0);
                           std::erase_if(dims, [&](int64_t dim) { return shape[dim] != Integer(1); });
                           call.result(call.graph.squeeze(call.tensor("self"), dims));
                         }};

const LoweringOf expand{{"expand", "expand_as", "broadcast_to"}, [](Call& call) {
                          const std::string x = call.tensor("self");
                          call.result(call.shape("self") == call.result_shape()
                                          ? x
                                          : call.add("Expand", {x, call.graph.list(call.result_shape())}));
                        }};

const LoweringOf repeat{{"repeat", "tile"}, [](Call& call) {
                          std::vector<Integer> counts = call.integers(call.has("repeats") ? "repeats" : "dims");
                          std::string x = call.tensor("self");
                          const size_t rank = call.shape("self").size();
                          if (counts.size() < rank) counts.insert(counts.begin(), rank - counts.size(), Integer(1));
                          std::vector<int64_t> added(counts.size() - rank);
                          std::iota(added.begin(), added.end(), 0);
                          x = call.graph.unsqueeze(x, added);
                          call.result(call.add("Tile", {x, call.graph.list(counts)}));
                        }};

// Every entry several times in a row.
const LoweringOf repeat_interleave{{"repeat_interleave"}, [](Call& call) {
                                     if (!call.has("self") || call.is_tensor("repeats") || !call.given("dim"))
                                       call.refuse("takes one number of repeats and a dimension here");
                                     const int64_t rank = call.rank("self"), dim = call.axis("dim", rank);
                                     std::vector<int64_t> counts(static_cast<size_t>(rank + 1), 1);
                                     counts[dim + 1] = call.fixed("repeats");
                                     const std::string apart = call.graph.unsqueeze(call.tensor("self"), {dim + 1});
                                     const std::string tiled = call.add("Tile", {apart, call.graph.integers(counts)});
                                     call.result(call.reshape(tiled, call.result_shape()));
                                   }};

// Numbers [begin, end) of a dimension, every `step`-th.
std::string slice(Call& call, const std::string& x, int64_t dim, const Integer& begin, const Integer& end,
                  int64_t step = 1) {
  return call.add("Slice", {x, call.graph.list({begin}), call.graph.list({end}), call.graph.integers({dim}),
                            call.graph.integers({step})});
}

constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();

const LoweringOf slice_of{{"slice"}, [](Call& call) {
                            const int64_t dim = call.axis("dim", call.rank("self"));
                            const Integer begin = call.given("start") ? call.integer("start") : Integer(0);
                            const Integer end = call.given("end") ? call.integer("end") : Integer(kEnd);
                            const int64_t step = call.fixed("step");
                            if (begin == Integer(0) && end == Integer(kEnd) && step == 1)
                              return call.result(call.tensor("self"));
                            call.result(slice(call, call.tensor("self"), dim, begin, end, step));
                          }};

const LoweringOf narrow{{"narrow"}, [](Call& call) {
                          if (call.is_tensor("start")) call.refuse("from a start that is a tensor has no form here");
                          const int64_t dim = call.axis("dim", call.rank("self"));
                          Integer begin = call.integer("start");
                          if (begin.value() < 0) begin = begin + call.shape("self")[dim];
                          call.result(slice(call, call.tensor("self"), dim, begin, begin + call.integer("length")));
                        }};

const LoweringOf select{
    {"select"}, [](Call& call) {
      call.result(call.add("Gather", {call.tensor("self"), call.graph.number(call.integer("index"))},
                           {{"axis", call.axis("dim", call.rank("self"))}}));
    }};

const LoweringOf flip{{"flip"}, [](Call& call) {
                        std::string x = call.tensor("self");
                        for (const int64_t dim : call.axes("dims", call.rank("self")))
                          x = slice(call, x, dim, Integer(-1), Integer(std::numeric_limits<int64_t>::min() + 1), -1);
                        call.result(x);
                      }};

const LoweringOf roll{{"roll"}, [](Call& call) {
                        const std::vector<int64_t> shifts = call.fixed_list("shifts"), dims = call.fixed_list("dims");
                        if (dims.empty()) call.refuse("needs its dimensions");
                        std::string x = call.tensor("self");
                        for (size_t i = 0; i < dims.size(); ++i) {
                          const int64_t dim = dims[i] < 0 ? dims[i] + call.rank("self") : dims[i];
                          if (shifts[i] == 0) continue;
                          const std::string front = slice(call, x, dim, Integer(-shifts[i]), Integer(kEnd));
                          const std::string back = slice(call, x, dim, Integer(0), Integer(-shifts[i]));
                          x = call.add("Concat", {front, back}, {{"axis", dim}});
                        }
                        call.result(x);
                      }};

const LoweringOf cat{{"cat", "concat", "concatenate", "_cat"}, [](Call& call) {
                       const at::ScalarType type = call.result_type();
                       const int64_t rank = static_cast<int64_t>(call.result_shape().size());
                       std::vector<std::string> parts = call.tensors("tensors"), used;
                       for (size_t i = 0; i < parts.size(); ++i) {
                         // An old rule: an empty list joins anything.
                         if (call.shape("tensors", i) == std::vector<Integer>{Integer(0)} && rank > 1) continue;
                         used.push_back(call.graph.cast(parts[i], call.type("tensors", i), type));
                       }
                       const int64_t dim = call.axis(call.has("axis") ? "axis" : "dim", rank);
                       call.result(used.size() == 1 ? used[0] : call.add("Concat", used, {{"axis", dim}}));
                     }};

const LoweringOf stack{{"stack"}, [](Call& call) {
                         const int64_t dim = call.axis("dim", static_cast<int64_t>(call.result_shape().size()));
                         std::vector<std::string> parts = call.tensors("tensors");
                         for (size_t i = 0; i < parts.size(); ++i)
                           parts[i] = call.graph.unsqueeze(
                               call.graph.cast(parts[i], call.type("tensors", i), call.result_type()), {dim});
                         call.result(call.add("Concat", parts, {{"axis", dim}}));
                       }};

const LoweringOf split{
    {"split", "split_with_sizes", "chunk", "unsafe_split", "unsafe_split_with_sizes", "unsafe_chunk", "tensor_split"},
    [](Call& call) {
      const int64_t dim = call.axis("dim", call.rank("self"));
      std::vector<Integer> sizes;
      for (size_t i = 0; i < call.results(); ++i) sizes.push_back(call.result_shape(i)[dim]);
      const std::vector<std::string> parts =
          call.graph.add_many("Split", {call.tensor("self"), call.graph.list(sizes)}, sizes.size(), {{"axis", dim}});
      for (size_t i = 0; i < parts.size(); ++i) call.result(i, parts[i]);
    }};

const LoweringOf unbind{
    {"unbind"}, [](Call& call) {
      const int64_t dim = call.axis("dim", call.rank("self"));
      for (size_t i = 0; i < call.results(); ++i)
        call.result(i, call.add("Gather", {call.tensor("self"), call.graph.scalar(static_cast<int64_t>(i), at::kLong)},
                                {{"axis", dim}}));
    }};

const LoweringOf triangles{
    {"tril", "triu"}, [](Call& call) {
      call.needs_opset(14);
      const bool upper = call.name().starts_with("aten::triu");
      call.result(call.add("Trilu", {call.tensor("self"), call.graph.number(call.integer("diagonal"))},
                           {{"upper", int64_t{upper}}}));
    }};

}  // namespace
}  // namespace dlrun
