// One training, from its run folder to its results.

#include "train/one_run.h"

#include <fmt/format.h>

#include "base/energy.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/phase.h"
#include "base/signals.h"
#include "base/text.h"
#include "dist/agreement.h"
#include "experiment/restored.h"
#include "mlflow/sender.h"
#include "nn/pipeline_stage.h"
#include "report/overview.h"
#include "report/run_files.h"
#include "report/sample_section.h"
#include "report/tensor_board.h"
#include "report/wandb_run.h"
#include "run/environment.h"
#include "run/run_folder.h"
#include "spec/read_json.h"
#include "spec/secrets.h"
#include "spec/write.h"
#include "step/pipeline_moves.h"
#include "train/alike.h"
#include "train/checked.h"
#include "train/requested.h"
#include "train/resumed.h"
#include "train/trainer.h"
#include "train/verdict.h"

namespace dlrun {
namespace {

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
std::unique_ptr<TensorBoard> open_tensor_board(const Begun& begun, Experiment& experiment, Trainer& trainer) {
  const Logging& logging = experiment.recipe.logging;
  if (!logging.tensorboard) return nullptr;
  const int64_t from = begun.latest ? begun.latest->step + 1 : 0;
  auto board =
      std::make_unique<TensorBoard>(begun.folder->path(), experiment.recipe, begun.folder->recipe_text(), from);
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
  if (const auto joules = console.joules()) record["energy_joules"] = *joules;
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

// `mlflow` is begun where the recipe has one, for whoever knows how the training ended.
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
  Checked built;
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
  Experiment& experiment = *built.experiment;
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
  std::unique_ptr<WandbRun> wandb;
  metrics.listener = [&](const nlohmann::ordered_json& record) {
    if (board) board->record(record);
    if (wandb) wandb->record(record);
  };
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
    board = open_tensor_board(begun, experiment, trainer);
    if (recipe.logging.wandb) wandb = std::make_unique<WandbRun>(folder.path(), recipe);
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
  // Of a network or of a batch that several processes have in parts this one alone can tell nothing.
  if (group->size() == 1) console.tell_speed(experiment, built.operations);
  if (!trainer.findings().empty()) console.say(trainer.findings());
  Journal journal(first ? &metrics : nullptr, console);
  // Of a network that lies in parts on several processes the first one alone can show none.
  const bool looks = !overview.is_null() && group->size() == 1;
  const nlohmann::json result = test(experiment, begun.checkpoints, journal, console, looks ? &overview : nullptr);
  if (const auto joules = console.joules()) {
    const std::string sources = join(console.energy_sources(), ", ");
    console.say(fmt::format("energy: {} ({}; whoever computes on this machine)", energy_text(*joules), sources));
    if (!overview.is_null()) overview["energy"] = {{"joules", *joules}, {"sources", console.energy_sources()}};
  }
  if (first) {
    folder.finish(result);
    if (board) board->end(trainer.course().step);
    if (wandb) wandb->end();
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

}  // namespace

int train_one_run(const std::shared_ptr<Group>& group, const TrainOptions& options, Recipe& recipe,
                  const Origins& origins, const std::function<void()>& writes) {
  std::unique_ptr<MlflowSender> mlflow;  // ends after the verdict is written, which it tells
  Verdict verdict(recipe.output_dir, *group);
  return verdict.over([&] { return train_one(group, options, recipe, origins, writes, verdict, mlflow); });
}

}  // namespace dlrun
