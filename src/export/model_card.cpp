// A page about an exported network.

#include "export/model_card.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/long_work.h"
#include "base/terminal.h"
#include "base/units.h"
#include "data/own_targets.h"
#include "eval/evaluate.h"
#include "report/run_record.h"
#include "spec/secrets.h"
#include "tasks/several_targets.h"

namespace dlrun {
namespace {

constexpr int64_t draws = 1000;
constexpr size_t most_names = 30;

// A name of the data in a table of Markdown: on one line, and no table, link or markup of its own.
std::string plain_text(const std::string& text) {
  std::string plain;
  for (const char c : visible(text, /*lines=*/false)) {
    if (std::string_view("|*_`[]<>\\#").find(c) != std::string_view::npos) plain += '\\';
    plain += c;
  }
  return plain;
}

std::string listed(const std::vector<std::string>& names) {
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(names.size(), most_names); ++i) shown.push_back(plain_text(names[i]));
  std::string text = fmt::format("{}", fmt::join(shown, ", "));
  if (names.size() > most_names) text += fmt::format(" and {} more", names.size() - most_names);
  return text;
}

std::string sizes_text(const FieldInfo& field) {
  std::string text = "N";
  for (const int64_t size : field.sizes) text += size < 0 ? ", any" : fmt::format(", {}", size);
  return "[" + text + "]";
}

// Which numbers of the output are whose.
std::string about_targets(const SeveralTargets& several) {
  std::string text = "\n| Target | Numbers of the output | What |\n|---|---|---|\n";
  for (const TargetPart& part : several.parts()) {
    const std::vector<std::string>& classes = part.task->info().classes();
    const std::string what = classes.empty() ? "a number" : "scores of " + listed(classes);
    text += fmt::format("| {} | {} to {}, from 0 | {}, loss `{}` |\n", plain_text(part.name), part.first,
                        part.first + part.width - 1, what, part.loss->type);
  }
  return text;
}

std::string about_data(const Restored& run, const CardResults& results) {
  const Splits& splits = run.experiment->splits;
  std::string text = fmt::format("Read as `{}`.", run.recipe->data.type);
  std::vector<std::string> counts;
  for (const auto& [name, split] : {std::pair("training", splits.train), std::pair("validation", splits.val),
                                    std::pair("test", splits.test), std::pair("unlabelled", splits.unlabelled)})
    if (split) counts.push_back(fmt::format("{} {}", count_text(split->size()), name));
  if (!counts.empty()) text += fmt::format(" Samples: {}.", fmt::join(counts, ", "));
  if (run.recipe->augmentation.size() > 0) {
    std::vector<std::string> names;
    for (const AnyChoice& choice : run.recipe->augmentation.values) names.push_back("`" + choice.type + "`");
    text += fmt::format(" Before the network: {}.", fmt::join(names, ", "));
  }
  return text + "\n\nThe licence of the data is not known to dlrun; it may bind who uses the network. Name it here.\n";
}

std::string about_results(const CardResults& results) {
  if (results.results.empty()) return "Nothing was measured on held-out samples.\n";
  std::string text = results.samples >= 0
                         ? fmt::format("On {} {} samples.", count_text(results.samples), results.split)
                         : fmt::format("On the {} samples, at the end of the training.", results.split);
  text += "\n\n| Metric | Value | 95 % interval |\n|---|---|---|\n";
  bool any = false;
  for (const CardResult& result : results.results) {
    text += fmt::format(
        "| {} | {:.6g} | {} |\n", result.name, result.value,
        result.interval ? fmt::format("{:.6g} to {:.6g}", result.interval->low, result.interval->high) : std::string());
    any = any || result.interval;
  }
  text += any ? fmt::format(
                    "\nIntervals: {} draws of the samples with replacement. They say what other samples of the "
                    "same source would give, not another training.\n",
                    count_text(draws))
              : std::string("\n`dlrun eval` gives intervals where the data are.\n");
  return text;
}

std::string about_limits(const Restored& run, const CardResults& results) {
  std::string text =
      "- What was measured holds for samples like those it was measured on: same source, same way of recording.\n";
  if (results.split == "val" || results.split == "train")
    text += results.split == "val"
                ? "- There was no test split: the checkpoint was chosen by the samples above, so that "
                  "they flatter it.\n"
                : "- There were no held-out samples: the numbers are those of the training.\n";
  const std::vector<std::string>& classes = run.experiment->splits.info.classes();
  if (!classes.empty())
    text += fmt::format("- It answers with one of its {} classes whatever it is shown.\n", count_text(classes.size()));
  if (!run.recipe->repeat) text += "- One training, one seed: another may differ by more than the interval.\n";
  return text;
}

std::string about_training(const Restored& run, const nlohmann::json& environment) {
  const Recipe& recipe = *run.recipe;
  std::string text = fmt::format("`{}` with loss `{}`, optimizer `{}`, batches of {}, seed {}; checkpoint {}.",
                                 recipe.architecture.type, recipe.loss.type, recipe.optimizer.type,
                                 count_text(recipe.trainer.batch_size), recipe.seed, run.origin);
  if (environment.is_object() && environment.contains("dlrun"))
    text += fmt::format(" By dlrun {} ({}) with libtorch {}.", environment["dlrun"].value("version", "?"),
                        environment["dlrun"].value("revision", "?"),
                        environment.value("libtorch", nlohmann::json::object()).value("version", "?"));
  return text + "\n";
}

}  // namespace

CardResults card_results(const Restored& run, bool progress) {
  CardResults card;
  const Experiment& experiment = *run.experiment;
  const bool open = experiment.splits.train != nullptr;
  if (!run.recipe->task->evaluates()) return card;
  if (!open) {
    const RunRecord record = read_run(run.run);
    for (const auto& [name, value] : record.results) {
      if (record.checkpoint != run.checkpoint.step) break;
      card.split = name.substr(0, name.find('/'));
      card.results.push_back({name.substr(name.find('/') + 1), value, {}});
    }
    return card;
  }
  card.split = experiment.held_out();
  card.samples = experiment.samples(card.split)->size();
  const std::unique_ptr<Loader> loader = experiment.loader(card.split);
  const ChoiceList<Metric>& metrics = run.recipe->metrics;
  std::vector<size_t> redrawn;
  for (size_t k = 0; k < metrics.size(); ++k)
    if (!metrics[k].names().empty() && metrics[k].can_be_redrawn()) redrawn.push_back(k);
  SampleMeasures measures(metrics, redrawn);
  Progress line(10.0, progress);
  Pace pace;
  EvaluateOptions options;
  options.measured = [&](const Outcome& outcome) { measures.add(outcome); };
  options.progress = [&](int64_t done, int64_t total) {
    if (line.due()) line.show(pace.text("evaluating batches of " + card.split + " for the model card", done, total));
  };
  for (const auto& [name, value] : evaluate(experiment, *loader, options)) card.results.push_back({name, value, {}});
  line.clear();
  for (const size_t k : redrawn)
    for (CardResult& result : card.results)
      if (measures.size() > 0 && result.name == metrics[k].names().front())
        result.interval = measures.interval(k, draws, 0);
  return card;
}

std::string model_card(const Restored& run, const CardResults& results, const std::vector<std::string>& files,
                       const nlohmann::ordered_json& facts) {
  const Recipe& recipe = *run.recipe;
  const DataInfo& info = run.experiment->splits.info;
  std::string text = fmt::format("# {}\n\n", plain_text(as_written(recipe.name)));
  if (!recipe.description.empty()) text += plain_text(as_written(recipe.description)) + "\n\n";
  int64_t parameters = 0;
  for (const NamedTensor& parameter : run.experiment->network->parameters()) parameters += parameter.tensor->numel();
  text += fmt::format("## What it is\n\nA network for {} (`{}`, {} parameters).", recipe.task.type,
                      recipe.architecture.type, count_text(parameters));
  if (!info.classes().empty()) text += fmt::format(" Classes: {}.", listed(info.classes()));
  const auto* several = dynamic_cast<const SeveralTargets*>(recipe.task.value.get());
  if (!info.targets.empty() && !several) text += fmt::format(" It predicts {}.", listed(info.targets));
  if (!info.features.empty())
    text += fmt::format(" From {} features: {}.", count_text(info.features.size()), listed(info.features));
  text += "\n\n| Input | Shape | What |\n|---|---|---|\n";
  for (const FieldInfo& field : info.fields)
    if (!is_target_field(field.name) && field.name != "weight")
      text += fmt::format("| {} | {} | {} |\n", field.name, sizes_text(field), name_of(field.means));
  const std::string inside = facts.is_object() ? facts.value("preprocessing", "") : "";
  if (inside == "columns")
    text +=
        "\nThe file takes the columns of a table as they were read, an input of each name; what is said here of the "
        "input it makes of them.\n";
  if (inside == "inside") text += "\nThe file takes pixels as the data have them, and scales them itself.\n";
  if (several) text += about_targets(*several);
  text += fmt::format("\nFiles: {}.\n", fmt::join(files, ", "));
  if (facts.is_object())
    for (const auto& [key, value] : facts.items())
      if (value.is_primitive())
        text += fmt::format("- {}: {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  text += "\n## How good it is\n\n" + about_results(results);
  text += "\n## What it was trained on\n\n" + about_data(run, results);
  text += "\n## How it was trained\n\n" + about_training(run, read_run(run.run).environment);
  return text + "\n## Limits\n\n" + about_limits(run, results);
}

}  // namespace dlrun
