// trivial_augment: every change is among torchvision's, each as likely.

#include <catch2/catch.hpp>
#include <set>

#include "data/augmented.h"
#include "golden.h"

namespace dlrun::trivial_augment_test {

using namespace dlrun::test;
using nlohmann::json;

TEST_CASE("trivial_augment gives what torchvision's can, and each change as often") {
  // Two strengths, none and the most: then a picture has few successors, which the golden file lists by change.
  const json golden = read_golden("data/trivial_augment");
  std::map<std::string, std::vector<at::Tensor>> known;
  for (const auto& [change, pictures] : golden.items())
    for (const json& one : pictures) known[change].push_back(from_json(one).to(at::kDouble));
  REQUIRE(known.size() == 14);
  const at::Tensor image = picture().slice(1, 0, 9).slice(2, 0, 12).contiguous();
  constexpr int64_t count = 1400;
  const at::Tensor results = applied(*augmentation("trivial_augment", {{"num_magnitude_bins", 2}}),
                                     image.unsqueeze(0).repeat({count, 1, 1, 1}))["input"]
                                 .to(at::kDouble);
  const auto same = [](const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().le(1).to(at::kDouble).mean().item<double>() > 0.97;
  };
  int64_t unchanged = 0, unknown = 0;
  std::map<std::string, int64_t> hits;
  for (int64_t i = 0; i < count; ++i) {
    if (results[i].equal(image.to(at::kDouble))) {
      ++unchanged;
      continue;
    }
    bool found = false;
    for (const auto& [change, pictures] : known)
      for (const at::Tensor& one : pictures)
        if (!found && same(results[i], one)) {
          found = true;
          ++hits[change];
        }
    unknown += !found;
  }
  CHECK(unknown == 0);
  // The weakest of ten changes and identity change nothing; half of 100 are left of each. A picture that is moved out
  // of sight is as black from both sides, and this one is too smooth to be sharpened.
  for (const char* change : {"ShearX", "ShearY", "Rotate", "Brightness", "Color", "Contrast", "Posterize"})
    CHECK(hits[change] == Approx(50).margin(30));
  CHECK(unchanged > 400);
}

TEST_CASE("trivial_augment is a sample's own and refuses what it cannot change") {
  const at::Tensor images = picture().unsqueeze(0).repeat({30, 1, 1, 1});
  const auto trivial = augmentation("trivial_augment");
  for (const at::Tensor& given : layouts(images)) {
    const at::Tensor all = given.is_floating_point() ? given / 255 : given;
    const at::Tensor whole = applied(*trivial, all)["input"];
    CHECK(whole.suggest_memory_format() == all.suggest_memory_format());
    CHECK(whole.equal(applied(*trivial, all)["input"]));
  }
  refuses_shape("trivial_augment", json::object(), {4, 8, 8}, "these pictures have 4 channels");
}

}  // namespace dlrun::trivial_augment_test
