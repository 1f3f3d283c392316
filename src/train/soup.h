// Model soups: a network whose weights are the mean of those of several trainings. (Wortsman et al. 2022)

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "experiment/recipe.h"
#include "tensor/named_tensor.h"

namespace dlrun {

// The mean of several lists of the same names and shapes; whole numbers are those of the first.
TensorList mean_of_states(const std::vector<TensorList>& states);

// The members of a greedy soup in the order they went in: by falling quality, each stays where the soup does not become
// worse with it. `quality` of one member or several, a higher one is better; each set is asked for once.
std::vector<size_t> greedy_soup(size_t members, const std::function<double(const std::vector<size_t>&)>& quality);

struct Soup {
  std::vector<size_t> members;  // from 0
  Results results;              // on the split; empty without one
};

// Makes the soup that repeat.soup asks for of the members in `folder`, which must have finished, and writes it to
// soup_file(folder). Greedy asks for the monitored number of the validation split (its loss, where something else is
// monitored). Statistics of batch norms are measured anew. Throws UserError where a member was fitted to other data.
Soup make_soup(const Recipe& recipe, const std::string& folder, const std::string& split);

}  // namespace dlrun
