// Networks for tables.

#include <fmt/format.h>

#include "advice/candidate.h"

namespace dlrun {
namespace {

constexpr int64_t few_rows = 2000;

}  // namespace

std::vector<Candidate> table_candidates(const DataLook& look) {
  const bool small = look.samples < few_rows;
  Candidate mlp{
      "mlp",
      small ? "A shallow network: with few rows a larger one learns them by heart."
            : "A plain network, quick to train: what others have to beat.",
      {fmt::format("architecture: {{type: mlp, widths: {}, dropout: {}}}", small ? "[64]" : "[256, 128]",
                   small ? 0.1 : 0.2),
       fmt::format("optimizer: {{type: adamw, lr: {}, weight_decay: {}}}", small ? "3e-3" : "1e-3", small ? 0.1 : 0.02),
       "lr_scheduler: {type: cosine, warmup_steps: 50}"}};
  set_length(look, small ? 1500 : 6000, 15, mlp);
  Candidate resnet{"tab_resnet",
                   "Blocks with a way around each, the strongest plain network for tables in the comparison of "
                   "Gorishniy et al. (2021).",
                   {"architecture: {type: tab_resnet, n_blocks: 2, d_block: 128, dropout1: 0.2}",
                    "optimizer: {type: adamw, lr: 1e-3, weight_decay: 0.05}",
                    "lr_scheduler: {type: cosine, warmup_steps: 50}", "regularization: {ema: {decay: 0.999}}"}};
  if (look.categorical > 0) resnet.data = {"categories: index"};
  set_length(look, 6000, 15, resnet);
  Candidate linear{"linear",
                   "No hidden layer: what the columns tell one by one. A network that is no better has learned nothing "
                   "else.",
                   {"architecture: {type: mlp, widths: []}", "optimizer: {type: adamw, lr: 1e-2}",
                    "lr_scheduler: {type: cosine, warmup_steps: 50}"}};
  set_length(look, small ? 1500 : 3000, 10, linear);
  if (small) return {mlp, linear};
  return {resnet, mlp, linear};
}

}  // namespace dlrun
