// Sums of losses against their summands.

#include "losses/embeddings.h"

namespace dlrun::weighted_sum_test {
namespace {

TEST_CASE("weighted_sum is the sum of its means times their weights, and records each by its name") {
  const LossHolder sum(
      "{type: weighted_sum, of: [{loss: mse}, {loss: {type: huber, delta: 0.5}, weight: 0.25}, "
      "{loss: huber, weight: 2}, {loss: mae, weight: 0, name: far}]}");
  const at::Tensor prediction = wave({4, 3}, 0.3), target = wave({4, 3}, 1.0);
  const auto alone = [&](const std::string& yaml) {
    return LossHolder(yaml).of(prediction, target).mean.item<double>();
  };
  const double mse = alone("mse"), narrow = alone("{type: huber, delta: 0.5}"), wide = alone("huber"),
               mae = alone("mae");
  const Weighted all = sum.of(prediction, target);
  CHECK(all.mean.item<double>() == Approx(mse + 0.25 * narrow + 2 * wide));
  CHECK(all.weight.item<double>() == 12.0);
  const std::vector<std::pair<std::string, double>> expected = {
      {"mse_loss", mse}, {"huber_1_loss", narrow}, {"huber_2_loss", wide}, {"far_loss", mae}};
  REQUIRE(all.parts.size() == expected.size());
  for (size_t k = 0; k < expected.size(); ++k) {
    CHECK(all.parts[k].first == expected[k].first);
    CHECK(all.parts[k].second.item<double>() == Approx(expected[k].second));
    CHECK_FALSE(all.parts[k].second.requires_grad());
  }
}

TEST_CASE("the gradient of weighted_sum is its slope") {
  check_differences("{type: weighted_sum, of: [{loss: mse}, {loss: huber, weight: 0.5}]}", wave({4, 3}, 0.4),
                    wave({4, 3}, 1.0).to(at::kDouble));
}

TEST_CASE("weighted_sum gives each summand the weights that it learns") {
  const std::string yaml = "{type: weighted_sum, of: [{loss: arcface}, {loss: center, weight: 0.1}]}";
  const std::vector<OwnWeight> own = LossHolder(yaml).loss->weights(4, 5);
  REQUIRE(own.size() == 2);
  CHECK(own[0].name == "arcface_weight");
  CHECK(own[1].name == "center_centers");
  const at::Tensor places = wave({9, 4}, 0.3), weight = wave({4, 4}, 0.9), centers = wave({4, 4}, 0.1);
  const double both = loss_of(yaml, places, nine_classes(), {{"arcface_weight", weight}, {"center_centers", centers}})
                          .mean.item<double>();
  const double first = loss_of("arcface", places, nine_classes(), {{"weight", weight}}).mean.item<double>();
  const double second = loss_of("center", places, nine_classes(), {{"centers", centers}}).mean.item<double>();
  CHECK(both == Approx(first + 0.1 * second));
}

TEST_CASE("weighted_sum counts samples by their weights, and balances those that ask") {
  const std::string yaml = "{type: weighted_sum, of: [{loss: mse}, {loss: mae}]}";
  check_weighted(yaml, wave({4, 3}, 0.3), wave({4, 3}, 1.0));
  const LossHolder holder(
      "{type: weighted_sum, of: [{loss: {type: focal, balance_classes: true}}, {loss: cross_entropy}]}");
  CHECK(holder.loss->asks_for_counts());
  holder.loss->know_counts({3, 1});
  CHECK_FALSE(holder.loss->asks_for_counts());
}

TEST_CASE("losses that want answers of different sizes cannot be summed") {
  const LossHolder holder("{type: weighted_sum, of: [{loss: cross_entropy}, {loss: bce}]}");
  CHECK(holder.loss->outputs(3) == 3);
  CHECK_THROWS_WITH(holder.loss->outputs(2), Catch::StartsWith("loss.of: cross_entropy wants 2 numbers"));
}

}  // namespace
}  // namespace dlrun::weighted_sum_test
