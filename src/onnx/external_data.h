// Weights that lie in files beside an ONNX model.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "onnx/wire.h"

namespace dlrun {

struct ExternalRegion {
  std::string location;  // relative to the model's folder
  uint64_t offset = 0, bytes = 0;
};

// The files are mapped, not read. Regions of different values must not overlap; equal ones are shared.
class ExternalData {
 public:
  explicit ExternalData(std::string folder) : folder_(std::move(folder)) {}

  // Throws WireError for a location that is not a regular file inside the folder, reached through no link, or a region
  // that is not inside the file; UserError(no_input) for a missing file.
  at::Tensor tensor(const ExternalRegion& region, at::ScalarType type, const std::vector<int64_t>& shape,
                    const WirePlace& place);

 private:
  struct Used {
    uint64_t end;
    at::Tensor value;
  };
  struct File {
    FileBytes content;
    std::map<uint64_t, Used> used;  // by where it begins
  };
  File& open(const std::string& location, const WirePlace& place);

  std::string folder_;
  std::map<std::string, File> files_;
};

// A tensor over `bytes`, which `owner` keeps alive; copied where its elements are not aligned.
at::Tensor tensor_over(const std::shared_ptr<void>& owner, std::string_view bytes, at::ScalarType type,
                       const std::vector<int64_t>& shape);

}  // namespace dlrun
