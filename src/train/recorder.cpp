// Means of the training numbers.

#include "train/recorder.h"

namespace dlrun {

void Means::add(const std::string& name, const at::Tensor& value, double weight) {
  for (Mean& mean : means_) {
    if (mean.name != name) continue;
    mean.sum += value.item<double>() * weight;
    mean.weight += weight;
    return;
  }
  means_.push_back({name, value.item<double>() * weight, weight});
}

void Means::add(const Outcome& outcome, bool with_loss) {
  if (with_loss) add("loss", outcome.loss.detach(), outcome.weight);
  for (const auto& [name, value] : outcome.parts) add(name, value, outcome.weight);
  if (!metrics_ || !outcome.prediction.defined()) return;
  sums_.resize(metrics_->size());
  for (size_t k = 0; k < sums_.size(); ++k) {
    const at::Tensor added = (*metrics_)[k].sums(outcome.prediction, outcome.target).cpu();
    if (sums_[k].defined())
      sums_[k].add_(added);
    else
      sums_[k] = added;
  }
}

std::vector<std::pair<std::string, double>> Means::read() const {
  std::vector<std::pair<std::string, double>> values;
  for (const Mean& mean : means_) values.emplace_back(mean.name, mean.sum / mean.weight);
  for (size_t k = 0; k < sums_.size(); ++k)
    values.emplace_back(metrics_->values[k].type, (*metrics_)[k].value(sums_[k]));
  return values;
}

void Means::reset() {
  means_.clear();
  sums_.clear();
}

nlohmann::json Means::save() const {
  nlohmann::json saved = {{"means", nlohmann::json::array()}, {"sums", nlohmann::json::array()}};
  for (const Mean& mean : means_) saved["means"].push_back({mean.name, mean.sum, mean.weight});
  for (const at::Tensor& sum : sums_)
    saved["sums"].push_back(std::vector<double>(sum.data_ptr<double>(), sum.data_ptr<double>() + sum.numel()));
  return saved;
}

void Means::load(const nlohmann::json& saved) {
  reset();
  for (const nlohmann::json& mean : saved.at("means"))
    means_.push_back({mean.at(0).get<std::string>(), mean.at(1).get<double>(), mean.at(2).get<double>()});
  for (const nlohmann::json& sum : saved.at("sums"))
    sums_.push_back(at::tensor(sum.get<std::vector<double>>(), at::kDouble));
}

}  // namespace dlrun
