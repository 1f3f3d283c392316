// What a field of a batch means.

#include "data/field_info.h"

#include <algorithm>

namespace dlrun {

bool FieldInfo::varies() const { return std::find(sizes.begin(), sizes.end(), -1) != sizes.end(); }

int64_t FieldInfo::numel() const {
  int64_t product = 1;
  for (const int64_t size : sizes) product *= std::max<int64_t>(1, size);
  return product;
}

const char* name_of(FieldInfo::Means means) {
  switch (means) {
    case FieldInfo::Means::numbers:
      return "numbers";
    case FieldInfo::Means::pixels:
      return "pixels";
    case FieldInfo::Means::tokens:
      return "tokens";
    case FieldInfo::Means::classes:
      return "classes";
    case FieldInfo::Means::mask:
      return "mask";
    case FieldInfo::Means::edges:
      return "edges";
  }
  return "";
}

}  // namespace dlrun
