// Datasets of an HDF5 file as tensors, with errors that say what else a name stands for.

#include "data/hdf5_file.h"

#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "base/long_work.h"
#include "base/text.h"
#include "data/input_file.h"

namespace dlrun {
namespace {

constexpr size_t names_told = 12, names_kept = 1000;

// An HDF5 identifier, closed at the end of the scope.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// The library prints errors and loads filters from disk unless told not to.
void tame_library() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
}

herr_t take_name(hid_t, const char* name, const H5L_info_t*, void* names) {
  auto& found = *static_cast<std::vector<std::string>*>(names);
  found.emplace_back(name);
  return found.size() < names_kept ? 0 : 1;  // 1: enough
}

// "train/label, train/pixels, ...": what a group holds. In the order of the file, sorted here: the library (1.10.8)
// crashes on damaged groups where it sorts.
std::string members(hid_t file, const std::string& group) {
  std::vector<std::string> names;
  const Handle opened(H5Gopen2(file, group.empty() ? "/" : group.c_str(), H5P_DEFAULT), H5Gclose);
  if (opened < 0 || H5Literate(opened, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, take_name, &names) < 0 || names.empty())
    return "nothing that can be read";
  std::sort(names.begin(), names.end());
  const bool more = names.size() > names_told;
  names.resize(std::min(names.size(), names_told));
  if (!group.empty())
    for (std::string& name : names) name = group + "/" + name;
  return join(names, ", ") + (more ? ", ..." : "");
}

// Where a link leads, as it is written in the file.
std::string target_of(hid_t file, const std::string& name, const H5L_info_t& link) {
  std::string value(std::min<size_t>(link.u.val_size, 4096), '\0');
  if (H5Lget_val(file, name.c_str(), value.data(), value.size(), H5P_DEFAULT) < 0) return "somewhere";
  if (link.type == H5L_TYPE_SOFT) return value.c_str();
  const char *other = nullptr, *inside = nullptr;
  unsigned flags = 0;
  if (H5Lunpack_elink_val(value.data(), value.size(), &flags, &other, &inside) < 0) return "somewhere";
  return std::string(other) + ":" + inside;
}

// Walks a path link by link: a link into another file could name any file of this machine.
void check_links(hid_t file, const std::string& path, const std::string& name) {
  std::string group;
  for (size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
    const std::string part = name.substr(0, end);
    H5L_info_t link;
    if (H5Lget_info(file, part.c_str(), &link, H5P_DEFAULT) < 0)
      bad_data(path, fmt::format("has no dataset '{}' ('{}' is not there); {} holds {}", name, part,
                                 group.empty() ? "the file" : "'" + group + "'", members(file, group)));
    if (link.type == H5L_TYPE_SOFT)
      bad_data(path, fmt::format("'{}' is a soft link to '{}'; name what it leads to instead", part,
                                 target_of(file, part, link)));
    if (link.type == H5L_TYPE_EXTERNAL)
      bad_data(path, fmt::format("'{}' is a link into another file ({}); only data in the file itself is read", part,
                                 target_of(file, part, link)));
    if (link.type != H5L_TYPE_HARD)
      bad_data(path, "'" + part + "' is a link of a kind of its own; only data in the file itself is read");
    if (end == std::string::npos) return;
    group = part;
  }
}

// Filters whose code is not in the library: those of other programs (lzf of h5py, Blosc, zstd).
void check_filters(hid_t plan, const std::string& path, const std::string& name) {
  for (int i = 0; i < H5Pget_nfilters(plan); ++i) {
    unsigned flags = 0;
    size_t values = 0;
    char filter[64] = {};
    const H5Z_filter_t id =
        H5Pget_filter2(plan, static_cast<unsigned>(i), &flags, &values, nullptr, sizeof filter, filter, nullptr);
    if (id >= 0 && H5Zfilter_avail(id) <= 0)
      bad_data(path, fmt::format("'{}' is packed by the filter {} ({}), which is not built in; write it with gzip or "
                                 "unpacked (h5repack -f GZIP=4 OLD NEW)",
                                 name, filter[0] ? filter : "of a number alone", id));
  }
}

// Rows that are read at a time: of whole chunks, so that each is unpacked once.
hsize_t rows_at_once(hid_t plan, const std::vector<hsize_t>& sizes, double row_bytes) {
  constexpr double bytes_at_once = 16 << 20;
  auto rows = static_cast<hsize_t>(std::max(1.0, bytes_at_once / row_bytes));
  std::vector<hsize_t> chunk(sizes.size());
  if (H5Pget_layout(plan) == H5D_CHUNKED &&
      H5Pget_chunk(plan, static_cast<int>(chunk.size()), chunk.data()) == static_cast<int>(chunk.size()) &&
      chunk[0] > 0)
    rows = (rows + chunk[0] - 1) / chunk[0] * chunk[0];
  return std::min(rows, sizes[0]);
}

bool is_boolean(hid_t type) {
  if (H5Tget_nmembers(type) != 2 || H5Tget_size(type) != 1) return false;
  for (unsigned i = 0; i < 2; ++i) {
    int8_t value = -1;
    char* member = H5Tget_member_name(type, i);
    const std::string label = member ? member : "";
    H5free_memory(member);
    if (H5Tget_member_value(type, i, &value) < 0 || lower(label) != (value == 0 ? "false" : "true")) return false;
  }
  return true;
}

// How a dataset is read, and the tensor it becomes.
struct NumberType {
  at::ScalarType tensor;
  hid_t memory;
};

// `enumerated` is the enumeration's own type in this machine's byte order, where it is one.
NumberType number_type(hid_t type, hid_t enumerated, const std::string& path, const std::string& name) {
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return H5Tget_size(type) > 4 ? NumberType{at::kDouble, H5T_NATIVE_DOUBLE}
                                   : NumberType{at::kFloat, H5T_NATIVE_FLOAT};
    case H5T_INTEGER:
      if (H5Tget_size(type) == 1 && H5Tget_sign(type) == H5T_SGN_NONE) return {at::kByte, H5T_NATIVE_UINT8};
      return {at::kLong, H5T_NATIVE_INT64};
    case H5T_ENUM:
      switch (H5Tget_size(enumerated)) {
        case 1:
          return {is_boolean(type) ? at::kBool : at::kChar, enumerated};
        case 2:
          return {at::kShort, enumerated};
        case 4:
          return {at::kInt, enumerated};
        default:
          return {at::kLong, enumerated};
      }
    case H5T_STRING:
      bad_data(path, "'" + name + "' holds texts, expected numbers");
    case H5T_COMPOUND:
      bad_data(path, "'" + name + "' holds records of several values (a compound type), expected numbers");
    default:
      bad_data(path, "'" + name + "' holds neither integers nor floating point numbers");
  }
}

// Of doubles, what a network's 32 bits can hold.
template <class Number>
void check_finite(const at::Tensor& values, const std::string& path, const std::string& name) {
  const Number* value = values.const_data_ptr<Number>();
  for (int64_t i = 0; i < values.numel(); ++i)
    if (!std::isfinite(static_cast<float>(value[i])))
      bad_data(path, "'" + name + "' holds NaN or infinity in row " + std::to_string(i / values.stride(0)));
}

}  // namespace

Hdf5File::Hdf5File(const std::string& path) : path_(path) {
  tame_library();
  bytes_ = InputFile(path).size();
  file_ = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file_ < 0) bad_data(path, "is no HDF5 file, or damaged or cut short");
}

Hdf5File::~Hdf5File() { H5Fclose(file_); }

at::Tensor Hdf5File::read(const std::string& name) const {
  check_links(file_, path_, name);
  const Handle object(H5Oopen(file_, name.c_str(), H5P_DEFAULT), H5Oclose);
  if (H5Iget_type(object) == H5I_GROUP)
    bad_data(path_, "'" + name + "' is a group, expected a dataset; it holds " + members(file_, name));
  if (H5Iget_type(object) == H5I_DATATYPE) bad_data(path_, "'" + name + "' is a type, expected a dataset");
  const Handle dataset(H5Dopen2(file_, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (dataset < 0) bad_data(path_, "'" + name + "' is damaged");
  const Handle plan(H5Dget_create_plist(dataset), H5Pclose), space(H5Dget_space(dataset), H5Sclose),
      type(H5Dget_type(dataset), H5Tclose),
      enumerated(H5Tget_class(type) == H5T_ENUM ? H5Tget_native_type(type, H5T_DIR_ASCEND) : -1, H5Tclose);
  if (H5Pget_external_count(plan) > 0 || H5Pget_layout(plan) == H5D_VIRTUAL)
    bad_data(path_, "'" + name + "' keeps its data in another file; only data in the file itself is read");
  const int dimensions = H5Sget_simple_extent_ndims(space);
  if (dimensions < 1) bad_data(path_, "'" + name + "' is a single value, expected one row for each sample");
  std::vector<hsize_t> sizes(static_cast<size_t>(dimensions));
  H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
  const NumberType numbers = number_type(type, enumerated, path_, name);
  double bytes = static_cast<double>(at::elementSize(numbers.tensor));
  for (const hsize_t size : sizes) {
    if (size == 0) bad_data(path_, "'" + name + "' is empty");
    bytes *= static_cast<double>(size);
  }
  require_memory(path_, bytes, "'" + name + "'");
  if (bytes > static_cast<double>(bytes_) * 1032)  // deflate packs at most 1032 to 1
    bad_data(path_, "'" + name + "' promises more data than a file of " + std::to_string(bytes_) + " bytes can hold");
  check_filters(plan, path_, name);
  at::Tensor values = at::empty(std::vector<int64_t>(sizes.begin(), sizes.end()), numbers.tensor);
  LongWork reading("reading '" + name + "' of " + path_, static_cast<int64_t>(bytes), Counted::bytes);
  const double row_bytes = bytes / static_cast<double>(sizes[0]);
  const hsize_t step = rows_at_once(plan, sizes, row_bytes);
  char* to = static_cast<char*>(values.data_ptr());
  for (hsize_t row = 0; row < sizes[0]; row += step) {
    std::vector<hsize_t> first(sizes.size()), count = sizes;
    first[0] = row;
    count[0] = std::min(step, sizes[0] - row);
    const Handle memory(H5Screate_simple(dimensions, count.data(), nullptr), H5Sclose);
    if (H5Sselect_hyperslab(space, H5S_SELECT_SET, first.data(), nullptr, count.data(), nullptr) < 0 ||
        H5Dread(dataset, numbers.memory, memory, space, H5P_DEFAULT, to) < 0)
      bad_data(path_, "'" + name + "' is damaged or cut short");
    const auto came = static_cast<int64_t>(row_bytes * static_cast<double>(count[0]));
    to += came;
    reading.done(came);
  }
  if (values.scalar_type() == at::kFloat) check_finite<float>(values, path_, name);
  if (values.scalar_type() == at::kDouble) check_finite<double>(values, path_, name);
  const bool kept = values.is_floating_point() || values.scalar_type() == at::kByte;
  return kept || values.scalar_type() == at::kBool ? values : values.to(at::kLong);
}

}  // namespace dlrun
