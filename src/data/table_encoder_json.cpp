// What an encoder learned, as it is stored with a run.

#include "data/table_encoder.h"

namespace dlrun {

nlohmann::json TableEncoder::to_json() const {
  nlohmann::json columns = nlohmann::json::array(), targets = nlohmann::json::array();
  for (const Column& c : columns_) {
    if (c.formula) {
      columns.push_back({{"name", c.name}, {"missing", c.missing}, {"elements", c.elements}});
    } else if (c.is_number()) {
      columns.push_back({{"name", c.name},
                         {"missing", c.missing},
                         {"words", c.words},
                         {"fill", c.fill},
                         {"indicator", c.indicator},
                         {"offset", c.offset},
                         {"scale", c.scale}});
      if (!c.date_part.empty()) {
        columns.back()["date_part"] = c.date_part;
        columns.back()["day_first"] = c.date_order == DateOrder::day_first;
      }
    } else
      columns.push_back({{"name", c.name},
                         {"missing", c.missing},
                         {"categories", c.categories},
                         {"missing_category", c.missing_category},
                         {"index", c.index}});
  }
  for (const Target& t : targets_) {
    targets.push_back({{"name", t.name}, {"offset", t.offset}, {"scale", t.scale}});
    if (own_fields_) targets.back()["classes"] = t.classes;
  }
  return {{"columns", columns},
          {"targets", targets},
          {"classes", classes_},
          {"missing_values", missing_values_},
          {"missing_target", missing_target_},
          {"unknown_category", unknown_category_},
          {"strip_target", strip_target_},
          {"numbers",
           {{"decimal", format_.decimal},
            {"thousands", format_.thousands},
            {"affixes", format_.affixes},
            {"negative", format_.negative}}}};
}

bool TableEncoder::wrote(const nlohmann::json& fitted) {
  return fitted.is_object() && fitted.contains("columns") && fitted.contains("missing_values");
}

TableEncoder TableEncoder::from_json(const nlohmann::json& fitted) {
  TableEncoder encoder;
  for (const nlohmann::json& c : fitted.at("columns")) {
    Column& column = encoder.columns_.emplace_back();
    column.name = c.at("name").get<std::string>();
    column.missing = c.at("missing").get<std::string>();
    if (c.contains("categories")) {
      column.categories = c.at("categories").get<std::vector<std::string>>();
      column.missing_category = c.at("missing_category").get<int64_t>();
      column.index = c.value("index", false);
    } else if (c.contains("elements")) {
      column.formula = true;
      column.elements = c.at("elements").get<std::vector<int64_t>>();
    } else {
      column.fill = c.at("fill").get<double>();
      column.indicator = c.at("indicator").get<bool>();
      column.offset = c.at("offset").get<double>();
      column.scale = c.at("scale").get<double>();
      column.words = c.value("words", false);
      column.date_part = c.value("date_part", "");
      column.date_order = c.value("day_first", true) ? DateOrder::day_first : DateOrder::month_first;
    }
  }
  for (const nlohmann::json& t : fitted.at("targets")) {
    encoder.own_fields_ = t.contains("classes");
    encoder.targets_.push_back({t.at("name").get<std::string>(), t.at("offset").get<double>(),
                                t.at("scale").get<double>(), t.value("classes", std::vector<std::string>())});
  }
  encoder.classes_ = fitted.at("classes").get<std::vector<std::string>>();
  encoder.missing_values_ = fitted.at("missing_values").get<std::vector<std::string>>();
  encoder.unknown_category_ = fitted.at("unknown_category").get<std::string>();
  encoder.strip_target_ = fitted.at("strip_target").get<std::string>();
  encoder.missing_target_ = fitted.value("missing_target", "error");
  if (fitted.contains("numbers")) {  // Runs of older programs have none.
    const nlohmann::json& numbers = fitted.at("numbers");
    encoder.format_ = {numbers.at("decimal").get<std::string>(), numbers.at("thousands").get<std::string>(),
                       numbers.at("affixes").get<std::vector<std::string>>(), numbers.value("negative", "sign")};
  }
  return encoder;
}

}  // namespace dlrun
