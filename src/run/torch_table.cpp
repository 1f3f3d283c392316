// Which of the dicts in a PyTorch file is the one with the weights.

#include "run/torch_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "run/torch_tensors.h"

namespace dlrun {
namespace {

constexpr int deepest_dict = 4;
constexpr size_t most_dicts = 65536;  // far beyond any real file

struct Search {
  std::vector<TorchTable> tables;
  std::set<const PickleObject*> seen;  // Dicts may hold each other.

  void look(const PickleValue& value, const std::string& key, int depth) {
    const std::span<const PickleValue> pairs = pairs_of(value);
    if (pairs.empty() || depth > deepest_dict || seen.size() == most_dicts || !seen.insert(value.object).second) return;
    size_t tensors = 0;
    for (size_t i = 0; i + 1 < pairs.size(); i += 2)
      if (text_in(pairs[i]) && TorchTensors::is_tensor(pairs[i + 1])) ++tensors;
    if (tensors > 0) tables.push_back({key, value.object, tensors});
    for (size_t i = 0; i + 1 < pairs.size(); i += 2)
      if (const std::optional<std::string_view> name = text_in(pairs[i]))
        look(pairs[i + 1], key.empty() ? printable(*name) : key + "/" + printable(*name), depth + 1);
  }
};

std::string listed(const std::vector<TorchTable>& tables) {
  std::string text;
  constexpr size_t most = 20;
  for (size_t i = 0; i < std::min(tables.size(), most); ++i)
    text += fmt::format("\n  {} ({} tensors)", tables[i].key.empty() ? "the file itself" : tables[i].key,
                        tables[i].tensors);
  if (tables.size() > most) text += fmt::format("\n  and {} more", tables.size() - most);
  return text;
}

}  // namespace

std::span<const PickleValue> pairs_of(const PickleObject& object) {
  if (object.kind == PickleObject::Kind::dict) return object.items();
  return object.kind == PickleObject::Kind::thing ? object.items().subspan(2) : std::span<const PickleValue>();
}

std::span<const PickleValue> pairs_of(const PickleValue& value) {
  return value.kind == PickleValue::Kind::object ? pairs_of(*value.object) : std::span<const PickleValue>();
}

std::map<std::string, size_t> things_beside(const Pickle& pickle, const TorchTable& table) {
  using Kind = PickleObject::Kind;
  std::map<std::string, size_t> things;
  std::set<const PickleObject*> seen;
  std::vector<const PickleObject*> left;
  const auto look = [&](const PickleValue& value) {
    if (value.kind == PickleValue::Kind::object && !TorchTensors::is_tensor(value) && seen.size() < most_dicts &&
        seen.insert(value.object).second)
      left.push_back(value.object);
  };
  look(pickle.value);
  while (!left.empty()) {
    const PickleObject& object = *left.back();
    left.pop_back();
    if (object.kind == Kind::thing && &object != table.dict) ++things[printable(class_of(object))];
    const std::span<const PickleValue> pairs = pairs_of(object);
    for (size_t i = 0; i + 1 < pairs.size(); i += 2)
      if (pairs[i].kind != PickleValue::Kind::nothing) look(pairs[i + 1]);
    if (object.kind == Kind::list || object.kind == Kind::tuple)
      for (const PickleValue& item : object.items()) look(item);
  }
  return things;
}

std::vector<TorchTable> torch_tables(const Pickle& pickle) {
  Search search;
  search.look(pickle.value, "", 0);
  return search.tables;
}

TorchTable choose_table(const std::string& path, const Pickle& pickle, const std::vector<TorchTable>& tables,
                        const std::string& key) {
  if (tables.empty()) {
    const PickleObject* whole = object_in(pickle.value, PickleObject::Kind::thing);
    const std::string what =
        whole ? fmt::format("is an object of {} and", printable(class_of(*whole))) : std::string("holds");
    throw UserError(ExitCode::bad_data, fmt::format("{}: {} no tensors by name. Save a state dict: "
                                                    "torch.save(model.state_dict(), ...).",
                                                    path, whole ? what + " holds" : what));
  }
  std::vector<const TorchTable*> found;
  for (const TorchTable& table : tables)
    if (key.empty() ? tables.size() == 1 : table.key == key) found.push_back(&table);
  if (found.empty() && key.empty())
    for (const TorchTable& table : tables)
      if (table.key == "state_dict" || table.key == "model_state_dict" || table.key == "model") found.push_back(&table);
  if (found.size() == 1) return *found[0];
  throw UserError(
      ExitCode::bad_data,
      key.empty() ? fmt::format("{}: holds several tables of tensors; choose one with dlrun import {} "
                                "--key KEY:{}",
                                path, path, listed(tables))
                  : fmt::format("{}: holds no table of tensors under \"{}\". There is:{}", path, key, listed(tables)));
}

}  // namespace dlrun
