// random_affine against torchvision's affine.

#include <catch2/catch.hpp>

#include "data/augmented.h"
#include "golden.h"

namespace dlrun::random_affine_test {

using namespace dlrun::test;
using nlohmann::json;

TEST_CASE("random_affine has torchvision's numbers, in every layout and type") {
  const json golden = read_golden("data/random_affine")["affine"];
  REQUIRE(golden.size() == 8);
  const at::Tensor image = picture().slice(1, 0, 11).slice(2, 0, 14).contiguous().unsqueeze(0);
  // What is drawn from a range of one number is that number; a translation is drawn from both sides of 0.
  const std::vector<std::pair<std::string, json>> cases = {
      {"turn", {{"degrees", {25.0, 25.0}}}},
      {"corner", {{"degrees", {40.0, 40.0}}, {"scale", {0.8, 0.8}}, {"center", {2.0, 3.0}}}}};
  for (const auto& [name, values] : cases)
    for (const std::string mode : {"nearest", "bilinear"}) {
      INFO(name << " " << mode);
      json options = values;
      options["interpolation"] = mode;
      options["fill"] = {9.0, 99.0, 199.0};
      const at::Tensor expected = from_json(golden[name + " " + mode]).unsqueeze(0).to(at::kFloat);
      for (const at::Tensor& images : layouts(image)) {
        const at::Tensor result = applied(*augmentation("random_affine", options), images)["input"].to(at::kFloat);
        const at::Tensor apart = (result / (images.scalar_type() == at::kUInt16 ? 257 : 1) - expected).abs();
        CHECK(apart.le(0.51).to(at::kFloat).mean().item<double>() > 0.99);
      }
    }
}

TEST_CASE("random_affine moves by whole pixels, as often to each side") {
  const at::Tensor images = at::zeros({3000, 1, 9, 9}, at::kByte);
  images.select(2, 4).select(2, 4).fill_(200);
  const at::Tensor moved =
      applied(*augmentation("random_affine", {{"degrees", {0.0}}, {"translate", {0.25, 0.0}}}), images)["input"];
  const at::Tensor row = moved.select(2, 4).squeeze(1).eq(200).sum(0);  // how often the mark is in each column
  CHECK(row.sum().item<int64_t>() == 3000);
  // -2.25 to 2.25, rounded: the outer ones have half of the others' share and a little more.
  for (const int64_t column : {3, 4, 5}) CHECK(row[column].item<int64_t>() == Approx(3000 / 4.5).epsilon(0.15));
  for (const int64_t column : {2, 6}) CHECK(row[column].item<int64_t>() == Approx(3000 * 0.75 / 4.5).epsilon(0.2));
}

TEST_CASE("random_affine scales and shears, and refuses what does not fit") {
  const at::Tensor image = picture().slice(1, 0, 11).slice(2, 0, 14).contiguous().unsqueeze(0);
  const at::Tensor plain = applied(*augmentation("random_affine", {{"degrees", {0.0}}}), image)["input"];
  CHECK(plain.equal(image));
  for (const json& one :
       {json{{"scale", {0.5, 0.5}}}, json{{"shear", {20.0, 20.0}}}, json{{"shear", {0.0, 0.0, 20.0, 20.0}}}}) {
    json options = one;
    options["degrees"] = {0.0};
    CHECK_FALSE(applied(*augmentation("random_affine", options), image)["input"].equal(image));
  }
  refuses_shape("random_affine", {{"degrees", {0.0}}, {"fill", {1.0, 2.0}}}, {3, 8, 8}, "random_affine.fill");
}

}  // namespace dlrun::random_affine_test
