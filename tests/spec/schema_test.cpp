// The JSON Schema of recipes holds every component and every key, with its sentence, its type and what it may be. That
// an independent validator reads it the same way is shown by tests/program/schema.sh.

#include "spec/schema.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "spec/catalog.h"

namespace dlrun::schema_test {

namespace {

using nlohmann::json;

struct Counts {
  int keys = 0, ranges = 0, choices = 0;
};

// The alternative of a key's value with this keyword ("minimum", "properties"); null where none has it.
json with(const json& key, const std::string& keyword) {
  for (const json& choice : key.at("anyOf")) {
    if (choice.contains(keyword)) return choice;
    if (choice.contains("items") && choice["items"].contains("anyOf"))
      if (const json inner = with(choice["items"], keyword); !inner.is_null()) return inner;
  }
  return nullptr;
}

void check_group(Params& params, const json& object, const std::set<std::string>& more, Counts& counts) {
  std::set<std::string> expected = more, found;
  CHECK(object.at("type") == "object");
  CHECK(object.at("additionalProperties") == false);
  for (const Field& field : params.fields()) {
    INFO(field.name);
    expected.insert(field.name);
    REQUIRE(object.at("properties").contains(field.name));
    const json& key = object["properties"][field.name];
    ++counts.keys;
    CHECK(key.at("description").get<std::string>().starts_with(field.doc));
    if (std::isfinite(field.rule.minimum)) {
      const char* keyword = field.rule.above_minimum ? "exclusiveMinimum" : "minimum";
      REQUIRE(with(key, keyword).is_object());
      CHECK(with(key, keyword)[keyword] == field.rule.minimum);
      ++counts.ranges;
    }
    if (!field.rule.choices.empty()) {
      REQUIRE(with(key, "enum").is_object());
      CHECK(with(key, "enum")["enum"] == json(field.rule.choices));
      ++counts.choices;
    }
    if (auto* group = std::get_if<Params*>(&field.slot)) check_group(**group, with(key, "properties"), {}, counts);
    if (auto* optional = std::get_if<AnyOptional*>(&field.slot))
      check_group(*(*optional)->make(), with(key, "properties"), {}, counts);
    if (auto* list = std::get_if<AnyList*>(&field.slot))
      check_group(*(*list)->make(), with(key, "properties"), {}, counts);
  }
  for (const auto& [name, key] : object["properties"].items()) found.insert(name);
  CHECK(found == expected);
}

}  // namespace

TEST_CASE("the schema holds every key of a recipe and of each component, and nothing else") {
  const std::shared_ptr<Params> recipe = Catalog::instance().find("recipe", "recipe")->make();
  const json all = json::parse(schema(*recipe));
  Counts counts;
  check_group(*recipe, all, {"_base_"}, counts);
  size_t components = 0;
  for (const std::string& kind : Catalog::instance().kinds()) {
    if (kind == "recipe" || kind.starts_with("sample")) continue;
    std::vector<std::string> names;
    for (const Entry* entry : Catalog::instance().entries(kind)) {
      INFO(kind << "." << entry->name);
      const json& object = all.at("definitions").at(kind + "." + entry->name);
      CHECK(object.at("properties").at("type").at("const") == entry->name);
      check_group(*entry->make(), object, {"type"}, counts);
      names.push_back(entry->name);
      ++components;
    }
    CHECK(all["definitions"].at(kind).at("anyOf").at(0).at("enum") == json(names));
  }
  CHECK(components >= 30);
  CHECK(counts.keys > 200);
  CHECK(counts.ranges > 60);
  CHECK(counts.choices > 15);
}

}  // namespace dlrun::schema_test
