// Command line, block and stored sweep -> plan.

#include "sweep/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <variant>

#include "base/child_process.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/shell.h"
#include "spec/bind.h"
#include "spec/node_of.h"
#include "spec/read.h"
#include "spec/walk.h"
#include "spec/write.h"
#include "sweep/strategy.h"
#include "sweep/sweep_settings.h"

namespace dlrun {
namespace {

constexpr int64_t usual_trials = 20;

std::string text_at(Params& recipe, const char* path) {
  return node_of(locate(recipe, nullptr, path)->field.slot).text;
}

// Where a sweep is gone on with, its folder may stand for the recipe.
bool is_folder(const SweepOptions& options) {
  if (FileSystem::instance().kind(options.recipe) != FileKind::folder) return false;
  if (!options.resume)
    throw UserError(ExitCode::usage, options.recipe + " is a folder. To go on with the sweep in it: dlrun sweep " +
                                         shell_word(options.recipe) + " --resume");
  return true;
}

std::string strategy_of(const std::string& wished, const Space& space, bool trials_given) {
  const bool lists = std::none_of(space.begin(), space.end(), [](const SweptKey& key) { return key.is_interval(); });
  if (wished == "grid" && !lists)
    throw UserError(ExitCode::usage,
                    "strategy grid tries every combination of lists, and an interval has no end of "
                    "values: give a list, or the strategy random or tpe");
  if (wished != "auto") return wished;
  return lists && !trials_given ? "grid" : "tpe";
}

// What was begun is gone on with, and nothing else.
void require_same_sweep(const SweepRecord& before, const SweepRecord& now, Params& recipe_before, Params& recipe_now,
                        const std::string& folder) {
  std::string differing;
  const auto compare = [&](const std::string& what, const std::string& old, const std::string& wished) {
    if (old != wished) differing += "\n  " + what + ": " + old + " in the sweep, " + wished + " now";
  };
  compare("strategy", before.strategy, now.strategy);
  compare("seed", std::to_string(before.seed), std::to_string(now.seed));
  compare("halving", std::to_string(before.reduction_factor), std::to_string(now.reduction_factor));
  compare("min-validations", std::to_string(before.min_validations), std::to_string(now.min_validations));
  compare("varied", fmt::format("{}", fmt::join(before.parameters, " ")),
          fmt::format("{}", fmt::join(now.parameters, " ")));
  for (const Difference& difference : diff(recipe_before, recipe_now))
    if (difference.path != "description" && difference.path != "output_dir" && !difference.path.starts_with("logging"))
      compare(difference.path, difference.left, difference.right);
  if (!differing.empty())
    throw UserError(ExitCode::bad_recipe, "--resume: this is not the sweep in " + folder + ":" + differing +
                                              "\nStart another one (--output), or resume without these changes: "
                                              "dlrun sweep " +
                                              shell_word(folder) + " --resume");
}

// Threads that each of several trials gets where neither the recipe nor the environment says.
int64_t threads_of(Params& recipe, int64_t jobs) {
  if (jobs == 1 || std::getenv("OMP_NUM_THREADS") || text_at(recipe, "hardware.threads") != "0") return 0;
  return std::max<int64_t>(1, allowed_processors() / jobs);
}

std::string key_of(const std::string& argument) { return argument.substr(0, argument.find('=')); }

// The recipe's block, which is none of its trials'.
std::optional<SweepSettings> take_block(Params& recipe) {
  auto& block = *std::get<AnyOptional*>(locate(recipe, nullptr, "sweep")->field.slot);
  if (!block.value) return {};
  SweepSettings settings;
  bind_value(static_cast<Params*>(&settings), node_of(*block.value));
  block.value.reset();
  return settings;
}

// What the block varies and the command line does not mention.
void add_varied(const SweepSettings& block, const Origins& origins, const std::vector<std::string>& arguments,
                std::vector<Varied>& varied) {
  std::vector<Varied> of_block = varied_in(block, origins);
  std::erase_if(of_block, [&](const Varied& each) {
    const bool mentioned = std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
      return key_of(argument) == key_of(each.text);
    });
    if (mentioned) log_info(each.place + ": the command line stands for " + each.text);
    return mentioned;
  });
  varied.insert(varied.begin(), of_block.begin(), of_block.end());
}

// The command line counts more than the block, the block more than what an earlier sweep stored.
void choose(const SweepOptions& options, const std::optional<SweepSettings>& block, const SweepRecord& stored,
            SweepPlan& plan) {
  std::string strategy = options.strategy;
  if (strategy == "auto") strategy = block ? block->strategy : stored.strategy.empty() ? "auto" : stored.strategy;
  std::optional<int64_t> trials = options.trials;
  if (!trials && block) trials = block->trials;
  plan.strategy = strategy_of(strategy, plan.space, trials.has_value());
  const int64_t combinations = grid_size(plan.space), usual = plan.strategy == "grid" ? combinations : usual_trials;
  plan.trials = trials.value_or(stored.planned > 0 ? stored.planned : usual);
  if (plan.strategy == "grid") plan.trials = std::min(plan.trials, combinations);
  plan.seed = options.seed.value_or(block ? block->seed : stored.seed);
  plan.reduction_factor = options.halving.value_or(block ? block->halving.value_or(0) : stored.reduction_factor);
  plan.min_validations = options.min_validations.value_or(block ? block->min_validations : stored.min_validations);
  plan.jobs = options.jobs.value_or(block ? block->jobs : 1);
}

// A folder that is another one each time holds nothing to go on with.
void refuse_numbered(const SweepOptions& options, const std::string& folder) {
  if (!options.resume && !options.overwrite) return;
  throw UserError(ExitCode::usage,
                  fmt::format("--{}: output_dir holds ${{n}}, a new number for each sweep: name the "
                              "folder.{}",
                              options.resume ? "resume" : "overwrite", last_numbered_hint(folder, "dlrun sweep")));
}

}  // namespace

PreparedSweep prepare_sweep(const SweepOptions& options, const SweepWorld& world) {
  PreparedSweep made;
  const bool folder_given = is_folder(options);
  std::vector<std::string> fixed;
  std::vector<Varied> varied;
  for (const std::string& argument : options.arguments) {
    if (varies(argument) && !argument.starts_with("sweep."))
      varied.push_back({argument, "argument " + argument});
    else
      fixed.push_back(argument);
  }
  SweepRecord stored;
  if (folder_given) read_record(options.recipe + "/sweep.json", stored);
  if (folder_given && varied.empty())
    for (const std::string& text : stored.parameters) varied.push_back({text, options.recipe + "/sweep.json: " + text});
  const std::shared_ptr<Params> recipe = world.new_recipe();
  const std::string file = folder_given ? options.recipe + "/sweep.yaml" : options.recipe;
  const Origins origins = read_file(file, {fixed}, *recipe);
  const std::optional<SweepSettings> block = take_block(*recipe);
  if (block) add_varied(*block, origins, options.arguments, varied);
  made.recipe_text = write_yaml(*recipe);
  made.recipe_words = shell_word(file);
  for (const std::string& argument : fixed)
    if (!argument.starts_with("sweep.")) made.recipe_words += " " + shell_word(argument);

  SweepPlan& plan = made.plan;
  for (const Varied& each : varied) {
    plan.space.push_back(swept_key(each, *recipe));
    for (size_t i = 0; i + 1 < plan.space.size(); ++i)
      if (plan.space[i].key == plan.space.back().key)
        throw UserError(ExitCode::usage, each.place + ": " + plan.space.back().key + " is given twice");
  }
  if (plan.space.empty())
    throw UserError(ExitCode::usage,
                    "dlrun sweep: nothing is varied. Give a key several values, or an interval: "
                    "optimizer.lr=1e-4,3e-4,1e-3 optimizer.weight_decay=1e-4..1e-1:log; or write them into the "
                    "recipe's block `sweep` (dlrun describe recipe.sweep)");
  const std::string usual_folder = folder_given ? options.recipe : text_at(*recipe, "output_dir") + "-sweep";
  plan.folder = options.output.empty() ? usual_folder : options.output;
  if (is_numbered(plan.folder)) {
    refuse_numbered(options, plan.folder);
    made.numbered = std::make_unique<NumberedFolder>(plan.folder);
    plan.folder = made.numbered->path();
  }
  choose(options, block, stored, plan);
  plan.threads = threads_of(*recipe, plan.jobs);
  if (plan.reduction_factor > 0 && !node_of(locate(*recipe, nullptr, "repeat")->field.slot).is_null())
    throw UserError(ExitCode::usage,
                    "halving compares trainings while they run, and `repeat` makes each trial "
                    "several: leave one of them out");

  SweepRecord& record = made.record;
  record.strategy = plan.strategy;
  record.seed = plan.seed;
  record.reduction_factor = plan.reduction_factor;
  record.min_validations = plan.min_validations;
  for (const Varied& each : varied) record.parameters.push_back(each.text);
  if (options.resume && FileSystem::instance().exists(plan.record_file())) {
    SweepRecord before;
    read_record(plan.record_file(), before);
    const std::shared_ptr<Params> recipe_before = world.new_recipe();
    read_file(plan.recipe_file(), {}, *recipe_before);
    require_same_sweep(before, record, *recipe_before, *recipe, plan.folder);
    record = before;
    plan.trials = std::max(plan.trials, static_cast<int64_t>(record.trials.size()));
  }
  record.planned = plan.trials;
  return made;
}

}  // namespace dlrun
