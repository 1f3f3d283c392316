// In which order a stage of a pipeline computes the parts of a batch.

#include "step/pipeline_moves.h"

#include <algorithm>

namespace dlrun {

std::vector<PipelineMove> pipeline_moves(size_t parts, int64_t stage, int64_t stages) {
  const size_t ahead = std::min(parts, static_cast<size_t>(stages - 1 - stage));
  std::vector<PipelineMove> moves;
  for (size_t part = 0; part < ahead; ++part) moves.push_back({true, part});
  for (size_t part = 0; part < parts; ++part) {
    if (part + ahead < parts) moves.push_back({true, part + ahead});
    moves.push_back({false, part});
  }
  return moves;
}

double waiting_share(size_t parts, int64_t stages) {
  const auto behind = static_cast<double>(stages - 1);
  return behind / (static_cast<double>(parts) + behind);
}

}  // namespace dlrun
