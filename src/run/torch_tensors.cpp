// From the calls in a PyTorch pickle to tensors. Every number is checked before it is used.

#include "run/torch_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/error.h"

namespace dlrun {
namespace {

using Kind = PickleObject::Kind;

struct Named {
  std::string_view name;
  at::ScalarType type;
};

// A storage without a type holds bytes; its tensors say their type themselves.
constexpr Named storage_types[] = {
    {"torch.FloatStorage", at::kFloat},      {"torch.DoubleStorage", at::kDouble},
    {"torch.HalfStorage", at::kHalf},        {"torch.BFloat16Storage", at::kBFloat16},
    {"torch.LongStorage", at::kLong},        {"torch.IntStorage", at::kInt},
    {"torch.ShortStorage", at::kShort},      {"torch.CharStorage", at::kChar},
    {"torch.ByteStorage", at::kByte},        {"torch.BoolStorage", at::kBool},
    {"torch.cuda.FloatStorage", at::kFloat}, {"torch.cuda.DoubleStorage", at::kDouble},
    {"torch.cuda.HalfStorage", at::kHalf},   {"torch.cuda.BFloat16Storage", at::kBFloat16},
    {"torch.cuda.LongStorage", at::kLong},   {"torch.cuda.IntStorage", at::kInt},
    {"torch.cuda.ShortStorage", at::kShort}, {"torch.cuda.CharStorage", at::kChar},
    {"torch.cuda.ByteStorage", at::kByte},   {"torch.cuda.BoolStorage", at::kBool},
    {"torch.UntypedStorage", at::kByte},     {"torch.storage.UntypedStorage", at::kByte},
};

constexpr Named tensor_types[] = {
    {"torch.float32", at::kFloat},
    {"torch.float64", at::kDouble},
    {"torch.float16", at::kHalf},
    {"torch.bfloat16", at::kBFloat16},
    {"torch.int64", at::kLong},
    {"torch.int32", at::kInt},
    {"torch.int16", at::kShort},
    {"torch.int8", at::kChar},
    {"torch.uint8", at::kByte},
    {"torch.bool", at::kBool},
    {"torch.uint16", at::kUInt16},
    {"torch.uint32", at::kUInt32},
    {"torch.uint64", at::kUInt64},
    {"torch.float8_e4m3fn", at::kFloat8_e4m3fn},
    {"torch.float8_e4m3fnuz", at::kFloat8_e4m3fnuz},
    {"torch.float8_e5m2", at::kFloat8_e5m2},
    {"torch.float8_e5m2fnuz", at::kFloat8_e5m2fnuz},
    {"torch.float8_e8m0fnu", at::kFloat8_e8m0fnu},
};

// What a tensor takes beside its elements: its object and its place in a list, its storage, a copy of a storage.
constexpr uint64_t tensor_bytes = 280, parsed_bytes = 350, copy_bytes = 700;

constexpr std::string_view rebuild_v1 = "torch._utils._rebuild_tensor", rebuild_v2 = "torch._utils._rebuild_tensor_v2",
                           rebuild_v3 = "torch._utils._rebuild_tensor_v3",
                           rebuild_parameter = "torch._utils._rebuild_parameter",
                           // The same with attributes that somebody set on it in Python, which are left out.
    rebuild_parameter_with_state = "torch._utils._rebuild_parameter_with_state",
                           rebuild_from_type = "torch._tensor._rebuild_from_type_v2";

template <size_t size>
std::optional<at::ScalarType> find(const Named (&table)[size], std::string_view name) {
  for (const Named& row : table)
    if (row.name == name) return row.type;
  return std::nullopt;
}

// The rules that a name of the list stands for are found by its text. OrderedDict is none of them.
std::string_view name_of(const PickleObject& object) {
  return object.name == PickleObject::ordered_dict ? std::string_view() : torch_names()[object.name];
}

// ("storage", class, key, device, count of elements) and, in old files, a view or None.
struct StorageId {
  std::optional<at::ScalarType> type;
  std::string_view key;
  int64_t count = 0;
};

StorageId storage_id(const std::string& path, const PickleObject& persistent) {
  const std::span<const PickleValue> parts = persistent.items();
  const bool long_enough = parts.size() == 5 || parts.size() == 6;
  const PickleObject* name = long_enough && text_in(parts[0]) == "storage" ? object_in(parts[1], Kind::name) : nullptr;
  const std::optional<std::string_view> key = name ? text_in(parts[2]) : std::nullopt;
  const std::optional<int64_t> count = key ? integer_in(parts[4]) : std::nullopt;
  StorageId id;
  if (name) id.type = find(storage_types, name_of(*name));
  if (const PickleObject* stranger = parts.size() > 1 ? object_in(parts[1], Kind::stranger) : nullptr)
    torch_error(
        path, fmt::format("its tensors lie in a {}, whose values dlrun does not read", printable(class_of(*stranger))));
  if (!id.type || !count || *count < 0)
    torch_error(path, "refers to something outside of its pickle that is no storage");
  if (parts.size() == 6 && parts[5].kind != PickleValue::Kind::none)
    torch_error(path, "holds views of storages, as PyTorch before 0.4 could write them; save it anew with a later one");
  id.key = *key;
  id.count = *count;
  return id;
}

struct Layout {
  const PickleObject* storage = nullptr;
  int64_t offset = 0;
  std::vector<int64_t> sizes, strides;
  at::ScalarType type = at::kFloat;
};

bool read_integers(const PickleValue& value, std::vector<int64_t>& integers) {
  const PickleObject* tuple = object_in(value, Kind::tuple);
  if (!tuple || tuple->items().size() > 64) return false;
  integers.reserve(tuple->items().size());
  for (const PickleValue& item : tuple->items()) {
    const std::optional<int64_t> integer = integer_in(item);
    if (!integer || *integer < 0) return false;
    integers.push_back(*integer);
  }
  return true;
}

// A function that rebuilds a tensor, and what it is given.
struct Rebuild {
  std::string_view function;
  std::span<const PickleValue> given;
};

// The innermost one: parameters and tensors with attributes are made of a tensor. Null where there is none.
std::optional<Rebuild> rebuild_of(const PickleValue& value) {
  const PickleObject* call = object_in(value, Kind::call);
  for (int depth = 0; call && depth < 4; ++depth) {
    const Rebuild rebuild{name_of(*call), call->items()};
    if (rebuild.function == rebuild_from_type) {  // function, type, arguments, state
      const PickleObject* name = rebuild.given.size() > 2 ? object_in(rebuild.given[0], Kind::name) : nullptr;
      const PickleObject* given = name ? object_in(rebuild.given[2], Kind::tuple) : nullptr;
      return given ? std::optional(Rebuild{name_of(*name), given->items()}) : std::nullopt;
    }
    if (rebuild.function != rebuild_parameter && rebuild.function != rebuild_parameter_with_state) return rebuild;
    call = rebuild.given.empty() ? nullptr : object_in(rebuild.given[0], Kind::call);
  }
  return std::nullopt;
}

// What a call says; empty when its arguments make no sense.
std::optional<Layout> layout_of(const std::string& path, const Rebuild& call) {
  const std::span<const PickleValue> given = call.given;
  const std::string_view function = call.function;
  const size_t needed = function == rebuild_v1 ? 4 : function == rebuild_v2 ? 6 : function == rebuild_v3 ? 7 : 99;
  if (given.size() < needed) return std::nullopt;
  if (given.size() > needed && given[needed].kind != PickleValue::Kind::none)
    torch_error(path,
                "a tensor in it is a negated or conjugated view, whose bytes are not its values; save "
                "tensor.resolve_neg().resolve_conj()");
  Layout layout;
  layout.storage = object_in(given[0], Kind::persistent);
  const std::optional<int64_t> offset = integer_in(given[1]);
  if (!layout.storage || !offset || *offset < 0) return std::nullopt;
  if (!read_integers(given[2], layout.sizes) || !read_integers(given[3], layout.strides)) return std::nullopt;
  if (layout.sizes.size() != layout.strides.size()) return std::nullopt;
  layout.offset = *offset;
  layout.type = *storage_id(path, *layout.storage).type;
  if (function == rebuild_v3) {
    const PickleObject* name = object_in(given[6], Kind::name);
    const std::optional<at::ScalarType> type = name ? find(tensor_types, name_of(*name)) : std::nullopt;
    if (!type) return std::nullopt;
    layout.type = *type;
  }
  return layout;
}

bool overflows(int64_t a, int64_t b, int64_t& product) { return __builtin_mul_overflow(a, b, &product); }

struct Extent {
  int64_t elements = 1;  // of the tensor
  int64_t end = 0;       // of the storage, behind the last one used
};

std::optional<Extent> extent_of(const Layout& layout) {
  Extent extent;
  bool empty = false;
  int64_t last = layout.offset, all = 1, reach = 0;
  for (size_t i = 0; i < layout.sizes.size(); ++i) {
    empty = empty || layout.sizes[i] == 0;
    if (overflows(all, std::max<int64_t>(layout.sizes[i], 1), all)) return std::nullopt;
    if (overflows(std::max<int64_t>(layout.sizes[i] - 1, 0), layout.strides[i], reach)) return std::nullopt;
    if (__builtin_add_overflow(last, reach, &last)) return std::nullopt;
  }
  if (__builtin_add_overflow(last, 1, &extent.end)) return std::nullopt;
  extent.elements = empty ? 0 : all;
  if (empty) extent.end = 0;
  return extent;
}

// A tensor of a kind that is not read: torch._utils._rebuild_qtensor(...).
bool is_strange_tensor(const PickleObject& thing) {
  const std::string name = class_of(thing);
  return name.starts_with("torch._") && name.find("._rebuild_") != std::string::npos;
}

void swap_bytes(std::byte* data, uint64_t size, size_t element) {
  for (uint64_t at = 0; at + element <= size; at += element) std::reverse(data + at, data + at + element);
}

}  // namespace

void torch_error(const std::string& path, const std::string& what) {
  throw UserError(ExitCode::bad_data, fmt::format("{}: {}", path, what));
}

std::span<const std::string_view> torch_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> list = {rebuild_v1,        rebuild_v2,        rebuild_v3,
                                          rebuild_parameter, rebuild_from_type, rebuild_parameter_with_state};
    for (const Named& row : storage_types) list.push_back(row.name);
    for (const Named& row : tensor_types) list.push_back(row.name);
    return list;
  }();
  return names;
}

size_t element_size(const std::string& path, const PickleObject& persistent) {
  return c10::elementSize(*storage_id(path, persistent).type);
}

std::string_view storage_key(const std::string& path, const PickleObject& persistent) {
  return storage_id(path, persistent).key;
}

bool TorchTensors::is_tensor(const PickleValue& value) {
  if (object_in(value, Kind::call)) return true;
  const PickleObject* thing = object_in(value, Kind::thing);
  return thing && is_strange_tensor(*thing);
}

size_t TorchTensors::count(const Pickle& pickle) {
  size_t tensors = 0;
  for (const PickleObject& object : pickle.objects) {
    const std::string_view function = object.kind == Kind::call ? name_of(object) : std::string_view();
    tensors += function == rebuild_v1 || function == rebuild_v2 || function == rebuild_v3 ||
               function == rebuild_from_type || (object.kind == Kind::thing && is_strange_tensor(object));
  }
  return tensors;
}

TorchTensors::TorchTensors(const std::string& path, const TorchStorages& storages, uint64_t most_bytes, uint64_t memory)
    : path_(path), storages_(storages), owned_(storages.owner), most_bytes_(most_bytes), memory_(memory) {}

void TorchTensors::take_memory(uint64_t bytes) {
  if (bytes > memory_)
    torch_error(path_, "its tensors ask for more than ten times its size in memory: it is damaged, or made to harm");
  memory_ -= bytes;
}

at::Tensor TorchTensors::storage(const std::string& name, const PickleObject& persistent, size_t element) {
  const StorageId id = storage_id(path_, persistent);
  const auto found = storages_.bytes.find(id.key);
  if (found == storages_.bytes.end())
    torch_error(path_, fmt::format("tensor '{}': its storage '{}' is missing", name, printable(id.key)));
  int64_t size = 0;
  if (overflows(id.count, static_cast<int64_t>(c10::elementSize(*id.type)), size) ||
      static_cast<uint64_t>(size) > found->second.size())
    torch_error(path_, fmt::format("tensor '{}': its storage '{}' is cut short: {} elements promised, {} bytes there",
                                   name, printable(id.key), id.count, found->second.size()));
  std::byte* data = found->second.data();
  const bool swapped = storages_.big_endian && element > 1;
  if (size == 0 || (!swapped && reinterpret_cast<uintptr_t>(data) % element == 0)) {
    // Views of one storage follow each other.
    if (last_.defined() && last_.const_data_ptr() == data && last_.numel() == size) return last_;
    take_memory(parsed_bytes);
    return last_ = owned_.tensor(data, at::kByte, {size});
  }
  at::Tensor& copy = copies_[{found->first, element}];
  if (!copy.defined() || copy.numel() < size) {
    take_memory(static_cast<uint64_t>(size) + copy_bytes);
    copy = at::empty({size}, at::kByte);
    std::memcpy(copy.data_ptr(), data, static_cast<size_t>(size));
    if (swapped) swap_bytes(static_cast<std::byte*>(copy.data_ptr()), static_cast<uint64_t>(size), element);
  }
  return copy;
}

at::Tensor TorchTensors::tensor(const std::string& name, const PickleValue& value) {
  const std::optional<Rebuild> call = rebuild_of(value);
  const std::optional<Layout> layout = call ? layout_of(path_, *call) : std::nullopt;
  if (const PickleObject* thing = object_in(value, Kind::thing))
    torch_error(path_, fmt::format("tensor '{}': it is made by {}, which dlrun does not know", name,
                                   printable(class_of(*thing))));
  if (!layout) torch_error(path_, fmt::format("tensor '{}': it is made in a way dlrun does not know", name));
  const std::optional<Extent> extent = extent_of(*layout);
  const size_t element = c10::elementSize(layout->type);
  if (!extent) torch_error(path_, fmt::format("tensor '{}': its shape is too large", name));
  take_memory(tensor_bytes + (layout->sizes.size() > 5 ? 16 * layout->sizes.size() : 0));
  if (extent->elements == 0) {
    take_memory(parsed_bytes);
    return at::empty(layout->sizes, at::TensorOptions().dtype(layout->type));
  }
  const at::Tensor storage = this->storage(name, *layout->storage, element);
  const uint64_t held = static_cast<uint64_t>(storage.numel()) / element;
  if (static_cast<uint64_t>(extent->end) > held)
    torch_error(path_, fmt::format("tensor '{}': it reaches to element {} of its storage, which holds {}", name,
                                   extent->end, held));
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(extent->elements), element, &bytes) ||
      __builtin_add_overflow(bytes_, bytes, &bytes_) || bytes_ > most_bytes_)
    torch_error(path_,
                fmt::format("tensor '{}': with it the tensors, which share storages, would unfold to more than {} "
                            "bytes, far more than the file",
                            name, most_bytes_));
  at::Tensor result = at::detail::make_tensor<c10::TensorImpl>(c10::Storage(storage.storage()),
                                                               c10::DispatchKeySet(c10::DispatchKey::CPU),
                                                               c10::scalarTypeToTypeMeta(layout->type));
  result.unsafeGetTensorImpl()->set_sizes_and_strides(layout->sizes, layout->strides, layout->offset);
  return result;
}

}  // namespace dlrun
