// What several tasks share.

#include "tasks/task.h"

#include "data/images.h"

namespace dlrun {
namespace {

Batch appended(const Batch& a, const Batch& b) {
  Batch both = a;
  both.count = a.count + b.count;
  both.ids.insert(both.ids.end(), b.ids.begin(), b.ids.end());
  for (const Batch::Item& item : b.items()) both.set(item.name, at::cat({a[item.name], item.value}), item.rows);
  return both;
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
  return both;
}

Shapes Task::shapes_of(int64_t outputs, Shapes::Per per) const {
  Shapes shapes{.outputs = outputs, .per = per};
  for (const FieldInfo& field : info().fields)
    if (field.name != "target") shapes.inputs.push_back(field);
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
