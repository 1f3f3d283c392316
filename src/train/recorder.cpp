// Means of the training numbers.

#include "train/recorder.h"

namespace dlrun {

void Means::add(const std::string& name, double value, double weight) {
  for (Mean& mean : means_) {
    if (mean.name != name) continue;
    mean.sum += value * weight;
    mean.weight += weight;
    return;
  }
  means_.push_back({name, value * weight, weight});
}

void Means::add(const Outcome& outcome, const TurnNumbers& numbers, bool with_loss) {
  if (with_loss) add("loss", numbers.loss, numbers.weight);
  for (size_t i = 0; i < outcome.parts.size(); ++i) add(outcome.parts[i].first, numbers.parts[i], numbers.weight);
  if (!metrics_ || !outcome.comparable()) return;
  sums_.resize(metrics_->size());
  std::vector<std::vector<at::Tensor>> measured(metrics_->size());
  for (size_t k = 0; k < measured.size(); ++k)
    if ((*metrics_)[k].merge() == Metric::Merge::add)
      measured[k] = (*metrics_)[k].measure(outcome.answer, outcome.truth);
  add_ranks(measured);
  for (size_t k = 0; k < measured.size(); ++k)
    if (!measured[k].empty()) join(Metric::Merge::add, sums_[k], measured[k]);
}

// In one exchange.
void Means::add_ranks(std::vector<std::vector<at::Tensor>>& measured) const {
  if (group_.size() == 1) return;
  std::vector<at::Tensor> flat;
  for (const std::vector<at::Tensor>& of_metric : measured)
    for (const at::Tensor& sum : of_metric) flat.push_back(sum.reshape(-1));
  if (flat.empty()) return;
  at::Tensor all = at::cat(flat);
  group_.add(all);
  int64_t place = 0;
  for (std::vector<at::Tensor>& of_metric : measured)
    for (at::Tensor& sum : of_metric) {
      const int64_t count = sum.numel();
      sum = all.narrow(0, place, count).reshape(sum.sizes()).clone();
      place += count;
    }
}

Results Means::read() const {
  Results values;
  for (const Mean& mean : means_) values.emplace_back(mean.name, mean.sum / mean.weight);
  for (size_t k = 0; k < sums_.size(); ++k)
    if (!sums_[k].empty())
      for (const auto& result : (*metrics_)[k].values(sums_[k])) values.push_back(result);
  return values;
}

void Means::reset() {
  means_.clear();
  sums_.clear();
}

nlohmann::json Means::save() const {
  nlohmann::json saved = {{"means", nlohmann::json::array()}, {"sums", nlohmann::json::array()}};
  for (const Mean& mean : means_) saved["means"].push_back({mean.name, mean.sum, mean.weight});
  for (const std::vector<at::Tensor>& sums : sums_) {
    nlohmann::json of_metric = nlohmann::json::array();
    for (const at::Tensor& sum : sums) {
      const at::Tensor host = sum.cpu().contiguous();
      const double* first = host.const_data_ptr<double>();
      of_metric.push_back({host.sizes().vec(), std::vector<double>(first, first + host.numel())});
    }
    saved["sums"].push_back(std::move(of_metric));
  }
  return saved;
}

void Means::load(const nlohmann::json& saved, const at::Device& device) {
  reset();
  for (const nlohmann::json& mean : saved.at("means"))
    means_.push_back({mean.at(0).get<std::string>(), mean.at(1).get<double>(), mean.at(2).get<double>()});
  for (const nlohmann::json& of_metric : saved.at("sums")) {
    std::vector<at::Tensor>& sums = sums_.emplace_back();
    for (const nlohmann::json& sum : of_metric)
      sums.push_back(at::tensor(sum.at(1).get<std::vector<double>>(), at::kDouble)
                         .reshape(sum.at(0).get<std::vector<int64_t>>())
                         .to(device));
  }
}

}  // namespace dlrun
