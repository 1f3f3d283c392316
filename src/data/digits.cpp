// What 32 bits leave of numbers.

#include "data/digits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace dlrun {

std::optional<DigitsLost> digits_lost(const at::Tensor& values) {
  const bool wide = values.scalar_type() == at::kDouble || values.scalar_type() == at::kLong ||
                    values.scalar_type() == at::kInt || values.scalar_type() == at::kUInt32 ||
                    values.scalar_type() == at::kUInt64;
  if (!wide || values.numel() == 0) return std::nullopt;
  const at::Tensor rows = values.narrow(0, 0, std::min<int64_t>(values.size(0), 65536)).to(at::kDouble);
  const at::Tensor columns = rows.reshape({rows.size(0), -1});
  const at::Tensor lost = (columns - columns.to(at::kFloat).to(at::kDouble)).abs().amax(0);
  const at::Tensor deviation = columns.std(0, /*unbiased=*/false);
  const at::Tensor bad = at::nonzero(lost.gt(deviation * 1e-3).logical_and(deviation.gt(0)));
  if (bad.size(0) == 0) return std::nullopt;
  const int64_t column = bad[0][0].item<int64_t>();
  const auto number = [&](const at::Tensor& of) { return of[column].item<double>(); };
  return DigitsLost{column, fmt::format("around {} that differ by {:.3g} lose up to {:.3g} as the 32-bit numbers of a "
                                        "network",
                                        number_text(number(columns[0])), number(deviation), number(lost))};
}

}  // namespace dlrun
