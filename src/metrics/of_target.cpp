// A metric of one of several targets.

#include "metrics/of_target.h"

#include "spec/catalog.h"

namespace dlrun {
namespace {

// What a batch has for one target, rows that are not known left out.
Batch of_one(const Batch& batch, const std::string& target, const at::Tensor& rows) {
  Batch one = batch.named(target + ".");
  if (!rows.defined()) return one;
  Batch known;
  known.count = rows.size(0);
  for (const Batch::Item& item : one.items()) known.set(item.name, item.value.index_select(0, rows), item.rows);
  return known;
}

// The rows that are known, where some may not be; on `meta` all may.
at::Tensor known_rows(const Batch& truth, const std::string& target) {
  const std::string name = target + ".known";
  return truth.has(name) && !truth[name].is_meta() ? truth[name].nonzero().squeeze(1) : at::Tensor();
}

}  // namespace

std::vector<Field> OfTarget::fields() {
  return {
      field("target", target, "The target, by its name in the task's `of`.", required(), not_empty()),
      field("metric", metric, "What is measured of it.", required()),
  };
}

std::vector<at::Tensor> OfTarget::measure(const Batch& answer, const Batch& truth) const {
  const at::Tensor rows = known_rows(truth, target);
  const bool nothing = rows.defined() && rows.size(0) == 0;
  // A metric need not know what nothing looks like: it is what some row gives, without that row.
  const at::Tensor measured = nothing ? at::zeros({1}, rows.options()) : rows;
  std::vector<at::Tensor> kept = metric->measure(of_one(answer, target, measured), of_one(truth, target, measured));
  for (at::Tensor& one : kept)
    if (nothing) one = metric->merge() == Merge::add ? at::zeros_like(one) : one.narrow(0, 0, 0);
  return kept;
}

Results OfTarget::values(const std::vector<at::Tensor>& joined) const {
  Results results = metric->values(joined);
  for (auto& [name, value] : results) name = target + "." + name;
  return results;
}

std::vector<std::string> OfTarget::names() const {
  std::vector<std::string> names = metric ? metric->names() : std::vector<std::string>();
  for (std::string& name : names) name = target + "." + name;
  return names;
}

bool OfTarget::higher_is_better(std::string_view name) const {
  return metric->higher_is_better(name.substr(target.size() + 1));
}

std::string OfTarget::misfit(const Batch& answer, const Batch& truth) const {
  if (answer.has("output")) return "measures one of several targets, which the task multi_target has";
  if (!metric) return "";
  return metric->misfit(of_one(answer, target, {}), of_one(truth, target, {}));
}

std::vector<ResultTable> OfTarget::tables(const std::vector<at::Tensor>& joined) const {
  std::vector<ResultTable> tables = metric->tables(joined);
  for (ResultTable& table : tables) table.name = target + "." + table.name;
  return tables;
}

void OfTarget::know_target(const std::vector<std::string>& names, Chances chances) {
  metric->know_classes(names);
  metric->know_chances(chances);
}

AnyChoice metric_of_target(const std::string& target, const std::string& type) {
  const Entry* entry = Catalog::instance().find(Metric::kind, type);
  TORCH_CHECK(entry, "no metric named ", type);
  auto made = std::make_shared<OfTarget>();
  made->target = target;
  made->metric.type = type;
  made->metric.value = entry->make();
  return {Metric::kind, "of_target", made};
}

namespace {
const Registered<Metric, OfTarget> of_target_entry{"of_target", "A metric of one of the targets of multi_target."};
}  // namespace

}  // namespace dlrun
