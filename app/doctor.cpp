// dlrun doctor: whether this machine and this dlrun can train, and what to do where they cannot.

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/terminal.h"
#include "base/text.h"
#include "doctor_checks.h"
#include "verb.h"

namespace dlrun {
namespace {

using State = DoctorFinding::State;

constexpr int column = 21;  // where what was found begins

const char* word(State state) { return state == State::good ? "ok" : state == State::note ? "note" : "BAD"; }

void print(const DoctorFinding& finding) {
  const Terminal out = terminal(stdout);
  const Style style = finding.state == State::good   ? Style::green
                      : finding.state == State::note ? Style::yellow
                                                     : Style::red;
  const std::string head = fmt::format("{:<4}  {:<13}  ", word(finding.state), finding.about);
  const std::string text = wrap(head + visible(finding.found, false), out.width, column);
  std::cout << styled(out, style, text.substr(0, 4)) << text.substr(4) << "\n";
  if (!finding.remedy.empty())
    std::cout << wrap(std::string(column, ' ') + "-> " + visible(finding.remedy, false), out.width, column + 3) << "\n";
}

int doctor(const CommonOptions& options) {
  int code = 0;
  for (const DoctorFinding& finding : examine()) {
    if (finding.state == State::bad && code == 0) code = static_cast<int>(finding.code);
    if (!options.json) {
      print(finding);
      continue;
    }
    const nlohmann::ordered_json record = {{"event", "doctor"},      {"version", 1},
                                           {"about", finding.about}, {"state", lower(word(finding.state))},
                                           {"found", finding.found}, {"remedy", finding.remedy}};
    std::cout << record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }
  return code;
}

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<CommonOptions>();
  add_common_options(app, *options);
  return [options] { return doctor(*options); };
}

const RegisteredVerb verb{{"doctor",
                           "Say whether dlrun can train here: libraries, GPU, threads, memory, disk; and what to do",
                           "dlrun doctor\n"
                           "dlrun doctor --json",
                           define}};

}  // namespace
}  // namespace dlrun
