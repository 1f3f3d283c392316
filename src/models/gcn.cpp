// Graph convolutional network (Kipf and Welling 2017): each layer mixes a node with its neighbours.
//
// Names and results are those of torch_geometric's GCNConv under the prefix "convs": convs.0.lin.weight, convs.0.bias.
// Edges are used as they are given, from edge_index[0] to edge_index[1]; an undirected graph holds both directions.
// Where the batch has "edge_weight", it stands in the place of the ones of A.

#include "models/architecture.h"
#include "models/shape_error.h"
#include "nn/activation.h"
#include "nn/build_device.h"
#include "nn/dropout.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "nn/sparse.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Gcn final : Architecture {
  std::vector<int64_t> widths = {16};
  std::string activation = "relu";
  double dropout = 0.5;
  bool bias = true;

  std::vector<Field> fields() override {
    return with_common({
        field("widths", widths, "Numbers per node after each hidden layer; an empty list makes a linear model.",
              at_least(1)),
        field("activation", activation, "Nonlinearity after each hidden layer.", activation_choice()),
        field("dropout", dropout, "Chance of zeroing a feature before each layer, the input's too, while training.",
              between(0, 1)),
        field("bias", bias, "Whether each layer adds a bias."),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
  std::optional<Reference> reference(const Shapes& shapes, const Network& network) const override;
};

struct Sparse {
  SparseStructure structure;
  at::Tensor values;
};

// What was made of tensors, until different ones are asked for.
class Cached {
 public:
  template <class Make>
  const std::optional<Sparse>& of(const std::vector<at::Tensor>& sources, const Make& make) {
    if (!holds(sources)) {
      made_ = make();
      sources_ = sources;
      versions_.clear();
      for (const at::Tensor& source : sources) versions_.push_back(source._version());
    }
    return made_;
  }

 private:
  bool holds(const std::vector<at::Tensor>& sources) const {
    if (sources_.size() != sources.size()) return false;
    for (size_t i = 0; i < sources.size(); ++i)
      if (sources_[i]._version() != versions_[i] || !same(sources_[i], sources[i])) return false;
    return true;
  }
  static bool same(const at::Tensor& a, const at::Tensor& b) {
    if (a.is_same(b)) return true;
    return a.device() == b.device() && a.scalar_type() == b.scalar_type() && at::equal(a, b);
  }

  std::vector<at::Tensor> sources_;
  std::vector<uint32_t> versions_;
  std::optional<Sparse> made_;
};

// D^-1/2 (A + I) D^-1/2 with one loop at every node; row i gathers what flows into node i. With weights A holds these,
// a node that has a loop keeps the weight of it, and D is the sum of the weights that flow in, as gcn_norm of PyG has
// it. `edge_weight`: [E] float, or null.
Sparse normalised_adjacency(const at::Tensor& edge_index, const at::Tensor* edge_weight, int64_t nodes) {
  const at::Tensor proper = edge_index[0].ne(edge_index[1]).nonzero().squeeze(1);
  const at::Tensor loops = at::arange(nodes, edge_index.options());
  const at::Tensor source = at::cat({edge_index[0].index_select(0, proper), loops});
  const at::Tensor target = at::cat({edge_index[1].index_select(0, proper), loops});
  Sparse sparse;
  at::Tensor order;
  sparse.structure = sparse_structure(target, source, nodes, nodes, &order);
  const auto scaled = [&](const at::Tensor& scale) {
    return (scale.index_select(0, source) * scale.index_select(0, target)).index_select(0, order);
  };
  if (!edge_weight) {
    sparse.values = scaled(at::bincount(target, {}, nodes).to(at::kFloat).rsqrt());
    return sparse;
  }
  const at::Tensor own = edge_index[0].eq(edge_index[1]).nonzero().squeeze(1);
  const at::Tensor of_loops = at::ones({nodes}, edge_weight->options())
                                  .scatter(0, edge_index[0].index_select(0, own), edge_weight->index_select(0, own));
  const at::Tensor weight = at::cat({edge_weight->index_select(0, proper), of_loops}).index_select(0, order);
  const at::Tensor degree = multiply(sparse.structure, weight, at::ones({nodes, 1}, weight.options())).squeeze(1);
  sparse.values = scaled(at::where(degree.gt(0), degree.rsqrt(), at::zeros_like(degree))) * weight;
  return sparse;
}

// Features of which at most a tenth is not zero (bags of words); null for others.
std::optional<Sparse> sparse_features(const at::Tensor& features) {
  if (!features.is_cpu() || features.requires_grad() || features.scalar_type() != at::kFloat) return std::nullopt;
  if (at::count_nonzero(features).item<int64_t>() * 10 > features.numel()) return std::nullopt;
  const at::Tensor places = features.nonzero();  // row by row
  Sparse sparse;
  sparse.structure = sparse_structure(places.select(1, 0), places.select(1, 1), features.size(0), features.size(1));
  sparse.values = features.index({places.select(1, 0), places.select(1, 1)});
  return sparse;
}

// A number per node and feature: dense [N, F], or only those that are not zero.
struct Features {
  at::Tensor dense;
  std::optional<Sparse> sparse;
};

class GcnConv final : public ModuleOf<Features, Sparse> {
 public:
  GcnConv(int64_t inputs, int64_t outputs, bool with_bias) {
    lin_ = make<Linear>("lin", inputs, outputs, false);
    xavier_uniform_(lin_->weight);
    if (!with_bias) return;
    parameter("bias", bias_, new_tensor({outputs}));
    constant_(bias_, 0.0);
  }

 private:
  // [N, inputs] -> [N, outputs]
  at::Tensor compute(const Features& x, const Sparse& graph) override {
    const at::Tensor own =
        x.sparse ? multiply(x.sparse->structure, x.sparse->values, lin_->matrix().t()) : lin_->forward(x.dense);
    const at::Tensor mixed = multiply(graph.structure, graph.values, own);
    return bias_.defined() ? mixed + bias_ : mixed;
  }

  std::shared_ptr<Linear> lin_;
  at::Tensor bias_;
};

class GcnNetwork final : public Network {
 public:
  GcnNetwork(const Gcn& gcn, int64_t features, int64_t outputs) : activation_(activation(gcn.activation)) {
    std::vector<int64_t> widths = gcn.widths;
    widths.push_back(outputs);
    dropout_ = make<Dropout>("dropout", gcn.dropout);
    for (const int64_t width : widths) {
      convs_.push_back(make<GcnConv>("convs." + std::to_string(convs_.size()), features, width, gcn.bias));
      features = width;
    }
  }

  // "input" [N, F] float, "edge_index" [2, E] int64, "edge_weight" [E] float or none -> "output" [N, outputs]
  Batch compute(const Batch& batch) override {
    const at::Tensor &input = batch["input"], &edges = batch["edge_index"];
    const at::Tensor* weight = batch.has("edge_weight") ? &batch["edge_weight"] : nullptr;
    check(input, edges);
    const std::vector<at::Tensor> given = weight ? std::vector{edges, *weight} : std::vector{edges};
    const Sparse& graph = *graph_.of(given, [&] { return normalised_adjacency(edges, weight, input.size(0)); });
    const std::optional<Sparse>& sparse = features_.of({input}, [&] { return sparse_features(input); });
    Features features;
    if (sparse)
      features.sparse = Sparse{sparse->structure, dropout_->forward(sparse->values)};
    else
      features.dense = dropout_->forward(input);
    at::Tensor x = convs_[0]->forward(features, graph);
    for (size_t i = 1; i < convs_.size(); ++i)
      x = convs_[i]->forward({dropout_->forward(activation_(x)), std::nullopt}, graph);
    return {{"output", x}};
  }

 private:
  // A graph of another size must not meet the cache of the last one.
  void check(const at::Tensor& input, const at::Tensor& edges) {
    TORCH_CHECK(edges.dim() == 2 && edges.size(0) == 2 && edges.scalar_type() == at::kLong, "edge_index is ",
                edges.sizes());
    if (input.size(0) == nodes_) return;
    graph_ = Cached();
    nodes_ = input.size(0);
  }

  ActivationFunction activation_;
  std::shared_ptr<Dropout> dropout_;
  std::vector<std::shared_ptr<GcnConv>> convs_;
  Cached graph_, features_;
  int64_t nodes_ = -1;
};

std::shared_ptr<Network> Gcn::build(const Shapes& shapes) const {
  expect_numbers("gcn", shapes);
  if (shapes.input().sizes.size() != 1)
    shape_error("type", "gcn takes nodes with a list of features each, but a sample of the data has the shape " +
                            shape_text(shapes.input().sizes));
  return std::make_shared<GcnNetwork>(*this, shapes.input().sizes[0], shapes.outputs);
}

std::optional<Reference> Gcn::reference(const Shapes& shapes, const Network&) const {
  Reference reference;
  reference.library = "torch_geometric";
  reference.model = "GCN";
  reference.settings = {{"in_channels", shapes.input().sizes[0]},
                        {"hidden_channels", widths.empty() ? shapes.outputs : widths[0]},
                        {"num_layers", static_cast<int64_t>(widths.size()) + 1},
                        {"out_channels", shapes.outputs},
                        {"act", activation},
                        {"dropout", dropout},
                        {"bias", bias}};
  for (const int64_t width : widths)
    if (width != widths[0]) reference.obstacle = "its GCN has one width for all hidden layers (architecture.widths)";
  if (activation == "gelu_tanh") reference.obstacle = "it knows no activation gelu_tanh";
  return reference;
}

const Registered<Architecture, Gcn> gcn_entry{"gcn", "Graph convolutional network for the nodes of a graph."};

}  // namespace
}  // namespace dlrun
