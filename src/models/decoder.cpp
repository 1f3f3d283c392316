// What every decoder asks of its tokens.

#include "models/decoder.h"

#include <c10/core/GradMode.h>

namespace dlrun {

at::Tensor Decoder::advance(const at::Tensor& tokens, Batch& past) {
  TORCH_CHECK(tokens.dim() == 2 && tokens.size(0) == past.count && tokens.size(1) > 0, "next tokens ", tokens.sizes(),
              " of ", past.count, " texts");
  const c10::NoGradGuard no_gradients;
  return decode(tokens, past);
}

}  // namespace dlrun
