// Changes of colour that trivial_augment makes beside those of color_jitter, against torchvision.

#include "data/colors.h"

#include <catch2/catch.hpp>

#include "data/augmented.h"
#include "golden.h"

namespace dlrun::colors_test {
namespace {

using nlohmann::json;

void check(const std::string& name, const std::string& amount, const std::function<void(PictureNumbers&)>& change) {
  const json golden = read_golden("data/color_jitter");
  const at::Tensor bytes = test::picture().slice(1, 4, 16).slice(2, 5, 18).contiguous().unsqueeze(0);
  int64_t compared = 0;
  for (const auto& [kind, given] :
       {std::pair("bytes", bytes), std::pair("deep", bytes.to(at::kInt).mul(257).to(at::kUInt16)),
        std::pair("unit", bytes.to(at::kFloat).div(255)), std::pair("grey", bytes.slice(1, 0, 1).contiguous())}) {
    const std::string key = name + " " + kind + " " + amount;
    if (!golden.contains(key)) continue;
    INFO(key);
    ++compared;
    PictureNumbers picture = picture_numbers(given, 0);
    change(picture);
    const at::Tensor changed = given.clone(), expected = test::from_json(golden[key]).unsqueeze(0);
    put_numbers(picture, changed, 0);
    const at::Tensor apart = (changed.to(at::kFloat).to(at::kDouble) - expected).abs();
    CHECK(apart.max().item<double>() <= (given.is_floating_point() ? 2e-6 : 1.0));
    CHECK(apart.gt(2e-6).sum().item<int64_t>() <= expected.numel() / 50);
  }
  CHECK(compared >= 3);
}

TEST_CASE("sharpness, posterize, solarize, autocontrast and equalize have torchvision's numbers") {
  for (const double factor : {0.0, 1.9})
    check("sharpness", json(factor).dump(), [&](PictureNumbers& picture) { adjust_sharpness(picture, factor); });
  for (const int64_t bits : {2, 5})
    check("posterize", json(bits).dump(), [&](PictureNumbers& picture) { posterize(picture, bits); });
  check("solarize", "0.5", [](PictureNumbers& picture) { solarize(picture, 0.5 * picture.white); });
  check("autocontrast", "None", [](PictureNumbers& picture) { autocontrast(picture); });
  check("equalize", "None", [](PictureNumbers& picture) { equalize(picture); });
}

TEST_CASE("a picture's numbers go and come back in every layout and type") {
  for (const at::Tensor& images : test::layouts(test::picture().unsqueeze(0).repeat({2, 1, 1, 1}))) {
    const PictureNumbers picture = picture_numbers(images, 1);
    CHECK(picture.plane(2)[3 * 50 + 7] == images[1][2][3][7].to(at::kFloat).item<float>());
    const at::Tensor empty = at::zeros_like(images);
    put_numbers(picture, empty, 1);
    CHECK(empty[1].to(at::kFloat).equal(images[1].to(at::kFloat)));
    CHECK(empty[0].to(at::kFloat).eq(0).all().item<bool>());
  }
}

}  // namespace
}  // namespace dlrun::colors_test
