// What tasks share whose network answers with features.

#include "tasks/features.h"

namespace dlrun {

nlohmann::json feature_records(const at::Tensor& features) {
  const at::Tensor values = features.to(at::kFloat).cpu().contiguous();
  const int64_t width = values.size(1);
  nlohmann::json records = nlohmann::json::array();
  for (int64_t i = 0; i < values.size(0); ++i) {
    const float* first = values.const_data_ptr<float>() + i * width;
    records.push_back({{"features", std::vector<float>(first, first + width)}});
  }
  return records;
}

}  // namespace dlrun
