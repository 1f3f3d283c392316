// Manual pages in man(7), the macros that every system has.

#include "man_pages.h"

#include <CLI/CLI.hpp>

#include "base/exit_codes.h"
#include "base/text.h"
#include "verb.h"

namespace dlrun {
namespace {

// Text of no meaning to roff: no escapes, no minus that becomes a hyphen, no line that looks like a macro.
std::string plain(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n'))
      result += std::string("\\&") + c;
    else
      result += c;
  }
  return result;
}

std::string title(const std::string& name) {
  return ".TH " + plain(name) + " 1 \"\" \"dlrun " DLRUN_VERSION "\" \"dlrun\"\n";
}

std::string examples(const std::string& lines) { return ".SH EXAMPLES\n.nf\n" + plain(lines) + "\n.fi\n"; }

std::string exit_codes() {
  std::string text = ".SH EXIT STATUS\n";
  for (const ExitCodeDoc& row : exit_code_docs)
    text +=
        ".TP\n.B " + std::string(row.code == 128 ? "128+n" : std::to_string(row.code)) + "\n" + plain(row.doc) + "\n";
  return text;
}

std::string entry(const CLI::Option& option) {
  std::string value = option.get_type_size() == 0 ? "" : option.get_type_name();
  value = value.substr(0, value.find(':'));  // behind it stand the values that are allowed, which the text has too
  std::string head = ".B " + plain(option.get_name(/*positional=*/option.get_positional(), !option.get_positional()));
  if (!option.get_positional() && !value.empty()) head = ".BI \"" + head.substr(3) + "\" \" " + plain(value) + "\"";
  std::string text = option.get_description();
  if (!option.get_default_str().empty()) text += " (default: " + option.get_default_str() + ")";
  return ".TP\n" + head + "\n" + plain(text) + "\n";
}

std::string page_of(const Verb& verb) {
  CLI::App app;
  app.set_help_flag("-h,--help", "Print this help");
  verb.define(app);
  std::string arguments, options, synopsis;
  for (const CLI::Option* option : app.get_options()) {
    (option->get_positional() ? arguments : options) += entry(*option);
    if (!option->get_positional()) continue;
    const std::string name = plain(option->get_name(true)) + (option->get_expected_max() > 1 ? "..." : "");
    synopsis += option->get_required() ? " " + name : " [" + name + "]";
  }
  std::string text = title("dlrun-" + verb.name) + ".SH NAME\n" + plain("dlrun-" + verb.name + " - ") +
                     plain(verb.doc) + "\n.SH SYNOPSIS\n.B " + plain("dlrun " + verb.name) + "\n[options]" + synopsis +
                     "\n";
  if (!arguments.empty()) text += ".SH ARGUMENTS\n" + arguments;
  return text + ".SH OPTIONS\n" + options + examples(verb.examples) + exit_codes() + ".SH SEE ALSO\n.BR dlrun (1)\n";
}

std::string front_page() {
  std::string text = title("dlrun") +
                     ".SH NAME\ndlrun \\- one YAML recipe in, a trained, evaluated, exported model out\n"
                     ".SH SYNOPSIS\n.B dlrun\nVERB [options] [arguments]\n.SH VERBS\n";
  for (const Verb* verb : verbs())
    if (!verb->hidden) text += ".TP\n.BR " + plain("dlrun-" + verb->name) + " (1)\n" + plain(verb->doc) + "\n";
  text +=
      ".SH OPTIONS\n.TP\n.B \\-h, \\-\\-help\nPrint the help; after a verb, the verb's own\n"
      ".TP\n.B \\-\\-version\nPrint the version; with \\-v what it was built from and computes with\n";
  return text + exit_codes();
}

}  // namespace

std::map<std::string, std::string> man_pages() {
  std::map<std::string, std::string> pages = {{"dlrun.1", front_page()}};
  for (const Verb* verb : verbs())
    if (!verb->hidden) pages["dlrun-" + verb->name + ".1"] = page_of(*verb);
  return pages;
}

}  // namespace dlrun
