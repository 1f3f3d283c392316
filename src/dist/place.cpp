// One function for each launcher, tried in order.

#include "dist/place.h"

#include <charconv>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace dlrun {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw UserError(ExitCode::usage, message); }

int64_t whole_number(const std::string& name, const std::string& text, int64_t minimum, int64_t maximum) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < minimum || value > maximum)
    refuse(name + ": must be a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum) +
           ", got " + text + ". A launcher sets this variable.");
  return value;
}

constexpr int64_t most_ranks = 1 << 20;

bool yes_or_no(const std::string& name, const std::string& text) {
  const std::string word = lower(text);
  if (word == "true" || word == "1") return true;
  if (word == "false" || word == "0") return false;
  refuse(name + ": must be True or False, got " + text + ". A launcher sets this variable.");
}

// torchrun, whatever speaks its language (Kubeflow, accelerate), a shell that sets the variables itself, and dlrun's
// own local ranks.
std::optional<RankPlace> torchrun(const Variables& variables) {
  const char* const own[] = {"RANK", "WORLD_SIZE", "LOCAL_RANK"};
  std::vector<std::string> there, missing;
  for (const char* name : own) (variables(name) ? there : missing).push_back(name);
  if (there.empty()) return std::nullopt;
  const auto need = [&](const std::string& name) {
    const std::optional<std::string> text = variables(name);
    if (!text)
      refuse(name + ": must be set together with " + join(there, ", ") +
             ", but is not. torchrun sets them all; unset " + join(there, ", ") + " to train in one process.");
    return *text;
  };
  if (!missing.empty()) need(missing.front());

  RankPlace place;
  place.launcher = "torchrun";
  place.size = whole_number("WORLD_SIZE", need("WORLD_SIZE"), 1, most_ranks);
  place.rank = whole_number("RANK", need("RANK"), 0, most_ranks);
  if (place.rank >= place.size)
    refuse("RANK: must be below WORLD_SIZE (" + std::to_string(place.size) + "), got " + std::to_string(place.rank) +
           ". Ranks are counted from 0.");
  place.local_size = place.size;  // One machine, unless it is said otherwise.
  if (const auto text = variables("LOCAL_WORLD_SIZE"))
    place.local_size = whole_number("LOCAL_WORLD_SIZE", *text, 1, most_ranks);
  if (place.local_size > place.size)
    refuse("LOCAL_WORLD_SIZE: must be at most WORLD_SIZE (" + std::to_string(place.size) + "), got " +
           std::to_string(place.local_size) + ".");
  place.local_rank = whole_number("LOCAL_RANK", need("LOCAL_RANK"), 0, most_ranks);
  if (place.local_rank >= place.local_size)
    refuse("LOCAL_RANK: must be below " +
           std::string(variables("LOCAL_WORLD_SIZE") ? "LOCAL_WORLD_SIZE" : "WORLD_SIZE") + " (" +
           std::to_string(place.local_size) + "), got " + std::to_string(place.local_rank) + ".");
  if (place.size == 1) return place;

  place.host = need("MASTER_ADDR");
  place.port = static_cast<uint16_t>(whole_number("MASTER_PORT", need("MASTER_PORT"), 1, 65535));
  if (const auto text = variables("TORCHELASTIC_USE_AGENT_STORE"))
    place.first_opens = !yes_or_no("TORCHELASTIC_USE_AGENT_STORE", *text);
  if (const auto text = variables("TORCHELASTIC_RUN_ID")) place.attempt = *text;
  if (const auto text = variables("TORCHELASTIC_RESTART_COUNT"))
    place.attempt += "/" + std::to_string(whole_number("TORCHELASTIC_RESTART_COUNT", *text, 0, INT32_MAX));
  return place;
}

// What reads the variables of one launcher: nothing where it did not start this process.
using Launcher = std::optional<RankPlace> (*)(const Variables&);
constexpr Launcher launchers[] = {torchrun};

}  // namespace

std::optional<std::string> process_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value || !*value) return std::nullopt;
  return value;
}

RankPlace find_place(const Variables& variables) {
  for (const Launcher launcher : launchers)
    if (const std::optional<RankPlace> place = launcher(variables)) return *place;
  return {};
}

}  // namespace dlrun
