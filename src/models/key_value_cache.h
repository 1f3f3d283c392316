// What one attention block keeps of the tokens a decoder has read.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace dlrun {

// Views of a decoder's memory, which has its full size from the start: nothing that was written moves again.
struct KeyValueCache {
  at::Tensor keys, values;  // [B, heads, room, width]
  int64_t length = 0;       // tokens in it, and where the next one goes

  // Query, key and value [B, heads, T, width] of the next T tokens -> what each finds in itself and all before it, of
  // the query's shape. Writes keys and values; the owner counts the tokens once all blocks have read them.
  at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value) const;
};

}  // namespace dlrun
