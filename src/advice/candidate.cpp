// What all candidates share: their length, their recipes, and what is said before them.

#include "advice/candidate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace dlrun {
namespace {

// Boosted trees are stronger than networks on tables of about this size where columns mean different things.
// (Grinsztajn et al. 2022, "Why do tree-based models still outperform deep learning on typical tabular data?", 10,000
// rows)
constexpr int64_t most_rows_for_trees = 100000;
constexpr double rare = 0.05;
constexpr int64_t few_samples = 1000;

const std::string about_trees =
    "gradient boosting (LightGBM, XGBoost, CatBoost) is often as good or better on tables of this size and trains in "
    "seconds: measure it beside these";
const std::string about_few =
    "few samples: results of one split vary; repeat: {folds: test} with data.test.folds shows by how much, and the "
    "mean "
    "of several trainings (repeat: {seeds: 5}) is steadier than one";

// Of a name from a file, what a run folder may be called.
std::string plain(const std::string& name) {
  std::string result;
  for (const char c : name) result += std::isalnum(static_cast<unsigned char>(c)) || c == '-' ? c : '_';
  return result;
}

bool tells_classes(const DataLook& look) { return look.kind != DataLook::Kind::text; }

std::string split_rule(const DataLook& look, double share) {
  const bool stratified = look.classification && look.rarest > 0 && tells_classes(look);
  return fmt::format("{{split: {}{}}}", share, stratified ? ", stratify: true" : "");
}

}  // namespace

std::vector<Candidate> candidates_for(const DataLook& look) {
  switch (look.kind) {
    case DataLook::Kind::table:
      return table_candidates(look);
    case DataLook::Kind::series:
      return series_candidates(look);
    case DataLook::Kind::pictures:
      return picture_candidates(look);
    case DataLook::Kind::text:
      return text_candidates(look);
  }
  return {};
}

std::vector<std::string> remarks_on(const DataLook& look) {
  std::vector<std::string> remarks;
  if (look.kind == DataLook::Kind::table && look.samples <= most_rows_for_trees) remarks.push_back(about_trees);
  if (look.rarest > 0 && look.rarest < rare)
    remarks.push_back(
        fmt::format("one class has {:.2g} % of the samples: accuracy hides how it does; look at each "
                    "class, and try sampler: balanced or loss: focal",
                    100 * look.rarest));
  if (look.samples < few_samples) remarks.push_back(about_few);
  return remarks;
}

void set_length(const DataLook& look, int64_t steps, int64_t least, Candidate& candidate) {
  const double training = 0.7 * static_cast<double>(look.samples);
  candidate.batch_size = training < 500 ? 16 : training < 5000 ? 32 : training < 20000 ? 64 : 128;
  const double steps_of_epoch = std::max(1.0, training / static_cast<double>(candidate.batch_size));
  candidate.epochs = std::clamp<int64_t>(static_cast<int64_t>(static_cast<double>(steps) / steps_of_epoch), least, 400);
}

std::string recipe_text(const DataLook& look, const Candidate& candidate) {
  std::string text = fmt::format("# {}: {}.\n# {}\n", look.name, sentence_of(look), candidate.why);
  for (const std::string& guess : look.guesses) text += "# Guessed: " + guess + ".\n";
  text += fmt::format("version: 1\nname: {}_{}\ntask: {}\nseed: 1\ndata:\n", plain(look.name), candidate.name,
                      look.classification ? "classification" : "regression");
  for (const std::vector<std::string>* keys : {&look.keys, &candidate.data})
    for (const std::string& key : *keys) text += "  " + key + "\n";
  if (!look.has_val) text += "  val: " + split_rule(look, 0.15) + "\n";
  if (!look.test.empty())
    text += "  test: " + (look.test.starts_with("{split") ? split_rule(look, 0.2) : look.test) + "\n";
  for (const std::string& block : candidate.blocks) text += block + "\n";
  text += fmt::format("trainer: {{epochs: {}, batch_size: {}, eval_batch_size: {}}}\n", candidate.epochs,
                      candidate.batch_size, std::max<int64_t>(256, candidate.batch_size));
  return text;
}

}  // namespace dlrun
