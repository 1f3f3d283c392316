// The options of verbs that look at data nobody has looked at yet: what is asked of them.

#pragma once

#include <CLI/CLI.hpp>

namespace dlrun {

// --target, --test and --task, into the members of these names.
template <class Options>
void add_question_options(CLI::App& app, Options& options) {
  app.add_option("--target", options.target, "Column of a table to predict; without it one is guessed, and told")
      ->type_name("COLUMN");
  app.add_option("--test", options.test, "A second table to test on; without it a fifth of the rows is drawn")
      ->type_name("FILE");
  app.add_option("--task", options.task, "classification or regression; without it the target's values decide")
      ->check(CLI::IsMember({"classification", "regression"}))
      ->type_name("TASK");
}

}  // namespace dlrun
