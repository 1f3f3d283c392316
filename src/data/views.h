// Names of the augmentation that makes a second view of every sample, and of what it makes.

#pragma once

namespace dlrun {

constexpr const char* views_type = "views";
// What stands before the names of a view's fields. The first view of a training batch is "input" itself.
constexpr const char* first_view = "first.";
constexpr const char* second_view = "second.";

}  // namespace dlrun
