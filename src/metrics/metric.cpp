// Which metrics suit which predictions.

#include "metrics/metric.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/text.h"
#include "spec/catalog.h"

namespace dlrun {

void require_suitable(const ChoiceList<Metric>& metrics, const at::Tensor& prediction, const at::Tensor& target) {
  for (size_t k = 0; k < metrics.size(); ++k) {
    const std::string why = metrics[k].misfit(prediction, target);
    if (why.empty()) continue;
    std::vector<std::string> suitable;
    for (const Entry* entry : Catalog::instance().entries(Metric::kind)) {
      const auto metric = std::static_pointer_cast<const Metric>(entry->make());
      if (metric->misfit(prediction, target).empty()) suitable.push_back(entry->name);
    }
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("metrics.{}: {} {}; the predictions are {} [{}], the targets {} [{}]. {}", k,
                                metrics.values[k].type, why, at::toString(prediction.scalar_type()),
                                fmt::join(prediction.sizes(), ", "), at::toString(target.scalar_type()),
                                fmt::join(target.sizes(), ", "),
                                suitable.empty() ? "No metric suits them" : "Suitable: " + join(suitable, ", ")));
  }
}

}  // namespace dlrun
