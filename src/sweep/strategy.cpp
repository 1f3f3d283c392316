// Grid, random and tpe.

#include "sweep/strategy.h"

#include <algorithm>
#include <cmath>

#include "sweep/parzen.h"

namespace dlrun {
namespace {

constexpr int candidates = 24;
constexpr size_t most_good = 25;
constexpr int64_t largest_grid = int64_t{1} << 40;

// A stream of its own for each strategy: what one draws says nothing of what another does.
enum class Draws : uint32_t { random = 0x5EEB0001, tpe = 0x5EEB0002 };

Random draws_of(Draws draws, int64_t seed, int64_t trial) {
  return Random(static_cast<uint64_t>(seed), static_cast<uint32_t>(draws), static_cast<uint64_t>(trial));
}

std::string random_value(const SweptKey& key, Random& random) {
  if (!key.is_interval())
    return key.choices[static_cast<size_t>(random.below(static_cast<int64_t>(key.choices.size())))];
  return key.value_at(random.uniform(key.first_place(), key.last_place()));
}

// The value of `draw` whose ratio of the densities is greatest.
template <class Density>
auto best_draw(const Density& good, const Density& other, Random& random) {
  auto best = good.draw(random);
  double best_ratio = good.log_density(best) - other.log_density(best);
  for (int i = 1; i < candidates; ++i) {
    const auto value = good.draw(random);
    const double ratio = good.log_density(value) - other.log_density(value);
    if (ratio > best_ratio) best = value, best_ratio = ratio;
  }
  return best;
}

// What `where` finds of the values of one key, in trials [first, last).
template <class Place, class Where>
std::vector<Place> places(const std::vector<Values>& trials, size_t key, size_t first, size_t last,
                          const Where& where) {
  std::vector<Place> found;
  for (size_t i = first; i < last; ++i)
    if (const std::optional<Place> place = where(trials[i][key])) found.push_back(*place);
  return found;
}

}  // namespace

int64_t grid_size(const Space& space) {
  int64_t size = 1;
  for (const SweptKey& key : space)
    size = std::min(largest_grid, size * static_cast<int64_t>(std::max<size_t>(1, key.choices.size())));
  return size;
}

Values grid_values(const Space& space, int64_t trial) {
  Values values(space.size());
  for (size_t i = space.size(); i-- > 0;) {
    const auto count = static_cast<int64_t>(space[i].choices.size());
    values[i] = space[i].choices[static_cast<size_t>(trial % count)];
    trial /= count;
  }
  return values;
}

Values random_values(const Space& space, int64_t seed, int64_t trial) {
  Random random = draws_of(Draws::random, seed, trial);
  Values values;
  for (const SweptKey& key : space) values.push_back(random_value(key, random));
  return values;
}

Values tpe_values(const Space& space, int64_t seed, int64_t trial, const std::vector<Values>& best_first) {
  Random random = draws_of(Draws::tpe, seed, trial);
  const size_t count = best_first.size(), good = std::min(most_good, (count + 9) / 10);
  Values values;
  for (size_t k = 0; k < space.size(); ++k) {
    const SweptKey& key = space[k];
    if (key.is_interval()) {
      const auto where = [&](const std::string& value) { return key.place_of(value); };
      const double low = key.first_place(), high = key.last_place();
      const IntervalDensity better(places<double>(best_first, k, 0, good, where), low, high);
      const IntervalDensity other(places<double>(best_first, k, good, count, where), low, high);
      values.push_back(key.value_at(best_draw(better, other, random)));
    } else {
      const auto where = [&](const std::string& value) { return key.choice_of(value); };
      const ChoiceDensity better(places<size_t>(best_first, k, 0, good, where), key.choices.size());
      const ChoiceDensity other(places<size_t>(best_first, k, good, count, where), key.choices.size());
      values.push_back(key.choices[best_draw(better, other, random)]);
    }
  }
  return values;
}

}  // namespace dlrun
