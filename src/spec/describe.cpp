// What a component is and takes.

#include "spec/describe.h"

#include "base/text.h"
#include "spec/component_json.h"
#include "spec/rule.h"
#include "spec/tree.h"
#include "spec/write.h"

namespace dlrun {
namespace {

// A group's default is told by its keys.
bool has_own_default(const Field& field) {
  if (field.rule.required || std::holds_alternative<Params*>(field.slot)) return false;
  const auto* list = std::get_if<AnyList*>(&field.slot);
  return !list || (*list)->values.empty();
}

void append_fields(Params& params, const std::string& prefix, int width, std::string& text);

void append_field(const Field& field, const std::string& path, int width, std::string& text) {
  text += wrap("  " + path + ": " + field_text(field), width, 6) + "\n";
  text += wrap("      " + field.doc, width, 6) + "\n";
  if (auto* group = std::get_if<Params*>(&field.slot)) append_fields(**group, path, width, text);
  if (auto* optional = std::get_if<AnyOptional*>(&field.slot)) append_fields(*(*optional)->make(), path, width, text);
  if (auto* list = std::get_if<AnyList*>(&field.slot)) append_fields(*(*list)->make(), path + ".N", width, text);
}

void append_fields(Params& params, const std::string& prefix, int width, std::string& text) {
  for (const Field& field : params.fields()) append_field(field, child_path(prefix, field.name), width, text);
  for (const Relation& relation : params.relations())
    text += wrap("  rule: " + relation_text(relation, prefix), width, 6) + "\n";
}

}  // namespace

std::string field_text(const Field& field) {
  std::string text = type_text(field.slot);
  const bool list = std::holds_alternative<std::vector<std::string>*>(field.slot);
  for (const std::string& part : rule_parts(field.rule))
    text += (list && part.starts_with("a regular") ? ", each " : ", ") + part;
  if (!has_own_default(field)) return text;
  const auto* words = std::get_if<std::string*>(&field.slot);
  const bool reference = words && (*words)->find("${") != std::string::npos;
  return text + "; default " + (reference ? **words : value_text(field.slot));
}

std::string relation_text(const Relation& relation, const std::string& prefix) {
  const std::string at = relation.at.empty() ? prefix : child_path(prefix, relation.at);
  return at.empty() ? relation.says : at + ": " + relation.says;
}

std::string describe_text(const Entry& entry, int width) {
  std::string text = wrap(entry.name + ": " + one(kind_text(entry.kind)) + ". " + entry.doc, width) + "\n";
  if (!entry.file.empty()) text += "In " + entry.file + ".\n";
  std::string fields;
  append_fields(*entry.make(), "", width, fields);
  return text + "\n" + (fields.empty() ? "It has no parameters.\n" : fields);
}

std::string describe_key(const std::string& path, const Field& field, int width) {
  std::string text;
  append_field(field, path, width, text);
  return text;
}

std::string describe_json(const Entry& entry) { return component_json(entry).dump(); }

}  // namespace dlrun
