// What a rehearsal found, for people and programs.

#include "report/module_table.h"

#include <fmt/format.h>

#include <functional>

#include "base/terminal.h"
#include "base/units.h"
#include "report/numbered.h"

namespace dlrun {
namespace {

struct ModuleNode {
  std::string name;  // without that of the module it is in
  ModuleCost own, all;
  std::vector<ModuleNode> inside;
  int64_t alike = 1;  // neighbours it stands for, itself included
  int64_t last = 0;   // with `alike`: the number of the last one
};

bool within(const std::string& path, const std::string& outer) {
  return outer.empty() ? !path.empty() : path.starts_with(outer + ".");
}

// Takes the modules from `next` on that are inside `outer`.
ModuleNode gather(const std::vector<ModuleCost>& modules, size_t& next, const std::string& outer) {
  const ModuleCost& own = modules[next++];
  ModuleNode node{outer.empty() ? own.path : own.path.substr(outer.size() + 1), own, own, {}};
  while (next < modules.size() && within(modules[next].path, own.path) && modules[next].path != outside_of_modules) {
    node.inside.push_back(gather(modules, next, own.path));
    const ModuleCost& added = node.inside.back().all;
    node.all.parameters += added.parameters;
    node.all.trainable += added.trainable;
    node.all.forward += added.forward;
    node.all.backward += added.backward;
    node.all.kept += added.kept;
  }
  return node;
}

bool shown(const ModuleNode& node) {
  if (node.all.parameters > 0 || !node.own.op.empty()) return true;
  for (const ModuleNode& inner : node.inside)
    if (shown(inner)) return true;
  return false;
}

bool same(const ModuleNode& a, const ModuleNode& b, bool outermost = true) {
  const auto key = [](const ModuleCost& cost) {
    return std::tie(cost.op, cost.shape, cost.parameters, cost.trainable, cost.forward, cost.backward);
  };
  if (outermost ? numbered(a.name).first != numbered(b.name).first : a.name != b.name) return false;
  if (key(a.own) != key(b.own) || a.inside.size() != b.inside.size()) return false;
  for (size_t i = 0; i < a.inside.size(); ++i)
    if (!same(a.inside[i], b.inside[i], false)) return false;
  return true;
}

void fold(ModuleNode& node) {
  std::vector<ModuleNode> folded;
  for (ModuleNode& inner : node.inside) {
    const int64_t number = numbered(inner.name).second;
    if (!folded.empty() && number >= 0 && !inner.inside.empty() && same(folded.back(), inner)) {
      ++folded.back().alike;
      folded.back().last = number;
    } else {
      folded.push_back(std::move(inner));
    }
  }
  for (ModuleNode& inner : folded) fold(inner);
  node.inside = std::move(folded);
}

std::string shape_of(const ModuleCost& cost) {
  if (cost.shape.empty()) return "";
  std::string text;
  for (const int64_t size : cost.shape)
    text += (text.empty() ? "" : ", ") + (size < 0 ? std::string("N") : std::to_string(size));
  return "[" + text + "]";
}

std::string operations_text(int64_t count) { return count == 0 ? "" : quantity_text(static_cast<double>(count)); }
std::string memory_text(int64_t bytes) { return bytes == 0 ? "" : bytes_text(static_cast<uint64_t>(bytes)); }

// What a row says of how its numbers come about: for a module of modules only if it computes beside them.
std::string operator_of(const ModuleNode& node) {
  if (node.alike > 1) return fmt::format("{} alike, each:", node.alike);
  return node.inside.empty() || node.own.forward > 0 ? node.own.op : "";
}

class RowWriter {
 public:
  explicit RowWriter(const ModuleTableOptions& options) : options_(options), table_(columns(options.costs)) {}

  // A module and those inside it, `level` deep.
  void add(const ModuleNode& node, int64_t level) {
    std::string name(static_cast<size_t>(2 * level), ' ');
    name += node.name + (node.alike > 1 ? "-" + std::to_string(node.last) : "");
    row(name, operator_of(node), node.own, node.all);
    if (level + 1 == options_.depth) return;
    for (const ModuleNode& inner : node.inside)
      if (shown(inner)) add(inner, level + 1);
  }

  void row(const std::string& name, const std::string& op, const ModuleCost& own, const ModuleCost& all) {
    std::vector<std::string> cells = {name, op, shape_of(own), all.parameters ? count_text(all.parameters) : ""};
    if (options_.costs) cells.insert(cells.end(), {operations_text(all.forward), memory_text(all.kept)});
    table_.row(std::move(cells));
  }

  Table& table() { return table_; }

 private:
  static std::vector<Table::Column> columns(bool costs) {
    std::vector<Table::Column> columns = {{"module"}, {"operator"}, {"output"}, {"parameters", Table::Align::right}};
    if (costs) columns.insert(columns.end(), {{"forward", Table::Align::right}, {"kept", Table::Align::right}});
    return columns;
  }

  const ModuleTableOptions& options_;
  Table table_;
};

std::string type_text(const StepCost& cost) {
  if (cost.throughout) return "bfloat16";
  const at::ScalarType type = cost.computed;
  return type == at::kFloat ? "float32" : type == at::kHalf ? "float16 mixed" : "bfloat16 mixed";
}

}  // namespace

std::string module_table(const std::vector<ModuleCost>& modules, const ModuleTableOptions& options) {
  RowWriter rows(options);
  size_t next = 0;
  ModuleNode root = gather(modules, next, "");
  if (options.fold) fold(root);
  for (const ModuleNode& inner : root.inside)
    if (shown(inner) && options.depth != 0) rows.add(inner, 0);
  ModuleCost loss = modules.back();
  loss.shape.clear();
  if (!loss.op.empty() && options.costs) rows.row(loss.path, "", loss, loss);
  rows.table().line();
  rows.row(options.network, root.inside.empty() ? root.own.op : "", root.own, root.all);
  if (root.all.trainable != root.all.parameters) {
    ModuleCost trained;
    trained.parameters = root.all.trainable;
    rows.row("  trained", "", trained, trained);
  }
  return rows.table().text(options.width);
}

std::vector<nlohmann::ordered_json> module_records(const std::vector<ModuleCost>& modules) {
  std::vector<nlohmann::ordered_json> records;
  for (const ModuleCost& module : modules)
    records.push_back({{"event", "module"},
                       {"version", 1},
                       {"path", module.path},
                       {"operator", module.op},
                       {"output", module.shape},
                       {"parameters", module.parameters},
                       {"trainable", module.trainable},
                       {"forward_operations", module.forward},
                       {"backward_operations", module.backward},
                       {"activation_bytes", module.kept}});
  return records;
}

std::string step_table(const std::vector<StepCost>& costs, const ProcessMemory& before, int width) {
  const StepCost& any = costs.front();
  std::string text = fmt::format("weights {}, gradients {}, optimizer {}", bytes_text(any.weights),
                                 bytes_text(any.gradients), bytes_text(any.optimizer));
  if (any.averages > 0) text += ", averages " + bytes_text(any.averages);
  text += fmt::format("; program and data {}\n", bytes_text(before.resident));
  Table table({{"batch", Table::Align::right},
               {"numbers"},
               {"forward", Table::Align::right},
               {"backward", Table::Align::right},
               {"kept", Table::Align::right},
               {"working", Table::Align::right},
               {"batches", Table::Align::right},
               {"peak", Table::Align::right}});
  for (const StepCost& cost : costs)
    table.row({count_text(cost.batch_size), type_text(cost), operations_text(cost.forward),
               operations_text(cost.backward), bytes_text(cost.activations), bytes_text(cost.working),
               bytes_text(cost.batches), bytes_text(cost.peak(before))});
  return text + table.text(width);
}

nlohmann::ordered_json step_record(const StepCost& cost, const ProcessMemory& before) {
  return {{"event", "step"},
          {"version", 1},
          {"batch_size", cost.batch_size},
          {"numbers", type_text(cost)},
          {"forward_operations", cost.forward},
          {"backward_operations", cost.backward},
          {"weight_bytes", cost.weights},
          {"gradient_bytes", cost.gradients},
          {"optimizer_bytes", cost.optimizer},
          {"average_bytes", cost.averages},
          {"activation_bytes", cost.activations},
          {"working_bytes", cost.working},
          {"batch_bytes", cost.batches},
          {"tensor_bytes", cost.tensors},
          {"footprint_bytes", cost.footprint},
          {"resident_bytes", before.resident},
          {"free_bytes", before.free},
          {"peak_bytes", cost.peak(before)}};
}

}  // namespace dlrun
