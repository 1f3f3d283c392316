// What tasks share whose network answers with features.

#include "tasks/features.h"

#include "base/error.h"
#include "models/encoder.h"

namespace dlrun {

int64_t width_of_features(const Network& network, const std::string& task) {
  if (const auto* encoder = dynamic_cast<const Encoder*>(&network)) return encoder->width();
  throw UserError(ExitCode::bad_recipe, "architecture: " + task +
                                            " learns features, and this network cannot do without its head; such as "
                                            "mlp, cnn and resnet18 can");
}

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
