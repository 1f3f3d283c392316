// What several processes must decide alike, made of the exchanges of a group.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dist/group.h"

namespace dlrun {

// Whether it is so on any rank.
bool any_rank(Group& group, bool mine);
// The lowest rank on which it is so; -1 where it is so on none.
int64_t first_rank(Group& group, bool mine);
// The text of that rank, on all of them.
std::string text_of_rank(Group& group, int64_t rank, const std::string& text);

// Every rank gets the values of rank 0, in one exchange of those on the CPU and one of those on GPUs.
void from_first(Group& group, const std::vector<at::Tensor>& tensors);

// The named numbers of rank 0, on all of them.
using NamedNumbers = std::vector<std::pair<std::string, double>>;
NamedNumbers of_first(Group& group, const NamedNumbers& mine);

// Thrown on the ranks that have nothing to say, because another one tells the error.
struct ToldElsewhere {};

// Calls `work` on every rank. Where it throws UserError on some, the lowest of them has told all: rank 0 throws that
// error, with the number of a rank other than itself before it, the others ToldElsewhere.
void on_every_rank(Group& group, const std::function<void()>& work);

}  // namespace dlrun
