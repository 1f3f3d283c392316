// The reference pages.

#include "spec/reference.h"

#include "spec/catalog.h"
#include "spec/describe.h"
#include "spec/rule.h"
#include "spec/tree.h"

namespace dlrun {
namespace {

const char* const note = "<!-- Written by scripts/reference.sh from the fields of the components; do not edit. -->\n\n";

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

std::string page(const Entry& entry) {
  const std::string above = "../../../";  // from docs/reference/KIND/ to the project
  std::string text = "# " + entry.kind + ": " + entry.name + "\n\n" + note + entry.doc + "\n\n";
  if (!entry.file.empty()) text += "Source: [" + entry.file + "](" + above + entry.file + ")\n\n";
  std::string rows, rules;
  append_rows(*entry.make(), "", rows, rules);
  if (rows.empty()) return text + "No parameters.\n";
  text += "| Key | Value | Meaning |\n|---|---|---|\n" + rows;
  return rules.empty() ? text : text + "\nRules that join keys:\n\n" + rules;
}

std::string index() {
  std::string text = std::string("# Reference\n\n") + note +
                     "Every component and key a recipe may hold. `dlrun describe NAME` prints the same.\n";
  for (const std::string& kind : Catalog::instance().kinds()) {
    text += "\n## " + kind_text(kind) + "\n\n";
    for (const Entry* entry : Catalog::instance().entries(kind))
      text += "- [" + entry->name + "](" + kind + "/" + entry->name + ".md): " + entry->doc + "\n";
  }
  return text;
}

}  // namespace

std::map<std::string, std::string> reference_pages() {
  std::map<std::string, std::string> pages = {{"README.md", index()}};
  for (const std::string& kind : Catalog::instance().kinds())
    for (const Entry* entry : Catalog::instance().entries(kind)) pages[kind + "/" + entry->name + ".md"] = page(*entry);
  return pages;
}

}  // namespace dlrun
