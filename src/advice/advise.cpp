// The verb advise: data in, networks to begin with out.

#include "advice/advise.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "advice/candidate.h"
#include "advice/price.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/output_file.h"
#include "base/shell.h"
#include "base/terminal.h"
#include "base/text.h"
#include "base/units.h"

namespace dlrun {
namespace {

struct Advice {
  Candidate candidate;
  std::string recipe, file;
  Price price;
};

// Builds every candidate, so that no recipe is recommended that does not train.
std::vector<Advice> advice_for(const DataLook& look, int verbosity) {
  std::vector<Advice> all;
  set_log_verbosity(-2);  // What the readers have to say they say when one of the recipes is trained.
  for (const Candidate& candidate : candidates_for(look)) {
    Advice advice{candidate, recipe_text(look, candidate), "", {}};
    advice.price = price_of(advice.recipe, look.name + "_" + candidate.name + ".yaml");
    all.push_back(std::move(advice));
  }
  set_log_verbosity(verbosity);
  return all;
}

void write_recipes(const std::string& folder, const DataLook& look, std::vector<Advice>& all) {
  FileSystem& files = FileSystem::instance();
  files.create_folders(folder);
  for (Advice& advice : all) advice.file = folder + "/" + look.name + "_" + advice.candidate.name + ".yaml";
  for (const Advice& advice : all)
    if (files.exists(advice.file) && read_text(advice.file) != advice.recipe)
      throw UserError(ExitCode::cannot_write, advice.file +
                                                  ": is there already, and is another one. Move it away, or "
                                                  "name another folder with --output");
  for (const Advice& advice : all) write_text_atomically(advice.file, advice.recipe);
}

nlohmann::ordered_json record_of(const DataLook& look, const Advice& advice, size_t rank) {
  return {{"event", "candidate"},
          {"version", 1},
          {"rank", rank},
          {"name", advice.candidate.name},
          {"why", advice.candidate.why},
          {"seconds", advice.price.seconds},
          {"parameters", advice.price.parameters},
          {"recipe", advice.recipe},
          {"file", advice.file.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(advice.file)},
          {"data", look.name}};
}

void print(const AdviseOptions& options, const DataLook& look, const std::vector<Advice>& all) {
  const int width = terminal(stdout).width;
  fmt::print("{}\n", wrap(visible(options.data, false) + ": " + sentence_of(look), width, 2));
  for (const std::string& guess : look.guesses) fmt::print("{}\n", wrap("guessed: " + visible(guess, false), width, 2));
  for (const std::string& remark : remarks_on(look)) fmt::print("{}\n", wrap("note: " + remark, width, 2));
  fmt::print("\n");
  for (size_t i = 0; i < all.size(); ++i) {
    const Advice& advice = all[i];
    fmt::print("{}\n", wrap(fmt::format("{}. {} ({} weights, about {} here): {}", i + 1, advice.candidate.name,
                                        count_text(advice.price.parameters), duration_text(advice.price.seconds),
                                        advice.candidate.why),
                            width, 3));
  }
  if (options.output.empty()) {
    fmt::print("\n{}", all.front().recipe);
    return;
  }
  fmt::print("\nnext:\n");
  for (const Advice& advice : all) fmt::print("  dlrun train {}\n", shell_word(advice.file));
}

}  // namespace
}  // namespace dlrun

int dlrun_advise(const dlrun::AdviseOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  show_long_work(options.progress && options.verbosity >= 0);
  const DataLook look = look_at_data({options.data, options.test, options.target, options.task});
  std::vector<Advice> all = advice_for(look, options.verbosity);
  if (!options.output.empty()) write_recipes(options.output, look, all);
  if (!options.json) {
    print(options, look, all);
    return 0;
  }
  nlohmann::ordered_json data = {{"event", "data"},
                                 {"version", 1},
                                 {"path", options.data},
                                 {"what", sentence_of(look)},
                                 {"samples", look.samples},
                                 {"guesses", look.guesses},
                                 {"remarks", remarks_on(look)}};
  fmt::print("{}\n", data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  for (size_t i = 0; i < all.size(); ++i)
    fmt::print("{}\n", record_of(look, all[i], i + 1).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  return 0;
}
