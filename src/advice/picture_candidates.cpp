// Networks for pictures.

#include <fmt/format.h>

#include <algorithm>

#include "advice/candidate.h"

namespace dlrun {
namespace {

constexpr int64_t many = 20000;

}  // namespace

std::vector<Candidate> picture_candidates(const DataLook& look) {
  const int64_t side = std::min(look.sizes.at(1), look.sizes.at(2));
  const std::string cosine = "lr_scheduler: {type: cosine, warmup_steps: 50}";
  const std::string augmentation =
      fmt::format("augmentation:\n  - {{type: random_crop, size: {}, width: {}, padding: {}}}\n  - normalize",
                  look.sizes.at(1), look.sizes.at(2), std::max<int64_t>(1, side / 14));
  std::string blocks;
  int64_t channels = 32;
  for (int64_t left = side; left >= 8 && channels <= 256; left /= 2, channels *= 2)
    blocks += fmt::format("\n    - {{channels: {}, norm: batch}}", channels);
  Candidate cnn{"cnn",
                "A small convolutional network: as much as so many pictures can teach from scratch, in minutes.",
                {"architecture:\n  type: cnn\n  blocks:" + blocks + "\n  head: {widths: [128], dropout: 0.3}",
                 "optimizer: {type: adamw, lr: 2e-3, weight_decay: 0.05}", cosine, augmentation}};
  set_length(look, 3000, 8, cnn);
  Candidate resnet{"resnet18",
                   look.samples < many
                       ? "A deep network: from scratch it wants more pictures than these; with the weights of a large "
                         "collection (architecture.pretrained) it is the better choice for photographs."
                       : "A deep network: the better one where there are enough pictures and a GPU.",
                   {fmt::format("architecture: {{type: resnet18, stem: {}}}", side <= 64 ? "cifar" : "imagenet"),
                    "optimizer: {type: sgd, lr: 0.05, momentum: 0.9, weight_decay: 5e-4}", cosine, augmentation}};
  set_length(look, 3000, 8, resnet);
  return {cnn, resnet};
}

}  // namespace dlrun
