// Helpers for the tests of readers: a component from JSON values, the checked error, tensors as lists.

#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "data/augmentation.h"
#include "data/dataset.h"
#include "data/tensor_split.h"
#include "spec/catalog.h"
#include "spec/relation.h"
#include "support.h"

namespace dlrun::test {

// Sets fields by name, as a recipe would, and checks the rules that join fields.
inline void fill(Params& params, const nlohmann::json& values) {
  for (const auto& [name, value] : values.items()) {
    bool found = false;
    for (Field& field : params.fields()) {
      if (field.name != name) continue;
      found = true;
      std::visit(
          [&, &value = value](auto* slot) {
            using T = std::remove_pointer_t<decltype(slot)>;
            if constexpr (std::is_same_v<T, AnyOptional>) {
              slot->value = slot->make();
              fill(*slot->value, value);
            } else if constexpr (std::is_same_v<T, Params>) {
              fill(*slot, value);
            } else if constexpr (std::is_same_v<T, std::optional<bool>> || std::is_same_v<T, std::optional<int64_t>> ||
                                 std::is_same_v<T, std::optional<double>> ||
                                 std::is_same_v<T, std::optional<std::string>>) {
              *slot = value.template get<typename T::value_type>();
            } else if constexpr (std::is_base_of_v<AnyChoice, T>) {
              slot->type = value.at("type").template get<std::string>();
              const Entry* entry = Catalog::instance().find(slot->kind, slot->type);
              REQUIRE(entry != nullptr);
              slot->value = entry->make();
              nlohmann::json others = value;
              others.erase("type");
              fill(*slot->value, others);
            } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
              *slot = value.is_string() ? T{value.template get<std::string>()} : value.template get<T>();
            } else if constexpr (!std::is_base_of_v<AnyList, T> && !std::is_base_of_v<AnyChoiceList, T>) {
              *slot = value.template get<T>();
            } else {
              FAIL("no way to set " << name);
            }
          },
          field.slot);
    }
    if (!found) FAIL("no field " << name);
  }
  for (const Problem& problem : broken_relations(params)) FAIL(problem.path << ": " << problem.message);
}

template <class Kind>
std::shared_ptr<Kind> component(const std::string& type, const nlohmann::json& values) {
  const Entry* entry = Catalog::instance().find(Kind::kind, type);
  REQUIRE(entry != nullptr);
  auto made = std::dynamic_pointer_cast<Kind>(entry->make());
  fill(*made, values);
  return made;
}

inline std::shared_ptr<Dataset> dataset(const std::string& type, const nlohmann::json& values) {
  return component<Dataset>(type, values);
}

// Runs `action` and checks that it throws a UserError with this code and a message that holds `part`.
template <class Action>
void check_error(Action action, ExitCode code, const std::string& part) {
  try {
    action();
    FAIL_CHECK("no error; expected: " << part);
  } catch (const UserError& error) {
    INFO("message: " << error.what());
    CHECK(error.code() == code);
    CHECK(std::string(error.what()).find(part) != std::string::npos);
  }
}

inline std::vector<int64_t> list(const at::Tensor& values) {
  at::Tensor flat = values.to(at::kLong).contiguous();
  return {flat.const_data_ptr<int64_t>(), flat.const_data_ptr<int64_t>() + flat.numel()};
}

inline std::vector<double> reals(const at::Tensor& values) {
  at::Tensor flat = values.to(at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

}  // namespace dlrun::test
