// A network as a graph of what it computes.

#include "report/network_graph.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "base/units.h"
#include "data/whole_batches.h"
#include "rehearsal/rehearsal.h"
#include "report/numbered.h"
#include "step/step.h"
#include "tensor/operations.h"
#include "tensor/scope.h"

namespace dlrun {
namespace {

GraphNode::Kind kind_of(const std::string& op, bool computes) {
  const auto has = [&](const char* part) { return op.find(part) != std::string::npos; };
  if (computes || has("embedding")) return GraphNode::Kind::layer;
  if (has("norm")) return GraphNode::Kind::norm;
  if (has("pool") || op == "mean" || op == "amax") return GraphNode::Kind::pooling;
  if (op == "add" || op == "add_" || op == "cat" || op == "mul" || op == "sub") return GraphNode::Kind::joining;
  for (const char* name : {"relu", "gelu", "silu", "tanh", "sigmoid", "elu", "softmax", "dropout"})
    if (has(name)) return GraphNode::Kind::activation;
  return GraphNode::Kind::other;
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('.') + 1); }

bool inside(const std::string& path, const std::string& outer) {
  return path == outer || path.starts_with(outer + ".");
}

// Which modules there are, and which of them stand for others.
class Paths {
 public:
  Paths(const Module& network, const GraphOptions& options) : options_(options) {
    for (const auto& [path, module] : network.modules()) {
      if (path.empty()) continue;
      paths_.push_back(path);
      std::string outer = path;
      while (!outer.empty()) {
        outer = outer.substr(0, outer.find_last_of('.') == std::string::npos ? 0 : outer.find_last_of('.'));
        if (known_.contains(outer)) break;
      }
      known_[path] = known_.contains(outer) ? known_[outer] + 1 : 1;
      if (known_.contains(outer)) parents_.insert(outer);
    }
  }

  // The module a call in `path` is drawn as; sets `whole` when everything in it is one node.
  std::string drawn(const std::string& path, bool& whole) const {
    std::string found = path;
    if (options_.depth >= 0)
      for (const auto& [module, level] : known_)
        if (level == std::max<int64_t>(1, options_.depth) && inside(path, module)) found = module;
    const auto level = known_.find(found);
    const bool deepest =
        level != known_.end() && options_.depth >= 0 && level->second >= std::max<int64_t>(1, options_.depth);
    whole = level != known_.end() && (deepest || !parents_.contains(found));
    return found;
  }

  const std::vector<std::string>& all() const { return paths_; }

 private:
  GraphOptions options_;
  std::vector<std::string> paths_;
  std::map<std::string, int64_t> known_;  // path -> depth, from 1
  std::set<std::string> parents_;
};

struct Drawing {
  Drawing(const Experiment& experiment, const GraphOptions& options, int64_t rows)
      : paths(*experiment.all, options), rows(rows) {
    for (const NamedTensor& one : experiment.all->parameters()) {
      weights.insert(one.tensor->unsafeGetTensorImpl());
      const size_t dot = one.name.rfind('.');
      parameters[dot == std::string::npos ? "" : one.name.substr(0, dot)] += one.tensor->numel();
    }
    for (const NamedTensor& one : experiment.all->buffers()) weights.insert(one.tensor->unsafeGetTensorImpl());
  }

  void see(const TappedCall& call);
  size_t node_for(const TappedCall& call, const std::string& op);
  size_t input(const at::Tensor& tensor);
  std::vector<int64_t> shape_of(const at::Tensor& tensor) const;
  int64_t parameters_in(const std::string& module) const;

  Paths paths;
  int64_t rows;
  NetworkGraph graph;
  std::set<std::pair<size_t, size_t>> edges;
  std::set<const void*> weights;              // parameters, buffers, and what was made of them alone
  std::map<std::string, int64_t> parameters;  // by owner
  std::map<const void*, size_t> producers;    // tensor -> node
  std::map<std::string, size_t> whole;        // module -> its node, for those drawn as one
  std::map<std::string, int64_t> effort;      // module -> operations of what names its node
  std::vector<at::Tensor> kept;               // so that no address is used twice
  std::optional<size_t> input_node, loss_node;
};

size_t Drawing::input(const at::Tensor& tensor) {
  if (!input_node) {
    input_node = graph.nodes.size();
    graph.nodes.push_back({GraphNode::Kind::input, "", "input", "", shape_of(tensor)});
  }
  return *input_node;
}

std::vector<int64_t> Drawing::shape_of(const at::Tensor& tensor) const {
  std::vector<int64_t> shape = tensor.sizes().vec();
  if (!shape.empty() && shape[0] == rows) shape[0] = -1;
  return shape;
}

int64_t Drawing::parameters_in(const std::string& module) const {
  int64_t count = 0;
  for (const auto& [owner, size] : parameters)
    if (inside(owner, module)) count += size;
  return count;
}

size_t Drawing::node_for(const TappedCall& call, const std::string& op) {
  const int64_t count = operations(call);
  bool one = false;
  const std::string module = paths.drawn(call.module, one);
  const GraphNode::Kind kind = kind_of(op, count > 0);
  if (!one) {
    graph.nodes.push_back({kind, module, op.back() == '_' ? op.substr(0, op.size() - 1) : op, "", {}});
    return graph.nodes.size() - 1;
  }
  const auto [found, fresh] = whole.emplace(module, graph.nodes.size());
  if (fresh) graph.nodes.push_back({kind, module, "", "", {}});
  GraphNode& node = graph.nodes[found->second];
  if (fresh || count > effort[module]) {
    effort[module] = count;
    node.kind = kind;
    const std::string name = call.module != module ? "" : op.back() == '_' ? op.substr(0, op.size() - 1) : op;
    const int64_t numbers = parameters_in(module);
    const std::string size = numbers == 0 ? "" : count_text(numbers) + " parameters";
    node.title = last_part(module);
    // A bare number says nothing.
    const bool bare = node.title.find_first_not_of("0123456789") == std::string::npos;
    if (bare && !name.empty()) node.title += ": " + name;
    node.detail = bare || name.empty() ? size : name + (size.empty() ? "" : ", " + size);
  }
  return found->second;
}

void Drawing::see(const TappedCall& call) {
  if (call.backward) return;
  const std::vector<at::Tensor> inputs = call.inputs(), outputs = call.outputs();
  if (outputs.empty()) return;
  const std::string op = call.name().substr(call.name().find("::") + 2);
  std::set<size_t> sources;
  bool only_weights = !inputs.empty(), foreign = false;
  for (const at::Tensor& tensor : inputs) {
    const auto found = producers.find(tensor.unsafeGetTensorImpl());
    if (found != producers.end()) sources.insert(found->second);
    const bool weight = weights.contains(tensor.unsafeGetTensorImpl());
    only_weights = only_weights && weight;
    foreign = foreign || (!weight && found == producers.end());
  }
  for (const at::Tensor& tensor : outputs) kept.push_back(tensor);
  if (only_weights) {
    for (const at::Tensor& tensor : outputs) weights.insert(tensor.unsafeGetTensorImpl());
    return;
  }
  if (call.module == outside_of_modules) {
    if (sources.empty()) return;  // noise, targets: what a network makes of it is what counts
    const bool looks = sources.size() == 1 && outputs[0].is_alias_of(inputs[0]);
    if (looks || loss_node) {
      for (const at::Tensor& tensor : outputs)
        if (looks) producers[tensor.unsafeGetTensorImpl()] = *sources.begin();
      if (looks) return;
    } else {
      loss_node = graph.nodes.size();
      graph.nodes.push_back({GraphNode::Kind::loss, "", "loss", "", {}});
    }
    for (const size_t source : sources)
      if (source != *loss_node) edges.insert({source, *loss_node});
    for (const at::Tensor& tensor : outputs) producers[tensor.unsafeGetTensorImpl()] = *loss_node;
    return;
  }
  const bool looks =
      inputs.size() == 1 && outputs.size() == 1 && outputs[0].is_alias_of(inputs[0]) && !outputs[0].is_same(inputs[0]);
  const bool copies = op == "contiguous" || op == "reshape" || op == "to" || op == "detach" || op == "flatten";
  if ((looks || copies) && inputs.size() == 1) {
    const size_t source = sources.empty() ? input(inputs[0]) : *sources.begin();
    for (const at::Tensor& tensor : outputs) producers[tensor.unsafeGetTensorImpl()] = source;
    return;
  }
  if (sources.empty() && foreign)
    for (const at::Tensor& tensor : inputs)
      if (!weights.contains(tensor.unsafeGetTensorImpl())) sources.insert(input(tensor));
  const size_t node = node_for(call, op);
  graph.nodes[node].shape = shape_of(outputs[0]);
  for (const size_t source : sources)
    if (source < node) edges.insert({source, node});
  for (const at::Tensor& tensor : outputs) producers[tensor.unsafeGetTensorImpl()] = node;
}

// Blocks in a row that draw the same nodes become their first; what followed the last one follows it.
void fold(NetworkGraph& graph, const std::vector<std::string>& modules) {
  const auto nodes_of = [&](const std::string& module) {
    std::vector<size_t> found;
    for (size_t i = 0; i < graph.nodes.size(); ++i)
      if (!graph.nodes[i].module.empty() && inside(graph.nodes[i].module, module)) found.push_back(i);
    return found;
  };
  const auto text_of = [&](const std::vector<size_t>& nodes, const std::string& module) {
    std::string text;
    for (const size_t i : nodes) {
      const GraphNode& node = graph.nodes[i];
      text += node.module.substr(module.size()) + "|" + (node.module == module ? "" : node.title) + "|" + node.detail;
      for (const int64_t size : node.shape) text += "," + std::to_string(size);
      text += "\n";
    }
    return text;
  };
  std::vector<size_t> becomes(graph.nodes.size());
  for (size_t i = 0; i < becomes.size(); ++i) becomes[i] = i;
  struct Run {
    std::string first;
    int64_t next;   // the number that would go on with it
    size_t number;  // in graph.repeated
  };
  std::map<std::string, Run> runs;  // by path without the number
  std::vector<std::string> gone;
  for (const std::string& module : modules) {
    const auto [stem, number] = numbered(module);
    const std::vector<size_t> here = nodes_of(module);
    if (number < 0 || here.size() < 2) continue;
    if (std::any_of(gone.begin(), gone.end(), [&](const std::string& path) { return inside(module, path); })) continue;
    const auto run = runs.find(stem);
    if (run != runs.end() && run->second.next == number) {
      const std::vector<size_t> there = nodes_of(run->second.first);
      if (text_of(here, module) == text_of(there, run->second.first)) {
        for (size_t i = 0; i < here.size(); ++i) becomes[here[i]] = there[i];
        ++graph.repeated[run->second.number].second;
        ++run->second.next;
        gone.push_back(module);
        continue;
      }
    }
    runs[stem] = {module, number + 1, graph.repeated.size()};
    graph.repeated.emplace_back(module, 1);
  }
  NetworkGraph folded;
  std::vector<size_t> number(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (becomes[i] != i) continue;
    number[i] = folded.nodes.size();
    folded.nodes.push_back(graph.nodes[i]);
  }
  std::set<std::pair<size_t, size_t>> edges;
  for (const auto& [from, to] : graph.edges) {
    const size_t a = number[becomes[from]], b = number[becomes[to]];
    if (a < b) edges.insert({a, b});
  }
  folded.edges.assign(edges.begin(), edges.end());
  for (const auto& entry : graph.repeated)
    if (entry.second > 1) folded.repeated.push_back(entry);
  graph = std::move(folded);
}

}  // namespace

NetworkGraph network_graph(const Experiment& experiment, const GraphOptions& options) {
  const Recipe& recipe = experiment.recipe;
  const int64_t rare = 7;  // a size that seldom is another's
  const int64_t rows = makes_whole_batches(*recipe.sampler) ? recipe.trainer.batch_size : rare;
  const Batch batch = sample_batch(experiment, rows);
  Drawing drawing(experiment, options, rows);
  experiment.all->set_training(false);
  const size_t players = recipe.task->players(*experiment.all).size();
  const auto step = [&] {
    const Scope scope(outside_of_modules);
    forward_turn(experiment, batch, players - 1);
  };
  rehearse_work(step, [&](const TappedCall& call) { drawing.see(call); });
  NetworkGraph& graph = drawing.graph;
  if (drawing.loss_node) graph.nodes[*drawing.loss_node].detail = recipe.loss.type;
  graph.edges.assign(drawing.edges.begin(), drawing.edges.end());
  if (options.fold) fold(graph, drawing.paths.all());
  return std::move(graph);
}

}  // namespace dlrun
