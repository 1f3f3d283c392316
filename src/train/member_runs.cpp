// The trainings that a recipe's `repeat` asks for.

#include "train/member_runs.h"

#include <fmt/format.h>

#include <optional>

#include "dist/agreement.h"
#include "experiment/members.h"
#include "report/run_files.h"
#include "run/run_folder.h"
#include "spec/write.h"
#include "train/console.h"
#include "train/members.h"
#include "train/one_run.h"
#include "train/requested.h"
#include "train/resumed.h"
#include "train/verdict.h"

namespace dlrun {
namespace {

int train_all_members(const std::shared_ptr<Group>& group, const TrainOptions& options, Recipe& recipe,
                      Verdict& verdict) {
  const std::string folder = recipe.output_dir;
  const int64_t count = member_count(recipe);
  Console console(options);
  std::optional<RunFolder> all;
  on_every_rank(*group, [&] {
    if (group->rank() > 0) return;
    all.emplace(RunFolder::create(folder, start_of(options)));
    if (all->resumed()) check_same_run(*read_stored(*all), recipe);
  });
  bool begun = false;
  const auto begin_all = [&] {
    if (all && !begun) all->begin(write_yaml(recipe));
    if (!begun) verdict.running(0, 0);  // steps are its members'
    begun = true;
  };
  for (int64_t i = 0; i < count; ++i) {
    console.say(fmt::format("member {} of {}: {}", i + 1, count, member_difference(recipe, i)));
    Origins origins;
    const std::unique_ptr<Recipe> member = read_recipe(options, origins);
    member->output_dir = folder;
    become_member(*member, i);
    verdict.because(fmt::format("member {} of {}, whose own status.json says more", i + 1, count));
    if (const int code = train_one_run(group, options, *member, origins, begin_all); code != 0) return code;
  }
  verdict.because(fmt::format("all {} members done", count));
  on_every_rank(*group, [&] {
    if (!all) return;
    begin_all();
    const nlohmann::ordered_json summary = summarize_members(recipe, folder);
    for (const std::string& line : members_text(summary)) console.say(line);
    console.record(summary);
    all->finish(summary);
    write_run_files(folder, recipe.logging);
  });
  return 0;
}

}  // namespace

int train_members(const std::shared_ptr<Group>& group, const TrainOptions& options, Recipe& recipe) {
  Verdict verdict(recipe.output_dir, *group);
  return verdict.over([&] { return train_all_members(group, options, recipe, verdict); });
}

}  // namespace dlrun
