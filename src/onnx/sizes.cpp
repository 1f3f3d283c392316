// Integers that follow the sizes of a network's input.

#include "onnx/sizes.h"

#include <c10/util/Exception.h>

#include <algorithm>

namespace dlrun {
namespace {

using Numbers = std::vector<int64_t>;

template <class Combine>
Integer combined(const Integer& a, const Integer& b, const Combine& combine) {
  const size_t known = b.fixed() ? (a.fixed() ? 1 : a.recordings()) : b.recordings();
  Numbers values;
  for (size_t i = 0; i < known; ++i) values.push_back(combine(a.in(i), b.in(i)));
  return Integer(std::move(values));
}

// value = factor * unit + offset in every recording.
std::optional<SizeExpression> line(const Numbers& value, const Numbers& unit, const std::vector<size_t>& dimensions) {
  if (unit[0] == unit[1] || (value[1] - value[0]) % (unit[1] - unit[0]) != 0) return {};
  const int64_t factor = (value[1] - value[0]) / (unit[1] - unit[0]), offset = value[0] - factor * unit[0];
  for (size_t i = 0; i < value.size(); ++i)
    if (value[i] != factor * unit[i] + offset) return {};
  return SizeExpression{{{factor, dimensions}}, offset};
}

// value = f * a + g * b + offset in every recording.
std::optional<SizeExpression> plane(const Numbers& value, const Numbers& a, const Numbers& b, size_t first,
                                    size_t second) {
  const int64_t a1 = a[1] - a[0], a2 = a[2] - a[0], b1 = b[1] - b[0], b2 = b[2] - b[0];
  const int64_t v1 = value[1] - value[0], v2 = value[2] - value[0], determinant = a1 * b2 - a2 * b1;
  if (determinant == 0 || (v1 * b2 - v2 * b1) % determinant != 0 || (a1 * v2 - a2 * v1) % determinant != 0) return {};
  const int64_t f = (v1 * b2 - v2 * b1) / determinant, g = (a1 * v2 - a2 * v1) / determinant;
  const int64_t offset = value[0] - f * a[0] - g * b[0];
  for (size_t i = 0; i < value.size(); ++i)
    if (value[i] != f * a[i] + g * b[i] + offset) return {};
  return SizeExpression{{{f, {first}}, {g, {second}}}, offset};
}

Numbers product(const Numbers& a, const Numbers& b) {
  Numbers result(a.size());
  std::transform(a.begin(), a.end(), b.begin(), result.begin(), std::multiplies<>());
  return result;
}

}  // namespace

Integer::Integer(std::vector<int64_t> recorded) : recorded_(std::move(recorded)) {
  const bool same = std::all_of(recorded_.begin(), recorded_.end(), [&](int64_t one) { return one == recorded_[0]; });
  if (same) recorded_.resize(1);
}

Integer operator+(const Integer& a, const Integer& b) { return combined(a, b, std::plus<>()); }
Integer operator*(const Integer& a, const Integer& b) { return combined(a, b, std::multiplies<>()); }

std::optional<SizeExpression> fit(const Integer& integer, const std::vector<DynamicSize>& dimensions) {
  if (integer.fixed()) return SizeExpression{{}, integer.value()};
  Numbers value;
  for (size_t i = 0; i < integer.recordings(); ++i) value.push_back(integer.in(i));
  TORCH_CHECK(value.size() >= 4, "sizes from ", value.size(), " recordings");
  for (size_t i = 0; i < dimensions.size(); ++i)
    if (auto found = line(value, dimensions[i].recorded, {i})) return found;
  for (size_t i = 0; i < dimensions.size(); ++i)
    for (size_t j = i; j < dimensions.size(); ++j)
      if (auto found = line(value, product(dimensions[i].recorded, dimensions[j].recorded), {i, j})) return found;
  for (size_t i = 0; i < dimensions.size(); ++i)
    for (size_t j = i + 1; j < dimensions.size(); ++j)
      if (auto found = plane(value, dimensions[i].recorded, dimensions[j].recorded, i, j)) return found;
  return {};
}

}  // namespace dlrun
