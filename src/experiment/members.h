// Members: the trainings that a recipe with `repeat` stands for, and what they are together.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "experiment/restored.h"

namespace dlrun {

// How many trainings the recipe asks for; 1 without `repeat`. Throws UserError(bad_recipe) where the split whose folds
// are asked for has none.
int64_t member_count(const Recipe& recipe);

// Makes the recipe that of its member `index`, from 0: an ordinary recipe, without `repeat`, that trains into a folder
// of its own inside the run folder. Seeds change slower than folds. Without folds, splits that are drawn by the run's
// seed stay those of the first member.
void become_member(Recipe& recipe, int64_t index);

// "runs/mlp/members/3" of member 2 of the run in "runs/mlp".
std::string member_folder(const std::string& run, int64_t index);
// "seed 4, fold 2": how a member differs from the others.
std::string member_difference(const Recipe& recipe, int64_t index);

// The weights of the soup that the members of the run in "runs/mlp" became: "runs/mlp/soup.safetensors".
std::string soup_file(const std::string& run);

// The members of a run folder, brought back as one network that answers with the mean of what they answer: of the
// probabilities where targets are classes, of the numbers otherwise. Its weights are named members.0.… and so on. With
// repeat.soup it is a network as any other, with the soup's weights; of folds see fold_members.h.
// `options.run` is the folder, `recipe` what is in it. Throws UserError: no_input for members without a checkpoint,
// bad_recipe where answers have no mean, or where the members were fitted to other training rows.
Restored restore_members(const RestoreOptions& options, const Recipe& recipe);

// The network of that; `per` says where the classes are. Scores in, scores out: the logarithm of the mean probability
// (its logit, where chances are sigmoids). Takes the networks as they are. (Lakshminarayanan et al. 2017)
std::shared_ptr<Network> mean_of_networks(std::vector<std::shared_ptr<Network>> networks, bool classes, Chances chances,
                                          Shapes::Per per);

// Numbers of an answer whose mean is taken alike: all of them, or `width` from `first` on.
struct Averaged {
  bool classes = false;
  Chances chances = Chances::softmax;
  Shapes::Per per = Shapes::Per::sample;
  int64_t first = 0, width = 0;
};
// The same where an answer is about several targets, whose numbers lie one after the other.
std::shared_ptr<Network> mean_of_networks(std::vector<std::shared_ptr<Network>> networks, std::vector<Averaged> parts);
// What the answers to a task are, bound to its data and taught its loss.
std::vector<Averaged> averaged_of(const Task& task, const Loss& loss);

}  // namespace dlrun
