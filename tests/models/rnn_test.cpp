// rnn against torch.nn.RNN, over packed sequences too, and its limits.

#include <catch2/catch.hpp>

#include "models/recurrent.h"

namespace dlrun::rnn_test {
namespace {

TEST_CASE("rnn has torch's names, results and gradients") { check_sequence("rnn"); }

TEST_CASE("rnn starts from torch's weights after the same seed") {
  check_initial_weights("rnn", RecurrentCell::rnn_tanh);
}

TEST_CASE("rnn reads a text in pieces as it reads the whole, and each token costs the same") {
  check_sequence_decoder("rnn");
}

TEST_CASE("padding changes no number of rnn") { check_padding("rnn"); }

TEST_CASE("rnn on meta and on flat buffers") {
  check_meta_build(*small_sequence("rnn", 2, true), sequences());
  check_flat_build(*small_sequence("rnn", 2, true), sequences(), token_batch(false));
}

}  // namespace
}  // namespace dlrun::rnn_test
