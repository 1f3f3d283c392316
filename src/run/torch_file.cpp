// PyTorch's own files: from their two formats to a pickle and storages, and from these to tensors by name.

#include "run/torch_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "run/pickle.h"
#include "run/stored_zip.h"
#include "run/torch_table.h"
#include "run/torch_tensors.h"

namespace dlrun {
namespace {

using Kind = PickleObject::Kind;

constexpr std::string_view zip_start("PK\x03\x04", 4);
constexpr std::string_view magic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);  // of the older format
constexpr int64_t protocol = 1001;

struct Parts {
  Pickle pickle;
  TorchStorages storages;
  uint64_t memory = 0;  // that all of it takes
};

// What reading a file may take: some megabytes, for ten times nothing is nothing.
uint64_t most_memory(const FileBytes& file) { return 10 * uint64_t{file.bytes.size()} + (uint64_t{4} << 20); }

// What an entry of an archive and a storage take in our tables while they are made.
constexpr uint64_t entry_bytes = 300, storage_bytes = 200;

std::string_view text_of(const ZipEntry& entry) {
  return {reinterpret_cast<const char*>(entry.content.data()), entry.content.size()};
}

// archive/data.pkl, archive/byteorder, and a storage in each archive/data/KEY.
Parts read_zip(const std::string& path, const FileBytes& file) {
  const std::vector<ZipEntry> entries = read_stored_zip(path, file.bytes);
  constexpr std::string_view pickle_name = "/data.pkl";
  const ZipEntry* pickle = nullptr;
  std::string folder;
  for (const ZipEntry& entry : entries) {
    const size_t slash = entry.name.find('/');
    if (slash == std::string::npos || entry.name.substr(slash) != pickle_name) continue;
    if (pickle) torch_error(path, "holds two pickles");
    pickle = &entry;
    folder = entry.name.substr(0, slash + 1);
  }
  if (!pickle) torch_error(path, "a zip archive, but not one of torch.save: it holds no data.pkl");
  Parts parts;
  parts.storages.owner = file.owner;
  for (const ZipEntry& entry : entries) {
    if (entry.name == folder + "constants.pkl")
      torch_error(path, "a TorchScript program; dlrun reads weights: torch.save(model.state_dict(), ...)");
    if (entry.name == folder + "byteorder") parts.storages.big_endian = text_of(entry) == "big";
    if (!entry.name.starts_with(folder + "data/")) continue;
    check_sum(path, entry);
    parts.storages.bytes[entry.name.substr(folder.size() + 5)] = entry.content;
  }
  check_sum(path, *pickle);
  const uint64_t memory = entries.size() * entry_bytes + parts.storages.bytes.size() * storage_bytes;
  if (memory > most_memory(file)) torch_error(path, "holds too many storages for a file of its size");
  parts.pickle = read_pickle(path, text_of(*pickle), {torch_names(), most_memory(file) - memory});
  parts.memory = memory + parts.pickle.memory;
  return parts;
}

// Pickles of a magic number, a protocol, the writer's system, the object, and the keys of storages; then the storages.
class LegacyReader {
 public:
  LegacyReader(const std::string& path, const FileBytes& file) : path_(path), file_(file) {}

  Parts run() {
    const Pickle start = next(few);
    if (text_in(start.value) != magic)
      torch_error(path_, "a pickle, but not one of torch.save: its magic number is missing");
    const Pickle version = next(few);
    if (integer_in(version.value) != protocol)
      torch_error(path_, "written in an unknown version of PyTorch's older format");
    parts_.storages.owner = file_.owner;
    parts_.storages.big_endian = big_endian(next(few));
    parts_.pickle = next(most_memory(file_));
    parts_.memory = parts_.pickle.memory;
    read_storages();
    return std::move(parts_);
  }

 private:
  static constexpr uint64_t few = 1 << 20;  // bytes

  Pickle next(uint64_t memory) {
    Pickle pickle = read_pickle(path_, file_.text().substr(at_), {torch_names(), memory});
    at_ += pickle.size;
    return pickle;
  }

  bool big_endian(const Pickle& system) const {
    const PickleObject* dict = object_in(system.value, Kind::dict);
    for (size_t i = 0; dict && i + 1 < dict->items().size(); i += 2) {
      const std::optional<bool> little = truth_in(dict->items()[i + 1]);
      if (text_in(dict->items()[i]) == "little_endian" && little) return !*little;
    }
    torch_error(path_, "does not say in which order it holds the bytes of its numbers");
  }

  void read_storages() {
    std::map<std::string_view, size_t> elements;
    for (const PickleObject* id : parts_.pickle.persistent)
      if (elements.emplace(storage_key(path_, *id), element_size(path_, *id)).second) take(storage_bytes);
    const Pickle keys = next(most_memory(file_) - parts_.memory);
    const PickleObject* list = object_in(keys.value, Kind::list);
    if (!list) torch_error(path_, "its list of storages is missing");
    for (const PickleValue& item : list->items()) {
      const std::optional<std::string_view> key = text_in(item);
      const auto element = key ? elements.find(*key) : elements.end();
      if (element == elements.end()) torch_error(path_, "lists a storage that no tensor uses");
      const std::span<std::byte> bytes = storage(element->second);
      if (!parts_.storages.bytes.emplace(*key, bytes).second) torch_error(path_, "lists a storage twice");
    }
    if (at_ != file_.bytes.size())
      torch_error(path_, fmt::format("{} bytes follow its last storage", file_.bytes.size() - at_));
  }

  void take(uint64_t bytes) {
    parts_.memory += bytes;
    if (parts_.memory > most_memory(file_)) torch_error(path_, "holds too many storages for a file of its size");
  }

  // A count of elements, then these.
  std::span<std::byte> storage(size_t element) {
    uint64_t count = 0, size = 0;
    if (file_.bytes.size() - at_ < sizeof count) torch_error(path_, "its storages are cut short");
    std::memcpy(&count, file_.bytes.data() + at_, sizeof count);
    if (parts_.storages.big_endian) count = __builtin_bswap64(count);
    at_ += sizeof count;
    if (__builtin_mul_overflow(count, element, &size) || size > file_.bytes.size() - at_)
      torch_error(
          path_, fmt::format("a storage of {} elements is promised, but only {} bytes are left: it is cut short", count,
                             file_.bytes.size() - at_));
    const std::span<std::byte> bytes = file_.bytes.subspan(at_, size);
    at_ += size;
    return bytes;
  }

  const std::string& path_;
  const FileBytes& file_;
  size_t at_ = 0;
  Parts parts_;
};

// What of the file is left out, beside the values of the table itself.
void note_others(const Pickle& pickle, const TorchTable& table, std::vector<std::string>& notes) {
  std::vector<std::string> things;
  constexpr size_t most = 40;
  const std::map<std::string, size_t> beside = things_beside(pickle, table);
  for (const auto& [name, count] : beside)
    if (things.size() < most) things.push_back(count > 1 ? fmt::format("{} ({})", name, count) : name);
  if (beside.size() > most) things.push_back(fmt::format("{} more", beside.size() - most));
  if (!things.empty())
    notes.push_back("objects of these classes were left out, and nothing of them was run: " + join(things, ", "));
  std::vector<const PickleObject*> taken;
  taken.reserve(table.tensors);
  const std::span<const PickleValue> pairs = pairs_of(*table.dict);
  for (size_t i = 0; i + 1 < pairs.size(); i += 2)
    if (text_in(pairs[i]) && TorchTensors::is_tensor(pairs[i + 1])) taken.push_back(pairs[i + 1].object);
  std::sort(taken.begin(), taken.end());
  const auto different = static_cast<size_t>(std::unique(taken.begin(), taken.end()) - taken.begin());
  const size_t all = TorchTensors::count(pickle);
  if (all > different) notes.push_back(fmt::format("tensors elsewhere in the file were left out: {}", all - different));
}

void note_table(const TorchTable& table, const std::vector<TorchTable>& tables, std::vector<std::string>& notes) {
  if (table.key.empty()) return;
  std::vector<std::string> others;
  for (const TorchTable& other : tables)
    if (other.key != table.key) others.push_back("'" + (other.key.empty() ? "the file itself" : other.key) + "'");
  notes.push_back(fmt::format("the tensors under '{}' were taken{}", table.key,
                              others.empty() ? "" : ", not those under " + join_or(others)));
}

// The first name that stands there twice; null when none does.
const std::string* repeated(const TensorList& tensors) {
  std::vector<const std::string*> names;
  names.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) names.push_back(&name);
  std::sort(names.begin(), names.end(), [](const auto* a, const auto* b) { return *a < *b; });
  const auto found =
      std::adjacent_find(names.begin(), names.end(), [](const auto* a, const auto* b) { return *a == *b; });
  return found == names.end() ? nullptr : *found;
}

}  // namespace

bool is_torch_file(std::string_view bytes) {
  return bytes.starts_with(zip_start) || (bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] <= 5 && bytes[1] > 1);
}

TorchFile read_torch_file(const std::string& path, const FileBytes& file, const std::string& key) {
  const Parts parts = file.text().starts_with(zip_start) ? read_zip(path, file) : LegacyReader(path, file).run();
  const std::vector<TorchTable> tables = torch_tables(parts.pickle);
  const TorchTable table = choose_table(path, parts.pickle, tables, key);
  TorchFile result;
  note_table(table, tables, result.notes);
  const std::span<const PickleValue> items = pairs_of(*table.dict);
  TorchTensors tensors(path, parts.storages, 8 * file.bytes.size() + (uint64_t{1} << 20),
                       most_memory(file) - parts.memory);
  result.tensors.reserve(table.tensors);
  std::vector<std::string> others;
  size_t left_out = 0;
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    const PickleValue& value = items[i + 1];
    const std::optional<std::string_view> name = text_in(items[i]);
    if (items[i].kind == PickleValue::Kind::nothing) continue;  // the state of a thing
    if (!name || !TorchTensors::is_tensor(value)) {
      if (++left_out <= 5) others.push_back(name ? "'" + printable(*name) + "'" : "one without a name");
      continue;
    }
    if (invalid_utf8(*name) != std::string_view::npos || name->size() > 1000)
      torch_error(path, fmt::format("tensor '{}': its name is no text or longer than 1000 bytes", printable(*name)));
    result.tensors.emplace_back(*name, tensors.tensor(printable(*name), value));
  }
  if (const std::string* name = repeated(result.tensors))
    torch_error(path, fmt::format("tensor '{}' stands there twice", printable(*name)));
  if (left_out > 5) others = {fmt::format("{} of them", left_out)};
  if (!others.empty()) result.notes.push_back("values that are no tensors were left out: " + join(others, ", "));
  note_others(parts.pickle, table, result.notes);
  return result;
}

}  // namespace dlrun
