// Cosine embedding loss against torch's over all pairs of a batch.

#include "losses/embeddings.h"

namespace dlrun::cosine_embedding_test {
namespace {

TEST_CASE("cosine_embedding and its gradient equal torch's") {
  check_embedding("cosine_embedding", "plain", "cosine_embedding", 36);
  check_embedding("cosine_embedding", "margin", "{type: cosine_embedding, margin: 0.4}", 36);
  check_slopes("{type: cosine_embedding, margin: -0.2}");
}

TEST_CASE("cosine_embedding needs embeddings, and stands places that are one") { check_edges("cosine_embedding"); }

}  // namespace
}  // namespace dlrun::cosine_embedding_test
