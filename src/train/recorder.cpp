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
  for (size_t k = 0; k < sums_.size(); ++k)
    if ((*metrics_)[k].merge() == Metric::Merge::add)
      join(Metric::Merge::add, sums_[k], (*metrics_)[k].measure(outcome.answer, outcome.truth));
}

// In one exchange.
std::vector<std::vector<at::Tensor>> Means::sums_of_all() const {
  std::vector<std::vector<at::Tensor>> all;
  std::vector<at::Tensor> flat;
  for (const std::vector<at::Tensor>& of_metric : sums_) {
    std::vector<at::Tensor>& copies = all.emplace_back();
    for (const at::Tensor& sum : of_metric) flat.push_back(copies.emplace_back(sum.clone()).reshape(-1));
  }
  if (group_.size() == 1 || flat.empty()) return all;
  at::Tensor together = at::cat(flat);
  group_.add(together);
  int64_t place = 0;
  for (std::vector<at::Tensor>& of_metric : all)
    for (at::Tensor& sum : of_metric) {
      sum.copy_(together.narrow(0, place, sum.numel()).reshape(sum.sizes()));
      place += sum.numel();
    }
  return all;
}

Results Means::read() const {
  Results values;
  for (const Mean& mean : means_) values.emplace_back(mean.name, mean.sum / mean.weight);
  const std::vector<std::vector<at::Tensor>> sums = sums_of_all();
  for (size_t k = 0; k < sums.size(); ++k)
    if (!sums[k].empty())
      for (const auto& result : (*metrics_)[k].values(sums[k])) values.push_back(result);
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
      const at::Tensor ranks = group_.append(sum.unsqueeze(0)).cpu().contiguous();  // [ranks, ...]
      const double* first = ranks.const_data_ptr<double>();
      of_metric.push_back({sum.sizes().vec(), std::vector<double>(first, first + ranks.numel())});
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
    for (const nlohmann::json& sum : of_metric) {
      std::vector<int64_t> sizes = sum.at(0).get<std::vector<int64_t>>();
      const std::vector<double> values = sum.at(1).get<std::vector<double>>();
      const auto each = static_cast<size_t>(c10::multiply_integers(sizes));
      sizes.insert(sizes.begin(), each > 0 ? static_cast<int64_t>(values.size() / each) : 1);
      const at::Tensor ranks = at::tensor(values, at::kDouble).reshape(sizes);
      const at::Tensor mine = ranks.size(0) == group_.size() ? ranks[group_.rank()]
                              : group_.rank() == 0           ? ranks.sum(0)
                                                             : at::zeros_like(ranks[0]);
      sums.push_back(mine.clone().to(device));
    }
  }
}

}  // namespace dlrun
