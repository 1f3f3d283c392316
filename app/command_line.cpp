// Finds the verb, parses its options with CLI11 and runs it. CLI11's own exit codes never leave this file.

#include "command_line.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/exit_codes.h"
#include "base/text.h"
#include "verb.h"
#include "verbs_of_others.h"
#include "version.h"

namespace dlrun {
namespace {

[[noreturn]] void usage_error(const std::string& message) { throw UserError(ExitCode::usage, message); }

std::string exit_code_table() {
  std::string text = "Exit codes:\n";
  for (const ExitCodeDoc& row : exit_code_docs) {
    const std::string number = row.code == 128 ? "128+n" : std::to_string(row.code);
    text += "  " + number + std::string(7 - number.size(), ' ') + row.doc + "\n";
  }
  return text;
}

std::string indented(const std::string& lines) {
  std::string text;
  for (const std::string& line : split(lines, '\n')) text += "  " + line + "\n";
  return text;
}

std::string help_text() {
  std::string text = "dlrun " DLRUN_VERSION
                     ": one YAML recipe in, a trained, evaluated, exported model out.\n\n"
                     "Usage: dlrun VERB [options] [arguments]\n\nVerbs:\n";
  for (const Verb* verb : verbs())
    if (!verb->hidden) text += "  " + verb->name + std::string(12 - verb->name.size(), ' ') + verb->doc + "\n";
  text +=
      "\nOptions:\n"
      "  -h, --help     Print this help; after a verb, the verb's own\n"
      "  --version      Print the version; with -v what it was built from and computes with\n\n"
      "Examples:\n"
      "  dlrun train recipes/cnn_fashion_mnist_small.yaml\n"
      "  dlrun train recipes/cnn_fashion_mnist_small.yaml optimizer.lr=3e-4 trainer.epochs=2\n"
      "  dlrun describe mlp\n"
      "  dlrun train --help\n\n" +
      exit_code_table();
  return text;
}

const Verb& find_verb(const std::string& name) {
  std::vector<std::string> names;
  for (const Verb* verb : verbs()) {
    if (verb->name == name) return *verb;
    if (!verb->hidden) names.push_back(verb->name);
  }
  std::string message = "dlrun: unknown verb '" + name + "'";
  if (name.find(".yaml") != std::string::npos || name.find(".yml") != std::string::npos)
    message += "; to train it: dlrun train " + name;
  else if (const char* ours = verb_of_others(name))
    message += std::string("; dlrun says: dlrun ") + ours;
  else if (const std::string near = nearest(name, names); !near.empty())
    message += "; did you mean '" + near + "'?";
  usage_error(message + "\nVerbs: " + join(names, ", ") + ". See dlrun --help.");
}

// CLI11 collected `extras`: options nobody declared, or one argument too many.
std::string describe_extra(const CLI::App& app, const Verb& verb, const std::string& extra) {
  std::string message = "dlrun " + verb.name + ": ";
  if (extra.empty() || extra[0] != '-') return message + "unexpected argument '" + extra + "'";
  const std::string name = extra.substr(0, extra.find('='));
  message += "unknown option '" + name + "'";
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& known : option->get_lnames()) names.push_back("--" + known);
    for (const std::string& known : option->get_snames()) names.push_back("-" + known);
  }
  const std::string near = nearest(name, names);
  if (!near.empty()) return message + "; did you mean '" + near + "'?";
  if (const char* ours = name.starts_with("--") ? verb_of_others(name.substr(2)) : nullptr)
    return message + "; dlrun says: dlrun " + ours;
  if (app.get_option_no_throw("a.b=value") != nullptr)
    message += "; keys of a recipe are overridden without dashes: optimizer.lr=0.1";
  return message;
}

int run_verb(const Verb& verb, std::vector<std::string> arguments) {
  CLI::App app(verb.doc, "dlrun " + verb.name);
  app.get_formatter()->column_width(28);
  app.set_help_flag("-h,--help", "Print this help");
  app.footer("\nExamples:\n" + indented(verb.examples) + "\n" + exit_code_table());
  app.allow_extras();
  const std::function<int()> action = verb.define(app);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // CLI11 takes them from the back.
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return 0;
  } catch (const CLI::ParseError& error) {
    usage_error("dlrun " + verb.name + ": " + error.what() + "\nSee dlrun " + verb.name + " --help.");
  }
  std::vector<std::string> extras = app.remaining();
  std::erase(extras, "--");  // What stands behind it was taken as arguments; CLI11 leaves the mark itself over.
  // An unknown option explains more than the argument that was meant for it.
  std::stable_partition(extras.begin(), extras.end(), [](const std::string& extra) { return extra.starts_with("-"); });
  if (!extras.empty()) usage_error(describe_extra(app, verb, extras.front()) + "\nSee dlrun " + verb.name + " --help.");
  return action();
}

bool given(const std::vector<std::string>& arguments, const std::string& option) {
  return std::find(arguments.begin(), arguments.end(), option) != arguments.end();
}

}  // namespace

int run_command_line(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  // Flags may also stand before the verb: dlrun -v train recipe.yaml.
  size_t at = 0;
  while (at < arguments.size() && arguments[at].size() > 1 && arguments[at][0] == '-') {
    if (arguments[at] == "--version") return print_version(given(arguments, "-v") || given(arguments, "--verbose"));
    if (arguments[at] == "-h" || arguments[at] == "--help") {
      std::cout << help_text();
      return 0;
    }
    ++at;
  }
  if (at == arguments.size()) {
    if (!arguments.empty()) usage_error("dlrun: no verb given\nSee dlrun --help.");
    std::cerr << help_text();
    return static_cast<int>(ExitCode::usage);
  }
  std::string name = arguments[at];
  arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(at));
  if (name == "help") {
    if (arguments.empty()) return std::cout << help_text(), 0;
    name = arguments.front();
    arguments = {"--help"};
  }
  return run_verb(find_verb(name), std::move(arguments));
}

}  // namespace dlrun
