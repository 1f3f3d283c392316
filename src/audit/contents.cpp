// Hashes of splits.

#include "audit/contents.h"

#include "audit/samples.h"
#include "base/hash.h"
#include "data/source.h"

namespace dlrun {
namespace {

void add(Hasher& hasher, const std::string& text) { hasher.update(std::as_bytes(std::span(text.data(), text.size()))); }

std::string content_of(const Split& split) {
  Hasher hasher;
  if (const auto text = split.text_written()) {
    hasher.update(std::as_bytes(text->tokens));
    add(hasher, std::to_string(split.size()));
    return hasher.hex();
  }
  bool first = true;
  for_batches(split, Walk::in_order, [&](int64_t, const Batch& batch) {
    for (const auto& [name, tensor] : batch.tensors()) {
      const at::Tensor plain = tensor.contiguous();
      // Shapes once: how many samples a batch has is ours to choose.
      if (first) {
        add(hasher, name + at::toString(plain.scalar_type()));
        for (const int64_t size : plain.sizes().slice(std::min<size_t>(1, plain.sizes().size())))
          add(hasher, std::to_string(size) + ",");
      }
      hasher.update({static_cast<const std::byte*>(plain.const_data_ptr()), plain.nbytes()});
    }
    first = false;
  });
  return hasher.hex();
}

}  // namespace

Contents contents_of(const Splits& splits) {
  Contents contents;
  for (const auto& [name, split] : named_splits(splits)) contents[name] = content_of(*split);
  return contents;
}

}  // namespace dlrun
