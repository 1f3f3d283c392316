// Pictures of other formats than JPEG and PNG against Pillow and numpy (golden/data/formats.py), and damaged ones.

#include <catch2/catch.hpp>

#include "data/components.h"
#include "data/golden_pictures.h"
#include "data/images.h"

namespace dlrun::formats_test {
namespace {

using nlohmann::json;

// Whether OpenCV was there when dlrun was built.
bool readable() {
  try {
    decode_image(std::string("P5 1 1 255\n\x07", 12), {}, "x");
    return true;
  } catch (const UserError& error) {
    if (error.code() != ExitCode::no_input) throw;
    WARN("skipped: this build reads no BMP, WebP, TIFF and PNM (OpenCV was missing)");
    return false;
  }
}

}  // namespace

TEST_CASE("bmp, webp, tiff and pnm show what Pillow says they show") {
  if (!readable()) return;
  const json golden = read_golden("data/formats");
  for (const auto& [name, kind] : golden.items()) {
    INFO(name);
    const std::string bytes = test::from_hex(kind["hex"]);
    CHECK(picture_format(bytes.substr(0, 16)) == PictureFormat::other);
    if (name == "tiff with alpha") {
      test::check_error([&, &name = name] { decode_image(bytes, {}, name); }, ExitCode::bad_data, "a TIFF with alpha");
      continue;
    }
    const std::optional<ImageFacts> facts = look_at_image(bytes, name);
    REQUIRE(facts);
    if (kind.contains("deep")) {
      CHECK(facts->bits == 16);
      CHECK(
          decode_image(bytes, {.channels = 1, .deep = true}, name).to(at::kLong).equal(test::pixels_of(kind["deep"])));
      continue;
    }
    const at::Tensor rgb = test::pixels_of(kind["rgb"]);
    const at::Tensor image = decode_image(bytes, {}, name);
    REQUIRE(image.sizes() == rgb.sizes());
    CHECK((image.to(at::kLong) - rgb).abs().max().item<int64_t>() == 0);
    CHECK(facts->alpha == kind["alpha"].get<bool>());
    CHECK(facts->bits <= 8);
    const bool on_its_side = facts->orientation >= 5;
    CHECK((on_its_side ? facts->width : facts->height) == rgb.size(1));
  }
}

TEST_CASE("other formats that are cut short, damaged or too large are refused before memory is taken") {
  if (!readable()) return;
  const json golden = read_golden("data/formats");
  for (const char* name : {"bmp of colours", "webp", "tiff", "ppm"}) {
    INFO(name);
    const std::string bytes = test::from_hex(golden[name]["hex"]);
    for (const size_t size : {size_t{12}, bytes.size() / 2}) {
      INFO(size);
      try {
        decode_image(bytes.substr(0, size), {}, "x");
        CHECK(std::string(name) != "webp");
      } catch (const UserError& error) {
        CHECK(error.code() == ExitCode::bad_data);
      }
    }
  }
  test::check_error([&] { decode_image("P6 60000 60000 255\n....", {}, "x"); }, ExitCode::bad_data,
                    "x: has more than 134 million pixels");
  std::string huge = test::from_hex(golden["bmp of colours"]["hex"]);
  huge.replace(18, 8, std::string("\x60\xEA\0\0\x60\xEA\0\0", 8));
  test::check_error([&] { decode_image(huge, {}, "x"); }, ExitCode::bad_data, "x: has more than 134 million pixels");
}

}  // namespace dlrun::formats_test
