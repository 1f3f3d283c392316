// Indices of safetensors files. What is read must come back the same from its own text.

#include "run/weights_index.h"
#include "targets.h"

namespace dlrun::fuzz {

bool index(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return only_bad_data([&] {
    const WeightsIndex index = parse_weights_index("fuzz", text);
    const WeightsIndex again = parse_weights_index("again", weights_index_text(index, 0));
    expect(again.files == index.files && again.tensors == index.tensors, "its own text gives another index");
    for (const std::string& name : index.files)
      expect(!name.empty() && name != ".." && name.find('/') == std::string::npos, "a file outside of the folder");
  });
}

}  // namespace dlrun::fuzz
