// Whether one network is better than another on the same samples.

#include "eval/paired.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace dlrun {
namespace {

constexpr int64_t twice = -1;

std::map<std::string, int64_t> places_of(const std::vector<std::string>& names) {
  std::map<std::string, int64_t> places;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto [place, added] = places.emplace(names[i], static_cast<int64_t>(i));
    if (!added) place->second = twice;
  }
  return places;
}

Pairs pair_equal(const std::vector<std::string>& first, const std::vector<std::string>& second) {
  const std::map<std::string, int64_t> here = places_of(first), there = places_of(second);
  Pairs pairs;
  for (size_t i = 0; i < first.size(); ++i) {
    const auto found = there.find(first[i]);
    if (here.at(first[i]) == twice || found == there.end() || found->second == twice) continue;
    pairs.first.push_back(static_cast<int64_t>(i));
    pairs.second.push_back(found->second);
  }
  return pairs;
}

// Up to the last '/' or blank, so that no number or name is cut.
std::string common_beginning(const std::vector<std::string>& names) {
  size_t length = names[0].size();
  for (const std::string& name : names) {
    size_t same = 0;
    while (same < std::min(length, name.size()) && name[same] == names[0][same]) ++same;
    length = same;
  }
  return names[0].substr(0, names[0].substr(0, length).find_last_of("/ ") + 1);
}

std::vector<std::string> without(const std::vector<std::string>& names, size_t beginning) {
  std::vector<std::string> rest;
  for (const std::string& name : names) rest.push_back(name.substr(beginning));
  return rest;
}

}  // namespace

PairedDifference paired_difference(double first, double second, const std::vector<double>& first_draws,
                                   const std::vector<double>& second_draws, bool higher_is_better) {
  PairedDifference result{first, second, second - first};
  std::vector<double> differences;
  double better = 0.0;
  for (size_t draw = 0; draw < first_draws.size(); ++draw) {
    const double difference = second_draws[draw] - first_draws[draw];
    if (std::isnan(difference)) continue;
    differences.push_back(difference);
    const double gain = higher_is_better ? difference : -difference;
    better += gain > 0 ? 1.0 : gain == 0 ? 0.5 : 0.0;
  }
  const double draws = static_cast<double>(differences.size());
  result.interval = percentile_interval(std::move(differences));
  result.second_better = draws > 0 ? better / draws : std::numeric_limits<double>::quiet_NaN();
  result.more_than_noise = result.interval.low > 0 || result.interval.high < 0;
  return result;
}

Pairs pair_by_name(const std::vector<std::string>& first, const std::vector<std::string>& second) {
  Pairs pairs = pair_equal(first, second);
  if (!pairs.first.empty() || first.empty() || second.empty()) return pairs;
  const std::string here = common_beginning(first), there = common_beginning(second);
  pairs = pair_equal(without(first, here.size()), without(second, there.size()));
  pairs.first_beginning = here;
  pairs.second_beginning = there;
  return pairs;
}

}  // namespace dlrun
