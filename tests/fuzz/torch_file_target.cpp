// PyTorch files. For a pickle alone an archive with right sums and a few storages is made: mutations of a real one
// would rarely get past its sums.

#include "run/torch_file.h"
#include "targets.h"
#include "zip.h"

namespace dlrun::fuzz {

bool torch_file(Bytes bytes) {
  std::string made;
  if (bytes.size() > 1 && bytes[0] == 'P' && bytes[1] != 'K') {
    Zip zip;
    zip.add("a/data.pkl", std::string(reinterpret_cast<const char*>(bytes.data()) + 1, bytes.size() - 1));
    if (bytes[1] == 'B') zip.add("a/byteorder", "big");
    for (const char* key : {"0", "1", "2", "3"}) zip.add(std::string("a/data/") + key, std::string(64, *key));
    made = zip.finish();
    bytes = {reinterpret_cast<const uint8_t*>(made.data()), made.size()};
  }
  const FileBytes file = file_of(bytes);
  return only_bad_data([&] { touch(read_torch_file("fuzz", file).tensors); });
}

}  // namespace dlrun::fuzz
