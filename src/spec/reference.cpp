// The reference pages.

#include "spec/reference.h"

#include "spec/catalog.h"
#include "spec/describe.h"
#include "spec/rule.h"
#include "spec/tree.h"

namespace dlrun {
namespace {

const char* const note = "<!-- Written by scripts/reference.sh from the fields of the components; do not edit. -->\n\n";

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

// A '|' would end the cell, an '<' would begin a tag.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '*') out += '\\';
    out += c;
  }
  return out;
}

// Rows of the table to `text`, the rules that join them to `rules`.
void append_rows(Params& params, const std::string& prefix, std::string& text, std::string& rules) {
  for (const Field& field : params.fields()) {
    const std::string path = child_path(prefix, field.name);
    text += "| `" + path + "` | " + cell(field_text(field)) + " | " + cell(field.doc) + " |\n";
    if (auto* group = std::get_if<Params*>(&field.slot)) append_rows(**group, path, text, rules);
    if (auto* optional = std::get_if<AnyOptional*>(&field.slot)) append_rows(*(*optional)->make(), path, text, rules);
    if (auto* list = std::get_if<AnyList*>(&field.slot)) append_rows(*(*list)->make(), path + ".N", text, rules);
  }
  for (const Relation& relation : params.relations()) rules += "- " + cell(relation_text(relation, prefix)) + "\n";
}

std::string section(const Entry& entry) {
  std::string text = "## " + entry.name + "\n\n" + entry.doc + "\n\n";
  if (!entry.file.empty()) text += "Source: [" + entry.file + "](../../" + entry.file + ")\n\n";
  std::string rows, rules;
  append_rows(*entry.make(), "", rows, rules);
  if (rows.empty()) return text + "No parameters.\n\n";
  text += "| Key | Value | Meaning |\n|---|---|---|\n" + rows + "\n";
  return rules.empty() ? text : text + "Rules that join keys:\n\n" + rules + "\n";
}

std::string page(const std::string& kind) {
  const auto entries = Catalog::instance().entries(kind);
  std::string text = "# " + capital(kind_text(kind)) + "\n\n" + note;
  if (entries.size() > 1) {
    for (const Entry* entry : entries) text += "- [" + entry->name + "](#" + entry->name + "): " + entry->doc + "\n";
    text += "\n";
  }
  for (const Entry* entry : entries) text += section(*entry);
  text.pop_back();
  return text;
}

std::string index() {
  std::string text = std::string("# Reference\n\n") + note +
                     "Every component and key a recipe may hold. `dlrun describe NAME` prints the same.\n\n"
                     "| Kind | Components |\n|---|---|\n";
  for (const std::string& kind : Catalog::instance().kinds()) {
    std::string names;
    for (const Entry* entry : Catalog::instance().entries(kind))
      names += (names.empty() ? "" : ", ") + ("[" + entry->name + "](" + kind + ".md#" + entry->name + ")");
    text += "| [" + kind_text(kind) + "](" + kind + ".md) | " + names + " |\n";
  }
  return text + "\nThe program's [exit codes](../exit_codes.md).\n";
}

}  // namespace

std::map<std::string, std::string> reference_pages() {
  std::map<std::string, std::string> pages = {{"README.md", index()}};
  for (const std::string& kind : Catalog::instance().kinds()) pages[kind + ".md"] = page(kind);
  return pages;
}

}  // namespace dlrun
