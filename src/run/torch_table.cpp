// Which of the dicts in a PyTorch file is the one with the weights.

#include "run/torch_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "run/torch_tensors.h"

namespace dlrun {
namespace {

constexpr int deepest = 4;
constexpr size_t most_dicts = 65536;  // far beyond any real file

struct Search {
  std::vector<TorchTable> tables;
  std::set<const PickleObject*> seen;  // Dicts may hold each other.

  void look(const PickleValue& value, const std::string& key, int depth) {
    const PickleObject* dict = object_in(value, PickleObject::Kind::dict);
    if (!dict || depth > deepest || seen.size() == most_dicts || !seen.insert(dict).second) return;
    size_t tensors = 0;
    for (size_t i = 0; i + 1 < dict->items().size(); i += 2)
      if (text_in(dict->items()[i]) && TorchTensors::is_tensor(dict->items()[i + 1])) ++tensors;
    if (tensors > 0) tables.push_back({key, dict, tensors});
    for (size_t i = 0; i + 1 < dict->items().size(); i += 2)
      if (const std::optional<std::string_view> name = text_in(dict->items()[i]))
        look(dict->items()[i + 1], key.empty() ? printable(*name) : key + "/" + printable(*name), depth + 1);
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

std::vector<TorchTable> torch_tables(const Pickle& pickle) {
  Search search;
  search.look(pickle.value, "", 0);
  return search.tables;
}

TorchTable choose_table(const std::string& path, const std::vector<TorchTable>& tables, const std::string& key) {
  if (tables.empty())
    throw UserError(ExitCode::bad_data,
                    path + ": holds no tensors by name. Save a state dict: torch.save(model.state_dict(), ...).");
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
