// Networks that suit data, each with why, and with a recipe that trains as it is.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "advice/look.h"

namespace dlrun {

struct Candidate {
  std::string name;                    // of the architecture, and of the recipe behind the data's name
  std::string why;                     // a sentence or two
  std::vector<std::string> blocks;     // of the recipe, "key: value": architecture, optimizer, augmentation, ...
  std::vector<std::string> data = {};  // further keys of the recipe's `data`
  int64_t batch_size = 64;
  int64_t epochs = 10;
};

// The first is what dlrun would begin with. Each kind of data has a file of its own with the rules, and the numbers
// they rest on.
std::vector<Candidate> candidates_for(const DataLook& look);

std::vector<Candidate> table_candidates(const DataLook& look);
std::vector<Candidate> series_candidates(const DataLook& look);
std::vector<Candidate> picture_candidates(const DataLook& look);
std::vector<Candidate> text_candidates(const DataLook& look);

// What a person should know before any network: that boosted trees are strong on such a table, that one class is rare.
std::vector<std::string> remarks_on(const DataLook& look);

// The recipe as text, with a comment on what it is for.
std::string recipe_text(const DataLook& look, const Candidate& candidate);

// Samples in a batch and epochs for so many steps in all: more epochs of few samples, never fewer than `least`.
void set_length(const DataLook& look, int64_t steps, int64_t least, Candidate& candidate);

}  // namespace dlrun
