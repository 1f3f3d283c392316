// Segmentation: one class of several for each pixel.

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "spec/catalog.h"
#include "tasks/mixed_loss.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

// [N, K, H, W] -> [N, H, W, K]: losses and metrics have classes last.
at::Tensor classes_last(const at::Tensor& scores) { return scores.permute({0, 2, 3, 1}); }

struct Segmentation final : Task, TakesMixedSamples {
  std::vector<Field> fields() override { return {}; }

  bool classification() const override { return true; }
  bool averages() const override { return true; }
  std::string default_loss() const override { return "cross_entropy"; }
  std::vector<std::string> default_metrics() const override { return {"iou"}; }
  std::string default_monitor() const override { return "val/iou"; }

  Shapes shapes(const Loss& loss) const override {
    const FieldInfo* target = info().target();
    if (!target || target->means != FieldInfo::Means::classes || target->sizes.size() != 2)
      throw UserError(ExitCode::bad_recipe,
                      "task: segmentation needs a class for each pixel; data of the type image_masks have them");
    if (target->kinds() < 2)
      throw UserError(ExitCode::bad_recipe, "task: segmentation needs data with at least two classes, these have " +
                                                std::to_string(target->kinds()));
    return shapes_of(loss.outputs(target->kinds()), Shapes::Per::pixel);
  }
  bool weighs_samples() const override { return true; }

  // input [N, C, H, W], target [N, H, W] int64 (-100: does not count), output [N, K, H, W].
  Outcome turn(const Turn& turn) const override {
    const at::Tensor scores = answering(turn.all).forward(turn.batch)["output"], target = turn.batch["target"];
    const int64_t classes = info().target()->kinds(), wanted = turn.loss.outputs(classes);
    if (scores.dim() != 4 || scores.size(1) != wanted || scores.size(0) != target.size(0) ||
        !scores.sizes().slice(2).equals(target.sizes().slice(1)))
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("architecture: it gives [{}] for targets [{}], and every pixel needs {} numbers for "
                                  "its {} classes",
                                  fmt::join(scores.sizes(), ", "), fmt::join(target.sizes(), ", "), wanted, classes));
    const Batch answer = answer_of(classes_last(scores));
    return {turn.loss.forward(answer, turn.batch), {}, answer_of(answer["output"].detach()), truth_of(target)};
  }

  // How much of a picture each class covers, and the class of every pixel as runs of equal ones, row by row.
  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor chosen = chosen_classes(network, batch).cpu().contiguous();
    const std::vector<std::string>& names = info().classes();
    const int64_t pixels = chosen.size(1) * chosen.size(2);
    nlohmann::json records = nlohmann::json::array();
    for (int64_t i = 0; i < chosen.size(0); ++i) {
      const int64_t* first = chosen.const_data_ptr<int64_t>() + i * pixels;
      std::vector<int64_t> counts(names.size());
      nlohmann::json runs = nlohmann::json::array();
      for (int64_t start = 0, end = 0; start < pixels; start = end) {
        while (end < pixels && first[end] == first[start]) ++end;
        runs.push_back({first[start], end - start});
        counts[static_cast<size_t>(first[start])] += end - start;
      }
      std::vector<std::string> parts;
      nlohmann::json shares;
      for (size_t c = 0; c < names.size(); ++c) {
        const double share = static_cast<double>(counts[c]) / static_cast<double>(pixels);
        shares[names[c]] = share;
        if (counts[c] > 0) parts.push_back(fmt::format("{} {:.1f} %", names[c], 100 * share));
      }
      records.push_back({{"covers", fmt::format("{}", fmt::join(parts, ", "))},
                         {"shares", shares},
                         {"mask", {{"height", chosen.size(1)}, {"width", chosen.size(2)}, {"runs", runs}}}});
    }
    return records;
  }

  bool draws() const override { return true; }
  // Up to eight rows: a picture, its truth, the answer. Classes are shades from black to white; what does not count is
  // half as dark as the first.
  at::Tensor picture(Network& network, const Batch& batch) const override {
    const at::Tensor &all = batch["input"], &truth = batch["target"];
    const int64_t count = std::min<int64_t>(8, all.size(0));
    const at::Tensor images = all.narrow(0, 0, count).to(at::kCPU, at::kFloat);
    const double low = images.min().item<double>(), high = std::max(images.max().item<double>(), low + 1e-6);
    at::Tensor shown = (images - low) / (high - low);
    if (shown.size(1) != 3) shown = shown.mean({1}, true);
    Batch some{{"input", all.narrow(0, 0, count)}};
    some.count = count;
    const auto shades = [&](const at::Tensor& classes) {
      const at::Tensor values = classes.narrow(0, 0, count).cpu().to(at::kFloat);
      const double brightest = static_cast<double>(info().target()->kinds() - 1);
      return at::where(values.ge(0), values / brightest, 0.5).unsqueeze(1).expand(shown.sizes());
    };
    const std::vector<at::Tensor> row = {shown, shades(truth), shades(chosen_classes(network, some))};
    return picture_of(at::stack(row, 1).flatten(0, 1), 3, 0.0, 1.0);
  }

 private:
  // [N, H, W] int64
  static at::Tensor chosen_classes(Network& network, const Batch& batch) {
    const at::Tensor scores = network.forward(batch)["output"];
    return scores.size(1) == 1 ? scores.squeeze(1).gt(0).to(at::kLong) : scores.argmax(1);
  }
};

const Registered<Task, Segmentation> segmentation_entry{"segmentation", "One class of several for each pixel."};

}  // namespace
}  // namespace dlrun
