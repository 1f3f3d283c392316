// The verb train: recipe -> experiment -> run folder.

#include "train/train.h"
#include "step/pipeline_moves.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/numbered_folder.h"
#include "base/phase.h"
#include "base/signals.h"
#include "base/text.h"
#include "dist/agreement.h"
#include "dist/local_ranks.h"
#include "dist/lost_rank.h"
#include "experiment/members.h"
#include "experiment/restored.h"
#include "mlflow/sender.h"
#include "nn/pipeline_stage.h"
#include "report/overview.h"
#include "report/run_files.h"
#include "report/sample_section.h"
#include "report/tensor_board.h"
#include "run/environment.h"
#include "run/processor.h"
#include "run/run_folder.h"
#include "spec/read.h"
#include "spec/read_json.h"
#include "spec/secrets.h"
#include "spec/write.h"
#include "tasks/several_targets.h"
#include "train/alike.h"
#include "train/checked.h"
#include "train/find.h"
#include "train/members.h"
#include "train/trainer.h"
#include "train/verdict.h"

namespace dlrun {
namespace {

// The recipe to train, and where. With --resume a run folder may stand for its own recipe.
std::unique_ptr<Recipe> read_recipe(const TrainOptions& options, Origins& origins) {
  auto recipe = std::make_unique<Recipe>();
  std::string file = options.recipe;
  const bool folder = FileSystem::instance().kind(file) == FileKind::folder;
  if (folder) {
    if (!options.resume)
      throw UserError(ExitCode::usage,
                      file + " is a folder. To go on with the run in it: dlrun train " + file + " --resume");
    file += "/recipe.yaml";
  }
  origins = read_file(file, {options.overrides}, *recipe);
  if (folder) recipe->output_dir = options.recipe;
  if ((options.resume || options.overwrite) && is_numbered(recipe->output_dir))
    throw UserError(
        ExitCode::usage,
        fmt::format("--{}: output_dir holds ${{n}}, a new number for each run: name the folder.{}",
                    options.resume ? "resume" : "overwrite", last_numbered_hint(recipe->output_dir, "dlrun train")));
  resolve(*recipe);
  return recipe;
}

std::unique_ptr<Recipe> read_stored(const RunFolder& folder) {
  auto stored = std::make_unique<Recipe>();
  read_text(folder.recipe_text(), folder.recipe_file(), {}, *stored);
  return stored;
}

// A schedule that spans the whole training is another one when the training is longer: the rate jumps where it goes on.
void tell_other_rates(const Recipe& recipe, const Course& now, int64_t total_steps_before) {
  Course before = now;
  before.total_steps = total_steps_before;
  const double base = recipe.optimizer->lr;
  const double old_rate = recipe.lr_scheduler->at(base, before).lr, rate = recipe.lr_scheduler->at(base, now).lr;
  if (std::abs(rate - old_rate) <= 1e-3 * base) return;
  log_warning(fmt::format(
      "lr_scheduler: {} spans the whole training, {} steps when the run was started and {} now: after step {} the rate "
      "goes on at {:.3g}, where it was to be {:.3g}",
      recipe.lr_scheduler.type, before.total_steps, now.total_steps, now.step, rate, old_rate));
}

// Checkpoints of earlier versions do not say what they were computed on.
void tell_other_processor(const Checkpoint& checkpoint) {
  of_stored(checkpoint.folder, "processor", [&] {
    const std::string change =
        processor_change(checkpoint.values.value("processor", nlohmann::json()), describe_processor());
    if (!change.empty()) log_warning(change);
  });
}

// Whether some loss of the recipe still has to know how many samples each class has.
bool asks_for_counts(const Recipe& recipe) {
  bool asks = recipe.loss->asks_for_counts();
  if (const auto* several = dynamic_cast<const SeveralTargets*>(recipe.task.value.get()))
    for (const TargetPart& part : several->parts()) asks = asks || (*part.loss)->asks_for_counts();
  return asks;
}

// The losses that know it, where they stand: those of several targets in the task.
void take_losses(Recipe& recipe, const Recipe& from) {
  recipe.loss = from.loss;
  if (dynamic_cast<const SeveralTargets*>(recipe.task.value.get())) recipe.task = from.task;
}

// A resumed run must be the same run: what decides its numbers may not differ from the stored recipe. True when it is
// also as long as before.
bool check_same_run(Recipe& stored, Recipe& recipe) {
  std::string differing;
  bool same_length = true;
  if (recipe.checkpoint.monitor == "auto") recipe.checkpoint.monitor = stored.checkpoint.monitor;
  // What the data had to say of classes the stored recipe knows.
  const bool balanced = asks_for_counts(recipe) && !asks_for_counts(stored);
  for (const Difference& difference : diff(stored, recipe)) {
    const std::string& path = difference.path;
    // May change when a run goes on: what happens next time decides no number of what is done.
    if (path == "trainer.on_divergence" || path == "trainer.max_divergences" || path == "trainer.divergence_lr_factor")
      continue;
    if (path == "output_dir" || path == "description" || path.starts_with("logging") || path.starts_with("diagnosis") ||
        path.starts_with("data_check") || path.starts_with("export") || path.starts_with("sweep"))
      continue;
    if (balanced && (path.starts_with("loss.") || path.starts_with("task.of.")) &&
        (path.find(".class_weights") != std::string::npos || path.ends_with(".balance_classes")))
      continue;
    if (path == "trainer.epochs" || path == "trainer.max_steps") same_length = false;
    if (path == "trainer.epochs" || path == "trainer.max_steps" || path == "hardware.loader_threads" ||
        path == "checkpoint.min_seconds" || path == "hardware.devices" || path == "hardware.strategy" ||
        path == "hardware.tensor_parallel_degree" || path == "hardware.pipeline_parallel_degree" ||
        path == "hardware.timeout_seconds")
      continue;
    differing += "\n  " + path + ": " + difference.left + " in the run, " + difference.right + " now";
  }
  if (!differing.empty())
    throw UserError(ExitCode::bad_recipe, "--resume: the recipe is not the one this run was started with:" + differing +
                                              "\nStart another run (output_dir=...), or resume without these changes.");
  if (balanced) take_losses(recipe, stored);
  return same_length;
}

// The recipe of a run folder says what is monitored and what classes weigh, where that was left to the data.
std::string with_found(const std::string& text, const Recipe& found) {
  Recipe recipe;
  read_text(text, "recipe.yaml", {}, recipe);
  recipe.checkpoint.monitor = found.checkpoint.monitor;
  if (asks_for_counts(recipe)) take_losses(recipe, found);
  return write_yaml(recipe);
}

Start start_of(const TrainOptions& options) {
  return options.resume ? Start::resume : options.overwrite ? Start::overwrite : Start::fresh;
}

// What the run begins with, or goes on with.
struct Begun {
  std::optional<RunFolder> folder;
  CheckpointStore checkpoints;
  std::unique_ptr<Recipe> stored;  // as the run that is resumed was started
  std::optional<Checkpoint> latest;
  bool same_length = true;
  bool finished = false;  // nothing is left to do
};

// The first process creates and locks the folder; further ones find it so.
Begun begin(Group& group, const TrainOptions& options, Recipe& recipe, Verdict& verdict) {
  Begun begun{{}, CheckpointStore(recipe.output_dir + "/checkpoints"), nullptr, {}};
  on_every_rank(group, [&] {
    if (group.rank() > 0) return;
    begun.folder.emplace(RunFolder::create(recipe.output_dir, start_of(options)));
    if (begun.folder->resumed()) begun.checkpoints.recover();
  });
  const bool resumed = any_rank(group, begun.folder && begun.folder->resumed());
  if (!begun.folder) begun.folder.emplace(RunFolder::beside(recipe.output_dir, resumed));
  if (!resumed) return begun;
  if (!any_rank(group, group.rank() == 0 && begun.folder->finished())) verdict.own();
  on_every_rank(group, [&] {
    begun.stored = read_stored(*begun.folder);
    begun.same_length = check_same_run(*begun.stored, recipe);
    begun.finished = begun.same_length && begun.folder->finished();
    if (begun.finished)
      begun.checkpoints.require_all_sound();
    else
      begun.latest = begun.checkpoints.latest();
  });
  return begun;
}

// What a checkpoint knows of the run beside the state of the training.
struct StoredValues final : Params {
  int64_t metrics_bytes = 0;
  std::vector<Field> fields() override {
    return {field("metrics_bytes", metrics_bytes, "Length of metrics.jsonl then.", required(), between(0, 1e18))};
  }
};

int64_t metrics_position(const Checkpoint& checkpoint) {
  StoredValues stored;
  read_json(checkpoint.values, checkpoint.folder, "values", stored);
  return stored.metrics_bytes;
}

// What the run folder holds before the first step. Until here nothing of it was touched.
void write_beginning(Begun& begun, const std::string& recipe_text, MetricsStream& metrics) {
  begun.folder->begin(recipe_text);
  begun.checkpoints.recover();
  open_log_file(begun.folder->log_file());
  begun.folder->write_environment(describe_environment(own_arguments()));
  if (const std::vector<std::string> secrets = secret_variables(); !secrets.empty())
    log_info("recipe.yaml keeps the reference to the environment's " + join(secrets, ", ") +
             " and not the value, because the name looks secret: whoever reads the run needs it set too");
  metrics.open(begun.folder->metrics_file(), begun.latest ? metrics_position(*begun.latest) : 0);
}

// Event files of the run, fed by its metrics and its trainer.
std::unique_ptr<TensorBoard> open_tensor_board(const Begun& begun, Experiment& experiment, MetricsStream& metrics,
                                               Trainer& trainer) {
  const Logging& logging = experiment.recipe.logging;
  if (!logging.tensorboard) return nullptr;
  const int64_t from = begun.latest ? begun.latest->step + 1 : 0;
  auto board =
      std::make_unique<TensorBoard>(begun.folder->path(), experiment.recipe, begun.folder->recipe_text(), from);
  metrics.listener = [board = board.get()](const nlohmann::ordered_json& record) { board->record(record); };
  trainer.on_picture = [board = board.get()](int64_t step, const std::string& file) { board->picture(step, file); };
  if (logging.histograms)
    trainer.on_validated = [board = board.get(), &experiment](int64_t step) {
      board->histograms(step, experiment.all->parameters());
    };
  return board;
}

// A run that did more than it is asked for would end where it is, under a recipe that never made it.
void require_steps_to_make(const Begun& begun, const Trainer& trainer) {
  if (!begun.latest || begun.latest->step <= trainer.total_steps()) return;
  throw UserError(ExitCode::bad_recipe,
                  fmt::format("--resume: the run in {} has made {} steps, and by this recipe it ends after {}. Give a "
                              "higher trainer.epochs or trainer.max_steps, or start another run: output_dir=...",
                              begun.folder->path(), begun.latest->step, trainer.total_steps()));
}

// Room for every checkpoint that is kept and the one being written; what begin() deletes makes room too.
void require_room(const Begun& begun, uint64_t bytes_of_checkpoint, const Recipe& recipe) {
  const uint64_t needed = bytes_of_checkpoint * static_cast<uint64_t>(recipe.checkpoint.save_top_k + 2);
  const uint64_t replaced = begun.folder->bytes_replaced();
  if (needed > replaced) require_space(begun.folder->path(), needed - replaced);
}

constexpr int64_t most_looked_at = 256;  // held-out samples that a report looks at one by one when a training has ended

// Results of the held-out data where results count; `journal` tells them. `overview`, where there is one, learns what
// a report shows of them.
nlohmann::json test(Experiment& experiment, CheckpointStore& checkpoints, Journal& journal, Console& console,
                    nlohmann::ordered_json* overview) {
  const std::string split = experiment.held_out();
  if (!experiment.recipe.task->evaluates() || split == "train") return nlohmann::json::object();
  enter_phase("the test");
  const auto [best, word] = find_checkpoint(checkpoints, "best", experiment.recipe);
  load_checkpoint(experiment, checkpoints, best);
  const std::unique_ptr<Loader> loader = experiment.loader(split);
  int64_t ignored = 0;
  EvaluateOptions options;
  options.ignored = [&](int64_t targets) { ignored = targets; };
  options.progress = [&](int64_t done, int64_t total) { console.testing(split, done, total); };
  std::optional<HeldOutLook> look;
  if (overview) {
    look.emplace(experiment, HeldOutLook::Patience::little);
    options.measured = [&](const Outcome& outcome) { look->add(outcome); };
  }
  const Results results = evaluate(experiment, *loader, options);
  nlohmann::ordered_json record = {{"event", "test"}, {"step", best.step}, {"split", split}};
  if (ignored > 0) record["ignored"] = ignored;
  for (const auto& [name, value] : results) record[split + "/" + name] = value;
  record["seconds"] = console.seconds();
  journal.tell(record);
  journal.commit();
  console.tested(split, fmt::format("{} (step {})", word, best.step), results);
  if (ignored > 0)
    console.say(fmt::format("the loss ignores {} targets of {}: they count in no number of it", ignored, split));
  if (look) {
    (*overview)["checkpoint"] = fmt::format("{} (step {})", word, best.step);
    (*overview)["step"] = best.step;
    (*overview)["held_out"] = look->record();
  }
  return {{"checkpoint", best.step}, {"split", split}, {"results", record}};
}

// What a pipeline costs, and what is not looked at in one.
void tell_pipeline(const Experiment& experiment) {
  const PipelineStage* stage = experiment.stage();
  if (!stage) return;
  const int64_t parts = experiment.recipe.trainer.parts();
  log_info(fmt::format(
      "hardware.pipeline_parallel_degree: {} {} of a batch through {} stages: each waits for {:.0f} % of a step{}. "
      "The diagnoses do not look at a network held so.",
      parts, parts == 1 ? "part" : "parts", stage->count(),
      100 * waiting_share(static_cast<size_t>(parts), stage->count()),
      parts < 4 * stage->count() ? "; more parts (trainer.micro_batch_size) make it less" : ""));
}

// Trains as one of the processes of a group. Only the first writes and speaks. `writes` is called before anything is
// written. `mlflow` is begun where the recipe has one, for whoever knows how the training ended.
int train_one(const std::shared_ptr<Group>& group, const TrainOptions& options, Recipe& recipe, const Origins& origins,
              const std::function<void()>& writes, Verdict& verdict, std::unique_ptr<MlflowSender>& mlflow) {
  const bool first = group->rank() == 0;
  enter_phase("the start");
  Console console(options);
  Begun begun = begin(*group, options, recipe, verdict);
  const RunFolder& folder = *begun.folder;
  if (begun.finished) {
    console.say("this run is finished: nothing to resume. A higher trainer.epochs would go on.");
    return 0;
  }
  const std::string written = write_yaml(recipe);  // before what is fitted stands in it
  std::unique_ptr<Experiment> built;
  on_every_rank(*group, [&] {
    if (!begun.latest) {
      built = checked(recipe, {}, origins, options.verbosity);
      return;
    }
    metrics_position(*begun.latest);  // What is wrong with the manifest is told before anything is computed.
    of_stored(begun.latest->folder, "fitted", [&] {
      const nlohmann::json& fitted = begun.latest->values.at("fitted");
      if (!fitted.is_object()) throw std::invalid_argument("expected an object");
      built = checked(recipe, fitted, origins, options.verbosity);
    });
  });
  Experiment& experiment = *built;
  std::vector<ModuleCost> modules;
  if (options.verbosity >= 0 || (first && recipe.logging.report)) modules = watch(experiment);
  console.begin(experiment, folder.path(), recipe.trainer.span(experiment.feed()->steps()).total_steps, modules);
  nlohmann::ordered_json overview;
  if (first && recipe.logging.report) overview = overview_of(experiment, modules);
  on_every_rank(*group, [&] { experiment.join(group); });
  tell_pipeline(experiment);
  on_every_rank(*group, [&] { require_shares(experiment, experiment.sharers->size()); });
  require_same_data(*group, experiment);
  MetricsStream metrics;
  std::unique_ptr<TensorBoard> board;
  Trainer trainer(experiment, folder.path(), begun.checkpoints, first ? &metrics : nullptr, console);
  // Only then: what is refused leaves an earlier run as it was.
  on_every_rank(*group, [&] {
    require_steps_to_make(begun, trainer);
    const uint64_t bytes = trainer.bytes_of_checkpoint();
    const std::string text = with_found(written, recipe);
    begun.checkpoints.recipe_hash = hash_hex(text);
    if (!first) return;
    require_room(begun, bytes, recipe);
    if (recipe.logging.mlflow) check_mlflow(*recipe.logging.mlflow);
    writes();
    write_beginning(begun, text, metrics);
    board = open_tensor_board(begun, experiment, metrics, trainer);
    if (recipe.logging.mlflow) mlflow = std::make_unique<MlflowSender>(folder.path(), *recipe.logging.mlflow);
  });
  verdict.running(begun.latest ? begun.latest->step : 0, trainer.total_steps());
  trainer.on_saved = [&](int64_t step) { verdict.running(step, trainer.total_steps()); };
  if (begun.latest) {
    trainer.restore(*begun.latest);
    console.resumed(begun.latest->step, trainer.total_steps());
    tell_other_processor(*begun.latest);
    if (!begun.same_length)
      tell_other_rates(recipe, trainer.course(), begun.stored->trainer.span(experiment.feed()->steps()).total_steps);
  }
  Ending ending = Ending::complete;
  try {
    ending = trainer.run();
  } catch (...) {
    verdict.reached(trainer.course().step);
    throw;
  }
  verdict.reached(trainer.course().step);
  if (ending == Ending::interrupted) {
    const std::string why = stop_requested() ? signal_name(stop_requested()) : "another rank was asked to stop";
    verdict.because(why);
    console.say(why + ": checkpoint written; go on with: dlrun train " + folder.path() + " --resume");
    return static_cast<int>(ExitCode::again);
  }
  verdict.because(trainer.describe_end());
  console.say(trainer.describe_end());
  if (!trainer.findings().empty()) console.say(trainer.findings());
  Journal journal(first ? &metrics : nullptr, console);
  // Of a network that lies in parts on several processes the first one alone can show none.
  const bool looks = !overview.is_null() && group->size() == 1;
  const nlohmann::json result = test(experiment, begun.checkpoints, journal, console, looks ? &overview : nullptr);
  if (first) {
    folder.finish(result);
    if (board) board->end(trainer.course().step);
    write_run_files(folder.path(), recipe.logging, [&] {
      if (looks && overview.contains("held_out"))
        if (auto samples = sample_record(experiment, most_looked_at); !samples.is_null()) overview["samples"] = samples;
      return overview;
    });
    console.next_commands(experiment, folder.path());
    close_log_file();
  }
  enter_phase("the end");
  group->wait_for_all();
  return 0;
}

int train(const std::shared_ptr<Group>& group, const TrainOptions& options, Recipe& recipe, const Origins& origins,
          const std::function<void()>& writes) {
  std::unique_ptr<MlflowSender> mlflow;  // ends after the verdict is written, which it tells
  Verdict verdict(recipe.output_dir, *group);
  return verdict.over([&] { return train_one(group, options, recipe, origins, writes, verdict, mlflow); });
}

// Trains one after the other what the recipe's `repeat` asks for, into run folders inside the run folder.
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
    if (const int code = train(group, options, *member, origins, begin_all); code != 0) return code;
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

int train_members(const std::shared_ptr<Group>& group, const TrainOptions& options, Recipe& recipe) {
  Verdict verdict(recipe.output_dir, *group);
  return verdict.over([&] { return train_all_members(group, options, recipe, verdict); });
}

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
  const std::unique_ptr<Experiment> experiment = checked(recipe, {}, origins, options.verbosity);
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
    return recipe->repeat ? train_members(group, options, *recipe) : train(group, options, *recipe, origins, [] {});
  };
  return group->rank() == 0 ? run(options) : run_further(*group, [&] { return run(silent(options)); });
}
