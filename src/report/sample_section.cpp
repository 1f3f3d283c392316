// Held-out samples, one by one.

#include "report/sample_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "audit/neighbours.h"
#include "base/error.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/markup.h"
#include "base/random.h"
#include "base/units.h"
#include "data/images.h"
#include "data/pixels.h"
#include "data/whole_batches.h"
#include "losses/compares_samples.h"
#include "rehearsal/rehearsal.h"
#include "report/measured_run.h"
#include "report/module_table.h"
#include "step/step.h"

namespace dlrun {
namespace {

constexpr int64_t most_looked_at = 2000;
constexpr size_t samples_shown = 12;
constexpr size_t most_letters = 160;

// The first letters of a text, none in halves.
std::string first_letters(const std::string& text) {
  if (text.size() <= most_letters) return text;
  size_t end = most_letters;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

// What the task tells of a sample: numbers with five digits, of lists the first ones.
std::string told(const nlohmann::json& value) {
  constexpr size_t few = 6;
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{:.5g}", value.get<double>());
  if (!value.is_structured()) return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string text;
  size_t count = 0;
  for (const auto& [key, item] : value.items()) {
    if (count++ == few) return text + ", ...";
    text += (count > 1 ? ", " : "") + (value.is_object() ? key + ": " : "") + told(item);
  }
  return text;
}

std::string answer_of(const nlohmann::json& answers) {
  if (!answers.is_array() || answers.empty()) return "";
  nlohmann::json answer = answers[0];
  if (answer.is_object())
    for (const char* other : {"target", "sample", "name", "input"}) answer.erase(other);  // told beside it
  return first_letters(told(answer));
}

std::string picture_of(const Split& split, int64_t index) {
  const at::Tensor picture = split.gather(std::span(&index, 1))["input"][0];
  if (picture.size(0) != 1 && picture.size(0) != 3) return "";
  const at::Tensor bytes =
      picture.to(at::kFloat).mul(255.0 / white_of(picture.scalar_type())).round().to(at::kByte).contiguous();
  return fmt::format("<img alt=\"\" src=\"data:image/png;base64,{}\">", base64(encode_png(bytes)));
}

std::string gallery_of(const std::vector<LookedAt>& samples, const Split& split, bool& pictures) {
  std::string html = "<ul class=\"samples\">\n";
  for (const LookedAt& sample : samples) {
    std::string picture;
    try {
      if (pictures) picture = picture_of(split, sample.index);
    } catch (const UserError& error) {  // no plugin that encodes them
      pictures = false;
      log_warning(std::string("the report shows no pictures: ") + error.what());
    }
    html += fmt::format("<li>{}<b>loss {:.4g}</b> <small>{}</small>", picture, sample.loss,
                        escaped(first_letters(split.describe(sample.index))));
    if (!sample.truth.empty()) html += "<br>is " + escaped(sample.truth);
    if (!sample.answer.empty()) html += "<br>answer " + escaped(sample.answer);
    html += "</li>\n";
  }
  return html + "</ul>\n";
}

}  // namespace

std::vector<LookedAt> look_at_samples(const Experiment& experiment, const std::string& name, int64_t most) {
  const Split& split = *experiment.samples(name);
  const Task& task = *experiment.recipe.task;
  const int64_t count = std::min(most, split.size());
  const std::unique_ptr<Loader> loader = experiment.plain_loader(name, 1);
  const c10::NoGradGuard no_gradients;
  experiment.all->set_training(false);
  LongWork work("looking at samples of " + name, count);
  std::vector<LookedAt> samples;
  for (int64_t i = 0; i < count; ++i, work.done()) {
    LookedAt sample{.index = i * split.size() / count, .truth = {}, .answer = {}};
    loader->seek(0, sample.index);
    const std::optional<Batch> given = loader->next();
    if (!given || given->count != 1 || !given->whole_field().empty()) return {};
    const Batch batch = experiment.place(*given);
    const Outcome outcome = forward_held_out(experiment, batch);
    if (outcome.comparable() && outcome.truth["target"].dim() > 0 && outcome.truth["target"].size(0) == 1)
      sample.truth = first_letters(target_text(outcome.truth["target"][0].to(at::kCPU), task.info().classes()));
    sample.loss = outcome.loss.mean.item<double>();
    sample.answer = answer_of(task.predict(*experiment.network, batch));
    samples.push_back(std::move(sample));
  }
  experiment.all->set_training(true);
  return samples;
}

std::string sample_section(const Restored& restored) {
  const Experiment& experiment = *restored.experiment;
  const Recipe& recipe = *restored.recipe;
  const std::string name = experiment.held_out();
  if (!recipe.task->evaluates() || makes_whole_batches(*recipe.sampler) || compares_samples(*recipe.loss)) return "";
  const Split& split = *experiment.samples(name);
  const std::vector<LookedAt> all = look_at_samples(experiment, name, most_looked_at);
  if (all.empty()) return "";
  const std::vector<int64_t> drawn =
      permutation(static_cast<int64_t>(all.size()), static_cast<uint64_t>(recipe.seed), 0);
  std::vector<LookedAt> random, worst = all;
  for (size_t i = 0; i < std::min(all.size(), samples_shown); ++i) random.push_back(all[static_cast<size_t>(drawn[i])]);
  // The worst first; those whose loss is no number before all others.
  std::stable_sort(worst.begin(), worst.end(), [](const LookedAt& a, const LookedAt& b) {
    return std::isnan(a.loss) != std::isnan(b.loss) ? std::isnan(a.loss) : a.loss > b.loss;
  });
  worst.resize(random.size());
  bool pictures = has_pictures(split);
  std::string of = fmt::format("{} samples of {}", count_text(split.size()), name);
  if (static_cast<int64_t>(all.size()) < split.size())
    of = fmt::format("{} of the {}, spread evenly over them", count_text(static_cast<int64_t>(all.size())), of);
  return fmt::format("<h2>Samples</h2>\n<p class=\"soft\">Of {}; loss {}, checkpoint {}.</p>\n", of, recipe.loss.type,
                     escaped(restored.origin)) +
         "<h3>The worst</h3>\n" + gallery_of(worst, split, pictures) + "<h3>Drawn at random</h3>\n" +
         gallery_of(random, split, pictures);
}

std::string layer_section(const Restored& restored) {
  const ModuleTableOptions table{.network = restored.recipe->architecture.type, .width = 100, .costs = false};
  return "<h2>Layers</h2>\n<pre>" + escaped(module_table(watch(*restored.experiment), table)) + "</pre>\n";
}

}  // namespace dlrun
