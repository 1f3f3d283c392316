// Weights to start from.

#include "experiment/pretrained.h"

#include <regex>

#include "base/error.h"
#include "base/log.h"
#include "experiment/run_weights.h"
#include "run/weights.h"
#include "run/weights_file.h"
#include "run/weights_names.h"

namespace dlrun {
namespace {

NameRules rules_for(const Network& network, const Architecture& architecture, const Shapes& shapes) {
  NameRules rules;
  rules.prefix = architecture.pretrained_prefix;
  if (const std::optional<Reference> reference = architecture.reference(shapes, network)) {
    rules.constants = reference->constants;
    rules.tied = reference->tied;
    rules.renamed = reference->renamed;
  }
  return rules;
}

// Whether one of the expressions matches. Names come from files: the library's matcher would take a long one as deep
// recursion.
bool matches(const std::vector<std::regex>& expressions, const std::string& name, const std::string& source) {
  constexpr size_t longest = 1000;
  if (name.size() > longest)
    throw UserError(ExitCode::bad_data, source + ": holds a name of " + std::to_string(name.size()) + " bytes");
  for (const std::regex& expression : expressions)
    if (std::regex_search(name, expression)) return true;
  return false;
}

}  // namespace

void load_pretrained(Network& network, const Architecture& architecture, const Shapes& shapes, const std::string& key,
                     const std::string& left_out) {
  if (architecture.pretrained.empty()) return;
  const std::string source = architecture.pretrained + " (" + key + ".pretrained)";
  WeightsFile file = is_run_folder(architecture.pretrained) ? weights_of_run(architecture.pretrained)
                                                            : read_weights(architecture.pretrained);
  Renamed renamed = rename_weights(network.state(), std::move(file.tensors), rules_for(network, architecture, shapes),
                                   architecture.pretrained);
  for (const std::string& note : file.notes) log_info(note);
  for (const std::string& note : renamed.notes) log_info(note);
  std::vector<std::regex> ignored;
  for (const std::string& expression : architecture.pretrained_ignore) ignored.emplace_back(expression);
  std::vector<NamedTensor> slots = network.state();
  std::erase_if(slots, [&](const NamedTensor& slot) { return matches(ignored, slot.name, source); });
  std::erase_if(renamed.tensors, [&](const auto& each) { return matches(ignored, each.first, source); });
  if (!left_out.empty() &&
      std::erase_if(renamed.tensors, [&](const auto& each) { return each.first.starts_with(left_out); }) > 0)
    log_info(architecture.pretrained + ": what begins with " + left_out + " is left out, because " + key +
             " has no head");
  for (const std::string& note : architecture.fit_weights(network, renamed.tensors))
    log_info(architecture.pretrained + ": " + note);
  try {
    load_weights(slots, renamed.tensors, source);
  } catch (const UserError& error) {
    throw UserError(error.code(), error.what() + name_hint(slots, renamed.tensors));
  }
}

}  // namespace dlrun
