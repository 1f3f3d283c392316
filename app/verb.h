// One verb of the program. A verb is one file: a namespace-scope RegisteredVerb puts it into the program.

#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/options.h"

namespace dlrun {

struct Verb {
  std::string name;
  std::string doc;       // one sentence
  std::string examples;  // command lines, one per line
  // Declares the verb's options on `app`; the result runs the verb once they are parsed and gives the exit code.
  std::function<std::function<int()>(CLI::App& app)> define;
  bool hidden = false;  // not in the help: for the project's own scripts
};

// Every verb of the program, sorted by name.
std::vector<const Verb*> verbs();

struct RegisteredVerb {
  explicit RegisteredVerb(Verb verb);
};

// --json, -q, -v and --no-progress, as every verb knows them.
void add_common_options(CLI::App& app, CommonOptions& options);

// RECIPE and the overrides after it.
void add_recipe_options(CLI::App& app, std::string& recipe, std::vector<std::string>& overrides);
void add_config_option(CLI::App& app, std::vector<std::string>& overrides);

// What RUN may be.
inline constexpr const char* run_doc = "A run folder, as `dlrun train` made it";
inline constexpr const char* run_or_model_doc = "A run folder, as `dlrun train` made it, or an ONNX file";

// RUN and the overrides after it.
void add_run_options(CLI::App& app, std::string& run, std::vector<std::string>& overrides, const char* doc = run_doc);

// --recipe and --engine, where RUN may be an ONNX file.
void add_model_options(CLI::App& app, std::string& recipe, std::string& engine);

// What a number on the command line must be.
CLI::Validator whole_number(int64_t minimum);
CLI::Validator number(double minimum);

}  // namespace dlrun
