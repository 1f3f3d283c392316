// A network that answers with the mean of several networks' answers.

#include <limits>
#include <string>

#include "experiment/members.h"

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
  MeanOfNetworks(std::vector<std::shared_ptr<Network>> networks, bool classes, Chances chances, Shapes::Per per)
      : networks_(std::move(networks)), classes_(classes), chances_(chances), per_(per) {
    make<Numbered>("members", networks_);
  }

 protected:
  // Whatever the networks take -> "output" of the shape that each of them gives.
  Batch compute(const Batch& batch) override {
    at::Tensor sum;
    for (const std::shared_ptr<Network>& network : networks_) {
      const at::Tensor term = chances_of(network->forward(batch)["output"]);
      sum = sum.defined() ? sum + term : term;
    }
    return {{"output", scores_of(sum / static_cast<double>(networks_.size()))}};
  }

 private:
  int64_t class_dimension() const { return per_ == Shapes::Per::pixel ? 1 : -1; }
  // One score for two classes is the logit of the second.
  bool each_for_itself(const at::Tensor& scores) const {
    return chances_ == Chances::sigmoid || scores.size(class_dimension()) == 1;
  }

  at::Tensor chances_of(const at::Tensor& answer) const {
    if (!classes_) return answer;
    return each_for_itself(answer) ? at::sigmoid(answer) : at::softmax(answer, class_dimension());
  }

  at::Tensor scores_of(const at::Tensor& mean) const {
    if (!classes_) return mean;
    // A chance of 0 has no logarithm.
    const at::Tensor some = mean.clamp_min(std::numeric_limits<float>::min());
    if (!each_for_itself(mean)) return some.log();
    return some.log() - (1 - mean).clamp_min(std::numeric_limits<float>::min()).log();
  }

  std::vector<std::shared_ptr<Network>> networks_;
  bool classes_;
  Chances chances_;
  Shapes::Per per_;
};

}  // namespace

std::shared_ptr<Network> mean_of_networks(std::vector<std::shared_ptr<Network>> networks, bool classes, Chances chances,
                                          Shapes::Per per) {
  return std::make_shared<MeanOfNetworks>(std::move(networks), classes, chances, per);
}

}  // namespace dlrun
