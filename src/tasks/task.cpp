// What several tasks share.

#include "tasks/task.h"

#include <optional>

#include "data/images.h"
#include "data/own_targets.h"

namespace dlrun {
namespace {

Batch appended(const Batch& a, const Batch& b) {
  Batch both = a;
  both.count = a.count + b.count;
  both.ids.insert(both.ids.end(), b.ids.begin(), b.ids.end());
  for (const Batch::Item& item : b.items()) both.set(item.name, at::cat({a[item.name], item.value}), item.rows);
  return both;
}

// Those rows of all that a batch has for each sample.
Batch chosen(const Batch& batch, const at::Tensor& rows) {
  Batch some = batch;
  some.count = rows.size(0);
  some.ids.clear();
  if (!batch.ids.empty())
    for (int64_t i = 0; i < some.count; ++i)
      some.ids.push_back(batch.ids[static_cast<size_t>(rows[i].item<int64_t>())]);
  for (const Batch::Item& item : batch.items())
    if (item.rows == Rows::sample && item.value.size(0) == batch.count)
      some.set(item.name, item.value.index_select(0, rows));
  return some;
}

}  // namespace

Outcome joined(const Outcome& a, const Outcome& b) {
  const at::Tensor total = a.loss.weight + b.loss.weight;
  const at::Tensor share = at::where(total.gt(0), a.loss.weight / total, 0.5);
  const auto mean = [&](const at::Tensor& x, const at::Tensor& y) {
    return (x.detach() * share + y.detach() * (1 - share)).to(x.scalar_type());
  };
  Outcome both{{mean(a.loss.mean, b.loss.mean), total}, a.parts};
  for (size_t i = 0; i < both.parts.size(); ++i) both.parts[i].second = mean(a.parts[i].second, b.parts[i].second);
  both.answer = appended(a.answer, b.answer);
  both.truth = appended(a.truth, b.truth);
  if (a.ignored.defined() && b.ignored.defined()) both.ignored = a.ignored + b.ignored;
  return both;
}

Outcome counted(Outcome outcome, const Loss& loss) {
  const std::optional<int64_t> ignored = loss.ignored();
  if (!ignored || !outcome.comparable()) return outcome;
  const at::Tensor& target = outcome.truth["target"];
  if (target.scalar_type() != at::kLong || target.is_meta() || outcome.answer.items().front().value.is_meta())
    return outcome;
  const at::Tensor out = target.eq(*ignored);
  outcome.ignored = out.sum();
  if (target.dim() > 1) {
    outcome.truth.set("target", target.masked_fill(out, Loss::padding));
    return outcome;
  }
  const at::Tensor rows = out.logical_not().nonzero().squeeze(1);
  if (rows.size(0) == target.size(0)) return outcome;
  outcome.answer = chosen(outcome.answer, rows);
  outcome.truth = chosen(outcome.truth, rows);
  return outcome;
}

Shapes Task::shapes_of(int64_t outputs, Shapes::Per per) const {
  Shapes shapes{.outputs = outputs, .per = per};
  for (const FieldInfo& field : info().fields)
    if (!is_target_field(field.name) && field.name != "weight") shapes.inputs.push_back(field);
  return shapes;
}

Batch answer_of(at::Tensor output) {
  Batch answer;
  answer.count = output.size(0);
  answer.set("output", std::move(output));
  return answer;
}

Batch truth_of(at::Tensor target) {
  Batch truth;
  truth.count = target.size(0);
  truth.set("target", std::move(target));
  return truth;
}

at::Tensor picture_of(const at::Tensor& images, int64_t columns, double low, double high) {
  const at::Tensor scaled = images.detach().to(at::kCPU, at::kFloat).sub(low).mul(255.0 / (high - low));
  return image_grid(scaled.round().clamp(0, 255).to(at::kByte), columns);
}

}  // namespace dlrun
