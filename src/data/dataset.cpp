// What is known about data, as JSON.

#include "data/dataset.h"

#include "base/error.h"

namespace dlrun {
namespace {

using Means = FieldInfo::Means;

constexpr Means all_means[] = {Means::numbers, Means::pixels, Means::tokens, Means::classes, Means::mask, Means::edges};

nlohmann::json to_json(const FieldInfo& field) {
  nlohmann::json stored = {
      {"name", field.name}, {"means", name_of(field.means)}, {"sizes", field.sizes}, {"rows", name_of(field.rows)}};
  if (!field.names.empty()) stored["names"] = field.names;
  return stored;
}

[[noreturn]] void unknown(const char* key, const std::string& value) {
  throw UserError(ExitCode::bad_data, std::string("what is stored of the data: ") + key + " \"" + value +
                                          "\" is unknown; another version of dlrun wrote it");
}

FieldInfo field_info(const nlohmann::json& stored) {
  FieldInfo field;
  stored.at("name").get_to(field.name);
  stored.at("sizes").get_to(field.sizes);
  field.names = stored.value("names", field.names);
  const auto meaning = stored.at("means").get<std::string>(), counted = stored.at("rows").get<std::string>();
  const auto* means =
      std::find_if(std::begin(all_means), std::end(all_means), [&](Means one) { return meaning == name_of(one); });
  if (means == std::end(all_means)) unknown("means", meaning);
  field.means = *means;
  const std::optional<Rows> rows = rows_named(counted);
  if (!rows) unknown("rows", counted);
  field.rows = *rows;
  return field;
}

const std::vector<std::string> none;

}  // namespace

const FieldInfo* DataInfo::find(std::string_view name) const {
  for (const FieldInfo& field : fields)
    if (field.name == name) return &field;
  return nullptr;
}

const std::vector<std::string>& DataInfo::classes() const {
  const FieldInfo* field = target();
  return field && field->means == Means::classes ? field->names : none;
}

const std::vector<std::string>& DataInfo::vocabulary() const {
  return !fields.empty() && input().means == Means::tokens ? input().names : none;
}

std::vector<std::string> DataInfo::named(Means means) const {
  std::vector<std::string> found;
  for (const FieldInfo& field : fields)
    if (field.means == means) found.push_back(field.name);
  return found;
}

nlohmann::json to_json(const DataInfo& info) {
  nlohmann::json fields = nlohmann::json::array();
  for (const FieldInfo& field : info.fields) fields.push_back(to_json(field));
  return {{"fields", fields},
          {"features", info.features},
          {"targets", info.targets},
          {"target_offset", info.target_offset},
          {"target_scale", info.target_scale},
          {"fitted", info.fitted}};
}

DataInfo data_info(const nlohmann::json& stored) {
  if (!stored.is_object() || !stored.contains("fields"))
    throw UserError(ExitCode::bad_data,
                    "what is stored of the data lacks \"fields\"; another version of dlrun wrote it");
  DataInfo info;
  for (const nlohmann::json& field : stored.at("fields")) info.fields.push_back(field_info(field));
  if (info.fields.empty()) throw UserError(ExitCode::bad_data, "what is stored of the data has no field");
  stored.at("features").get_to(info.features);
  stored.at("targets").get_to(info.targets);
  stored.at("target_offset").get_to(info.target_offset);
  stored.at("target_scale").get_to(info.target_scale);
  info.fitted = stored.at("fitted");
  return info;
}

}  // namespace dlrun
