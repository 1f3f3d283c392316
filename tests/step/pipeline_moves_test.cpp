// The order in which stages compute: what may not happen before something else, and how many parts are kept.

#include "step/pipeline_moves.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

namespace dlrun::pipeline_moves_test {
namespace {

// Runs the stages beside each other, one move of each in a round where what it waits for was done in a round before.
// The rounds until all have ended; 0 where nobody can go on.
int rounds_of(size_t parts, int64_t stages, std::vector<size_t>& most_kept) {
  const auto count = static_cast<size_t>(stages);
  std::vector<std::vector<PipelineMove>> moves;
  for (int64_t stage = 0; stage < stages; ++stage) moves.push_back(pipeline_moves(parts, stage, stages));
  std::vector<size_t> next(count), kept(count), forward(count), backward(count);  // parts done, in their order
  most_kept.assign(count, 0);
  for (int round = 1;; ++round) {
    const std::vector<size_t> forward_before = forward, backward_before = backward;
    bool moved = false, ended = true;
    for (size_t s = 0; s < count; ++s) {
      if (next[s] == moves[s].size()) continue;
      ended = false;
      const auto [goes_forward, part] = moves[s][next[s]];
      const bool ready = goes_forward ? s == 0 || forward_before[s - 1] > part
                                      : forward[s] > part && (s + 1 == count || backward_before[s + 1] > part);
      if (!ready) continue;
      REQUIRE((goes_forward ? forward : backward)[s]++ == part);
      kept[s] += goes_forward ? 1 : -1;
      most_kept[s] = std::max(most_kept[s], kept[s]);
      ++next[s];
      moved = true;
    }
    if (ended) return round - 1;
    if (!moved) return 0;
  }
}

}  // namespace

TEST_CASE("stages never wait for each other in a circle, and keep no more parts than there are stages from them on") {
  for (const int64_t stages : {1, 2, 3, 4, 8})
    for (const size_t parts : {1, 2, 3, 4, 7, 16, 33}) {
      INFO(parts << " parts, " << stages << " stages");
      std::vector<size_t> most_kept;
      const int rounds = rounds_of(parts, stages, most_kept);
      for (size_t s = 0; s < most_kept.size(); ++s)
        CHECK(most_kept[s] == std::min(parts, static_cast<size_t>(stages) - s));
      // Where a pass of a stage takes one round, forward or backward, the rest is what the paper says is waited.
      REQUIRE(rounds == static_cast<int>(2 * (static_cast<int64_t>(parts) + stages - 1)));
      const double waited = 1.0 - 2.0 * static_cast<double>(parts) / rounds;
      CHECK(std::abs(waiting_share(parts, stages) - waited) < 1e-12);
    }
}

TEST_CASE("the last stage computes part by part, as one process does") {
  const std::vector<PipelineMove> moves = pipeline_moves(3, 3, 4);
  REQUIRE(moves.size() == 6);
  for (size_t i = 0; i < moves.size(); ++i) {
    CHECK(moves[i].part == i / 2);
    CHECK(moves[i].forward == (i % 2 == 0));
  }
}

}  // namespace dlrun::pipeline_moves_test
