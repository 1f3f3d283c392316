// A network that answers with the mean of several networks' answers.

#include <limits>
#include <string>

#include "experiment/members.h"
#include "tasks/several_targets.h"

namespace dlrun {
namespace {

// Named "0", "1", ...
class Numbered final : public Module {
 public:
  explicit Numbered(const std::vector<std::shared_ptr<Network>>& networks) {
    for (size_t i = 0; i < networks.size(); ++i) child(std::to_string(i), networks[i]);
  }
};

class MeanOfNetworks final : public Network {
 public:
  MeanOfNetworks(std::vector<std::shared_ptr<Network>> networks, std::vector<Averaged> parts)
      : networks_(std::move(networks)), parts_(std::move(parts)) {
    make<Numbered>("members", networks_);
  }

 protected:
  // Whatever the networks take -> "output" of the shape that each of them gives.
  Batch compute(const Batch& batch) override {
    std::vector<at::Tensor> sums(parts_.size());
    for (const std::shared_ptr<Network>& network : networks_) {
      const at::Tensor answer = network->forward(batch)["output"];
      for (size_t i = 0; i < parts_.size(); ++i) {
        const at::Tensor term = chances_of(parts_[i], numbers_of(parts_[i], answer));
        sums[i] = sums[i].defined() ? sums[i] + term : term;
      }
    }
    for (size_t i = 0; i < parts_.size(); ++i)
      sums[i] = scores_of(parts_[i], sums[i] / static_cast<double>(networks_.size()));
    return {{"output", sums.size() == 1 ? sums[0] : at::cat(sums, -1)}};
  }

 private:
  static at::Tensor numbers_of(const Averaged& part, const at::Tensor& answer) {
    return part.width == 0 ? answer : answer.narrow(-1, part.first, part.width);
  }
  static int64_t class_dimension(const Averaged& part) { return part.per == Shapes::Per::pixel ? 1 : -1; }
  // One score for two classes is the logit of the second.
  static bool each_for_itself(const Averaged& part, const at::Tensor& scores) {
    return part.chances == Chances::sigmoid || scores.size(class_dimension(part)) == 1;
  }

  static at::Tensor chances_of(const Averaged& part, const at::Tensor& answer) {
    if (!part.classes) return answer;
    return each_for_itself(part, answer) ? at::sigmoid(answer) : at::softmax(answer, class_dimension(part));
  }

  static at::Tensor scores_of(const Averaged& part, const at::Tensor& mean) {
    if (!part.classes) return mean;
    // A chance of 0 has no logarithm.
    const at::Tensor some = mean.clamp_min(std::numeric_limits<float>::min());
    if (!each_for_itself(part, mean)) return some.log();
    return some.log() - (1 - mean).clamp_min(std::numeric_limits<float>::min()).log();
  }

  std::vector<std::shared_ptr<Network>> networks_;
  std::vector<Averaged> parts_;
};

}  // namespace

std::shared_ptr<Network> mean_of_networks(std::vector<std::shared_ptr<Network>> networks, bool classes, Chances chances,
                                          Shapes::Per per) {
  return mean_of_networks(std::move(networks), {{classes, chances, per}});
}

std::shared_ptr<Network> mean_of_networks(std::vector<std::shared_ptr<Network>> networks, std::vector<Averaged> parts) {
  return std::make_shared<MeanOfNetworks>(std::move(networks), std::move(parts));
}

std::vector<Averaged> averaged_of(const Task& task, const Loss& loss) {
  const auto* several = dynamic_cast<const SeveralTargets*>(&task);
  if (!several) return {{task.classification(), task.chances(), task.shapes(loss).per}};
  std::vector<Averaged> parts;
  for (const TargetPart& part : several->parts())
    parts.push_back({part.task->classification(), part.task->chances(), Shapes::Per::sample, part.first, part.width});
  return parts;
}

}  // namespace dlrun
