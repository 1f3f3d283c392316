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
#include "base/signals.h"
#include "base/units.h"
#include "data/images.h"
#include "data/pixels.h"
#include "data/source.h"
#include "data/whole_batches.h"
#include "losses/compares_samples.h"
#include "report/measured_run.h"
#include "step/step.h"

namespace dlrun {
namespace {

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
  if (!answer.is_object()) return first_letters(told(answer));
  for (const char* other : {"target", "sample", "name", "input"}) answer.erase(other);  // told beside it
  if (!answer.contains("class") || !answer.contains("probability")) return first_letters(told(answer));
  return fmt::format("{} ({:.1f} %)", told(answer["class"]), 100 * answer["probability"].get<double>());
}

// What the sample is, where it can be read: the columns of a table as they were written, the tokens of a text.
std::string content_of(const DataInfo& info, const Split& split, int64_t index) {
  std::string text;
  if (const SourceRows* rows = split.rows_written()) {
    for (const SourceColumn& column : rows->inputs) {
      if (text.size() > most_letters) break;
      if (!text.empty()) text += ", ";
      if (rows->inputs.size() > 1) text += rows->table->names()[static_cast<size_t>(column.place)] + " ";
      text += rows->cell(index, column.place);
    }
    return first_letters(text);
  }
  const std::vector<std::string>& vocabulary = info.vocabulary();
  if (vocabulary.empty()) return "";
  const Batch batch = split.gather(std::span(&index, 1));
  const at::Tensor ids = batch["input"].flatten().to(at::kCPU, at::kLong);
  for (int64_t i = 0; i < ids.numel() && text.size() <= most_letters; ++i) {
    const auto id = static_cast<size_t>(ids[i].item<int64_t>());
    if (id < vocabulary.size()) text += (text.empty() ? "" : " ") + vocabulary[id];
  }
  return first_letters(text);
}

std::string picture_of(const Split& split, int64_t index) {
  const at::Tensor picture = split.gather(std::span(&index, 1))["input"][0];
  if (picture.size(0) != 1 && picture.size(0) != 3) return "";
  const at::Tensor bytes =
      picture.to(at::kFloat).mul(255.0 / white_of(picture.scalar_type())).round().to(at::kByte).contiguous();
  return base64(encode_png(bytes));
}

// Samples as they are stored; `pictures` becomes false where none can be encoded.
nlohmann::ordered_json gallery_of(const std::vector<LookedAt>& samples, const DataInfo& info, const Split& split,
                                  bool& pictures) {
  nlohmann::ordered_json gallery = nlohmann::ordered_json::array();
  for (const LookedAt& sample : samples) {
    nlohmann::ordered_json one = {{"name", split.describe(sample.index)},
                                  {"loss", fmt::format("{:.4g}", sample.loss)},
                                  {"true", sample.truth},
                                  {"answer", sample.answer}};
    try {
      if (pictures) one["png"] = picture_of(split, sample.index);
    } catch (const UserError& error) {  // no plugin that encodes them
      pictures = false;
      log_warning(std::string("the report shows no pictures: ") + error.what());
    }
    if (!has_pictures(split)) one["content"] = content_of(info, split, sample.index);
    gallery.push_back(std::move(one));
  }
  return gallery;
}

// Its file without the folders around it, but the last one: that of a class.
std::string short_name(const std::string& name) {
  const size_t last = name.rfind('/'),
               before = last == std::string::npos || last == 0 ? last : name.rfind('/', last - 1);
  return before == std::string::npos ? name : name.substr(before + 1);
}

std::string gallery_html(const nlohmann::ordered_json& gallery) {
  std::string html = "<ul class=\"samples\">\n";
  for (const nlohmann::ordered_json& sample : gallery) {
    const auto text = [&](const char* key) { return sample.value(key, ""); };
    const std::string name = text("name"), png = text("png"), content = text("content");
    html += "<li>";
    if (!png.empty()) html += fmt::format("<img alt=\"\" src=\"data:image/png;base64,{}\">", escaped(png));
    html += fmt::format("<b>loss {}</b> <small title=\"{}\">{}</small>", escaped(text("loss")), escaped(name),
                        escaped(first_letters(short_name(name))));
    if (!content.empty()) html += "<q>" + escaped(content) + "</q>";
    if (!text("true").empty()) html += "<br>is " + escaped(text("true"));
    if (!text("answer").empty()) html += "<br>answer " + escaped(text("answer"));
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
  for (int64_t i = 0; i < count && !stop_requested(); ++i, work.done()) {
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

nlohmann::ordered_json sample_record(const Experiment& experiment, int64_t most) {
  const Recipe& recipe = experiment.recipe;
  const std::string name = experiment.held_out();
  if (!recipe.task->evaluates() || makes_whole_batches(*recipe.sampler) || compares_samples(*recipe.loss)) return {};
  const Split& split = *experiment.samples(name);
  const std::vector<LookedAt> all = look_at_samples(experiment, name, most);
  if (all.empty()) return {};
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
  const DataInfo& info = recipe.task->info();
  nlohmann::ordered_json record = {
      {"split", name}, {"of", split.size()}, {"seen", all.size()}, {"loss", recipe.loss.type}};
  record["worst"] = gallery_of(worst, info, split, pictures);
  record["random"] = gallery_of(random, info, split, pictures);
  return record;
}

std::string sample_section(const nlohmann::ordered_json& record, const std::string& checkpoint) {
  const auto of = record.at("of").get<int64_t>(), seen = record.at("seen").get<int64_t>();
  std::string samples = fmt::format("{} samples of {}", count_text(of), record.at("split").get<std::string>());
  if (seen < of) samples = fmt::format("{} of the {}, spread evenly over them", count_text(seen), samples);
  return fmt::format("<h2>Samples</h2>\n<p class=\"soft\">Of {}; loss {}, checkpoint {}.</p>\n", escaped(samples),
                     escaped(record.at("loss").get<std::string>()), escaped(checkpoint)) +
         "<h3>The worst</h3>\n" + gallery_html(record.at("worst")) + "<h3>Drawn at random</h3>\n" +
         gallery_html(record.at("random"));
}

}  // namespace dlrun
