// gru against torch.nn.GRU, over packed sequences too, and its limits.

#include <catch2/catch.hpp>

#include "models/recurrent.h"

namespace dlrun::gru_test {
namespace {

TEST_CASE("gru has torch's names, results and gradients") { check_sequence("gru"); }

TEST_CASE("gru starts from torch's weights after the same seed") { check_initial_weights("gru", RecurrentCell::gru); }

TEST_CASE("gru reads a text in pieces as it reads the whole, and each token costs the same") {
  check_sequence_decoder("gru");
}

TEST_CASE("padding changes no number of gru") { check_padding("gru"); }

TEST_CASE("gru on meta and on flat buffers") {
  check_meta_build(*small_sequence("gru", 2, true), sequences());
  check_flat_build(*small_sequence("gru", 2, true), sequences(), token_batch(false));
}

}  // namespace
}  // namespace dlrun::gru_test
