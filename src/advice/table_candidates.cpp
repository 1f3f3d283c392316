// Networks for tables.

#include <fmt/format.h>

#include "advice/candidate.h"

namespace dlrun {
namespace {

constexpr int64_t few = 2000;

}  // namespace

std::vector<Candidate> table_candidates(const DataLook& look) {
  const bool small = look.samples < few;
  Candidate mlp{
      "mlp",
      small ? "A shallow network: with few rows a larger one learns them by heart."
            : "A plain network, quick to train: what others have to beat.",
      {fmt::format("architecture: {{type: mlp, widths: {}, dropout: {}}}", small ? "[64]" : "[256, 128]",
                   small ? 0.1 : 0.2),
       fmt::format("optimizer: {{type: adamw, lr: {}, weight_decay: {}}}", small ? "3e-3" : "1e-3", small ? 0.1 : 0.02),
       "lr_scheduler: {type: cosine, warmup_steps: 50}"}};
  set_length(look, small ? 1500 : 6000, 15, mlp);
  Candidate linear{"linear",
                   "No hidden layer: what the columns tell one by one. A network that is no better has learned nothing "
                   "else.",
                   {"architecture: {type: mlp, widths: []}", "optimizer: {type: adamw, lr: 1e-2}",
                    "lr_scheduler: {type: cosine, warmup_steps: 50}"}};
  set_length(look, small ? 1500 : 3000, 10, linear);
  return {mlp, linear};
}

}  // namespace dlrun
