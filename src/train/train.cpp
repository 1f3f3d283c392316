// The verb train: whose process this is, and what it is to do.

#include "train/train.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/numbered_folder.h"
#include "base/phase.h"
#include "base/signals.h"
#include "dist/agreement.h"
#include "dist/local_ranks.h"
#include "dist/lost_rank.h"
#include "experiment/members.h"
#include "run/status.h"
#include "spec/write.h"
#include "train/alike.h"
#include "train/checked.h"
#include "train/console.h"
#include "train/find.h"
#include "train/member_runs.h"
#include "train/one_run.h"
#include "train/requested.h"
#include "train/verdict.h"

namespace dlrun {
namespace {

// What every process but the first shows.
TrainOptions silent(TrainOptions options) {
  options.verbosity = -2;
  options.json = options.progress = false;
  return options;
}

// A further rank: what all ranks would say is said by one.
int run_further(const Group& group, const std::function<int()>& run) {
  set_log_verbosity(-2);
  show_long_work(false);
  try {
    return run();
  } catch (const ToldElsewhere&) {
    return 0;
  } catch (const LostRank& lost) {
    if (lost.tells()) throw;
    return static_cast<int>(lost.code());
  } catch (const UserError& error) {
    throw UserError(error.code(), fmt::format("rank {}: {}", group.rank(), error.what()));
  } catch (...) {
    std::fprintf(stderr, "rank %lld: ", static_cast<long long>(group.rank()));  // main() says the rest of the line
    throw;
  }
}

// One number for all ranks, which the first of them takes and `folder` keeps.
void number_run(Group& group, Recipe& recipe, std::optional<NumberedFolder>& folder) {
  if (!is_numbered(recipe.output_dir)) return;
  on_every_rank(group, [&] {
    if (group.rank() == 0) folder.emplace(recipe.output_dir);
  });
  recipe.output_dir = text_of_rank(group, 0, folder ? folder->path() : "");
}

MachineWish wish_of(const Recipe& recipe) {
  const Hardware& hardware = recipe.hardware;
  return {hardware.devices, hardware.num_nodes, hardware.accelerator != "cpu"};
}

// Where output_dir has ${n}: the ranks of one machine are told their number, those of several machines agree on one.
int start_machine(const Machine& machine, const Recipe& recipe) {
  std::string run_folder = recipe.output_dir;
  LocalRanks ranks{.machine = machine, .arguments = own_arguments()};
  ranks.grace_seconds = std::min(ranks.grace_seconds, recipe.hardware.timeout_seconds / 2);
  std::optional<NumberedFolder> numbered;
  if (machine.count == 1 && is_numbered(run_folder)) {
    run_folder = numbered.emplace(run_folder).path();
    ranks.arguments.push_back("output_dir=" + value_text(&run_folder));
  }
  const std::optional<RunStatus> before = read_status(run_folder);
  const LocalEnd end = start_local_ranks(ranks);
  tell_lost_ranks(run_folder, before, end);
  return end.code;
}

int dry_run(const TrainOptions& options, Recipe& recipe, const Origins& origins) {
  watch_signals();
  Console console(options);
  if (const int64_t count = member_count(recipe); recipe.repeat) {
    console.say(fmt::format("{} trainings; the first of them:", count));
    become_member(recipe, 0);
  }
  const std::unique_ptr<Experiment> experiment = checked(recipe, {}, origins, options.verbosity).experiment;
  const int64_t batches = experiment->feed()->steps();
  console.begin(*experiment, recipe.output_dir + " (not written: --dry-run)", recipe.trainer.span(batches).total_steps,
                options.verbosity >= 0 ? watch(*experiment) : std::vector<ModuleCost>());
  return 0;
}

}  // namespace
}  // namespace dlrun

int dlrun_train(const dlrun::TrainOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  show_long_work(options.progress && options.verbosity >= 0);
  if (options.resume && options.overwrite)
    throw UserError(ExitCode::usage, "--resume goes on with the run in the folder, --overwrite deletes it: give one");
  if ((options.find_lr || options.find_batch_size) && (options.resume || options.overwrite || options.dry_run))
    throw UserError(ExitCode::usage,
                    "--find-lr and --find-batch-size train no run: leave --resume, --overwrite and "
                    "--dry-run out");
  const RankPlace place = find_place();
  end_with_launcher(place);
  if (place.rank > 0) set_log_verbosity(-2);
  // A mistake in the recipe is one of all ranks: told once, where they have met.
  Origins origins;
  std::unique_ptr<Recipe> recipe;
  std::optional<UserError> mistake;
  try {
    recipe = read_recipe(options, origins);
  } catch (const UserError& error) {
    if (place.size == 1) throw;
    mistake = error;
  }
  if (options.find_lr || options.find_batch_size || options.dry_run) {
    if (place.rank > 0) return 0;
    if (mistake) throw *mistake;
    return options.dry_run ? dry_run(options, *recipe, origins) : find(options, *recipe, origins);
  }
  if (recipe)
    if (const auto machine = machine_to_start(place, wish_of(*recipe))) return start_machine(*machine, *recipe);
  if (recipe && recipe->sweep && place.rank == 0)
    log_info("sweep: train does not look at it; dlrun sweep " + options.recipe + " goes through what it varies");
  watch_signals();
  enter_phase("the start");
  GroupOptions waiting;
  if (recipe) waiting.exchange_seconds = recipe->hardware.timeout_seconds;
  const std::shared_ptr<Group> group = open_group(place, waiting);
  std::optional<NumberedFolder> numbered;
  const auto run = [&](const TrainOptions& options) {
    on_every_rank(*group, [&] {
      if (mistake) throw *mistake;
    });
    require_same_recipe(*group, *recipe);
    number_run(*group, *recipe, numbered);
    return recipe->repeat ? train_members(group, options, *recipe)
                          : train_one_run(group, options, *recipe, origins, [] {});
  };
  return group->rank() == 0 ? run(options) : run_further(*group, [&] { return run(silent(options)); });
}
