// What one attention block keeps of the tokens a decoder has read.

#include "models/key_value_cache.h"

namespace dlrun {

at::Tensor KeyValueCache::attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value) const {
  const int64_t added = key.size(2), all = length + added;
  TORCH_CHECK(all <= keys.size(2), all, " tokens in a memory with room for ", keys.size(2));
  keys.narrow(2, length, added).copy_(key);
  values.narrow(2, length, added).copy_(value);
  // The beginning of a text is computed as in training, with its bits.
  if (length == 0) return at::scaled_dot_product_attention(query, key, value, {}, 0.0, /*is_causal=*/true);
  // ATen's causal mask begins at the first key, not behind those of the past. One token alone may see everything.
  std::optional<at::Tensor> seen;
  if (added > 1) seen = at::ones({added, all}, query.options().dtype(at::kBool)).tril(length);
  return at::scaled_dot_product_attention(query, keys.narrow(2, 0, all), values.narrow(2, 0, all), seen);
}

}  // namespace dlrun
