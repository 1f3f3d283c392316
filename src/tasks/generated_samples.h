// What tasks of a generator and a discriminator share: the pair, and new samples for people and files.

#pragma once

#include <ATen/ATen.h>

#include <string>

#include "models/generative.h"
#include "tasks/task.h"

namespace dlrun {

// The pair in what a task's assemble() gave. Throws UserError(bad_recipe), naming the task, for another network.
GenerativeNetwork& pair_of(Module& all, const std::string& task);

// options.samples new samples of latents drawn from options.seed alone: pictures [N, C, H, W] as one picture; rows
// [N, K], in the units the network sees, as one JSON object each, by the names of the data's columns or as "value".
// Nothing for samples of another shape.
Generated generate_samples(GenerativeNetwork& pair, const GenerateOptions& options, const DataInfo& info);

// The same 64 pictures every time; undefined where samples are none.
at::Tensor picture_of_samples(GenerativeNetwork& pair, const DataInfo& info);

}  // namespace dlrun
