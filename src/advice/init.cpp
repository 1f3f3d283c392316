// The verb init for data.

#include "advice/init.h"

#include <fmt/format.h>

#include "advice/candidate.h"
#include "advice/price.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/terminal.h"
#include "base/text.h"
#include "base/units.h"
#include "experiment/recipe.h"
#include "spec/commented.h"

int dlrun_init(const dlrun::InitOptions& options) {
  using namespace dlrun;
  set_log_verbosity(options.verbosity);
  show_long_work(options.progress && options.verbosity >= 0);
  const DataLook look = look_at_data({options.data, options.test, options.target, options.task});
  const Candidate candidate = candidates_for(look).front();
  const std::string text = recipe_text(look, candidate);
  set_log_verbosity(-2);  // What the reader has to say it says when the recipe is trained.
  const Price price = price_of(text, look.name + ".yaml");
  set_log_verbosity(options.verbosity);
  Recipe root;
  const int width = terminal(stdout).width;
  std::string what = wrap(visible(options.data, false) + ": " + sentence_of(look), width, 2) + "\n";
  for (const std::string& guess : look.guesses) what += wrap("guessed: " + visible(guess, false), width, 2) + "\n";
  for (const std::string& remark : remarks_on(look)) what += wrap("note: " + remark, width, 2) + "\n";
  what += wrap(fmt::format("{} ({} weights, about {} here): {}", candidate.name, count_text(price.parameters),
                           duration_text(price.seconds), candidate.why),
               width, 2) +
          "\n";
  *options.beginning = {commented(text, root), what, price.parameters, price.seconds};
  return 0;
}
