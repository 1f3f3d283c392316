// Decoding: every kind of JPEG and PNG against Pillow and numpy (golden/data/images.py), turning, damage.

#include <catch2/catch.hpp>

#include "data/components.h"
#include "data/golden_pictures.h"
#include "data/images.h"

namespace dlrun::images_test {
namespace {

using nlohmann::json;

int64_t largest_difference(const at::Tensor& image, const at::Tensor& expected) {
  REQUIRE(image.sizes() == expected.sizes());
  return (image.to(at::kLong) - expected).abs().max().item<int64_t>();
}

void refuses(const std::string& bytes, const std::string& message) {
  test::check_error([&] { decode_image(bytes, {}, "x"); }, ExitCode::bad_data, "x: " + message);
}

// Refused, or told to hold bytes that belong to no pixel.
bool noticed(const std::string& bytes) {
  int64_t loose = 0;
  try {
    decode_image(bytes, {}, "x", &loose);
  } catch (const UserError& error) {
    return std::string(error.what()).starts_with("x: is damaged");
  }
  return loose > 0;
}

}  // namespace

TEST_CASE("every kind of PNG gives the numbers it was written from, whatever it says about gamma and profiles") {
  const json golden = read_golden("data/images")["png"];
  for (const auto& [name, kind] : golden.items()) {
    INFO(name);
    const std::string bytes = test::from_hex(kind["hex"]);
    const at::Tensor rgb = test::pixels_of(kind["rgb"]), grey = test::pixels_of(kind["grey"]);
    CHECK(largest_difference(decode_image(bytes, {}, name), rgb) == 0);
    CHECK(largest_difference(decode_image(bytes, {.channels = 1}, name), grey) <= 1);
    CHECK(largest_difference(decode_image(bytes, {.deep = true}, name), rgb * 257) == 0);
    const std::optional<ImageFacts> facts = look_at_image(bytes, name);
    REQUIRE(facts);
    CHECK(facts->alpha == kind.value("alpha", false));
    CHECK(facts->bits <= 8);
  }
}

TEST_CASE("PNGs of 16 bits keep all of them, or are rounded to the nearest of 8") {
  const json golden = read_golden("data/images")["deep"];
  for (const auto& [name, kind] : golden.items()) {
    INFO(name);
    const std::string bytes = test::from_hex(kind["hex"]);
    const at::Tensor rgb = test::pixels_of(kind["rgb"]), grey = test::pixels_of(kind["grey"]);
    CHECK(largest_difference(decode_image(bytes, {.deep = true}, name), rgb) == 0);
    CHECK(largest_difference(decode_image(bytes, {.channels = 1, .deep = true}, name), grey) <= 1);
    const at::Tensor rounded = (rgb.to(at::kDouble) / 257).round().to(at::kLong);
    CHECK(largest_difference(decode_image(bytes, {}, name), rounded) == 0);
    CHECK(look_at_image(bytes, name)->bits == 16);
    CHECK(look_at_image(bytes, name)->alpha == kind.value("alpha", false));
  }
}

TEST_CASE("every kind of JPEG gives Pillow's pixels, and a grey within rounding of the PNG of the same pixels") {
  const json golden = read_golden("data/images")["jpeg"];
  for (const auto& [name, kind] : golden.items()) {
    INFO(name);
    const std::string bytes = test::from_hex(kind["hex"]);
    CHECK(largest_difference(decode_image(bytes, {}, name), test::pixels_of(kind["rgb"])) <= 1);
    CHECK(largest_difference(decode_image(bytes, {.channels = 1}, name), test::pixels_of(kind["grey"])) <= 1);
    CHECK(look_at_image(bytes, name)->channels == (name == "grey" ? 1 : name == "ink" ? 4 : 3));
  }
}

TEST_CASE("pictures are turned by their EXIF note as Pillow turns them, by what they are told, or not at all") {
  const json golden = read_golden("data/images");
  const std::string jpeg = test::from_hex(golden["jpeg"]["plain"]["hex"]);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    INFO(orientation);
    const at::Tensor shown = test::pixels_of(golden["shown"][std::to_string(orientation)]),
                     stored = test::pixels_of(golden["shown"]["1"]);
    const std::string png =
        test::png_with(encode_png(stored.to(at::kByte)), "eXIf", test::exif(orientation, orientation % 2 == 0));
    for (bool little : {false, true}) {
      const std::string turned = test::jpeg_turned(jpeg, orientation, little);
      CHECK(largest_difference(decode_image(turned, {}, "x"), shown) <= 1);
      CHECK(largest_difference(decode_image(turned, {.orientation = 1}, "x"), stored) <= 1);
      CHECK(look_at_image(turned, "x")->orientation == orientation);
      CHECK(look_at_image(turned, "x")->height == 21);
    }
    CHECK(largest_difference(decode_image(png, {}, "x"), shown) == 0);
    CHECK(largest_difference(decode_image(png, {.deep = true}, "x"), shown * 257) == 0);
    CHECK(largest_difference(decode_image(jpeg, {.orientation = orientation}, "x"), shown) <= 1);
    const at::Tensor grey = decode_image(png, {.channels = 1}, "x"), all = decode_image(png, {}, "x");
    CHECK(grey.sizes().slice(1) == all.sizes().slice(1));
  }
  // Notes that say nothing, or nonsense.
  for (const std::string& note : {std::string("II"), test::exif(9, true), test::exif(0, false),
                                  test::exif(6, true).substr(0, 30), std::string("II*\0\xFF\xFF\xFF\xFF", 8)})
    CHECK(look_at_image(test::png_with(encode_png(at::zeros({1, 2, 2}, at::kByte)), "eXIf", note), "x")->orientation ==
          1);
}

TEST_CASE("a head is read from the first bytes, or more of them are asked for") {
  const json golden = read_golden("data/images");
  for (const std::string& bytes : {test::jpeg_turned(test::from_hex(golden["jpeg"]["plain"]["hex"]), 6, true),
                                   test::from_hex(golden["png"]["palette_alpha"]["hex"])}) {
    size_t enough = 16;
    while (!look_at_image(std::string_view(bytes).substr(0, enough), "x")) ++enough;
    CHECK(enough > 40);
    CHECK(enough < bytes.size());
  }
  test::check_error([] { look_at_image("", "x"); }, ExitCode::bad_data, "x: is empty");
  test::check_error([] { look_at_image("GIF89a and more than a few bytes", "x"); }, ExitCode::bad_data,
                    "x: is neither JPEG nor PNG");
}

TEST_CASE("a JPEG whose pixels are damaged is refused; bytes of a camera's padding are counted") {
  const json golden = read_golden("data/images")["noise"];
  for (const auto& [name, hex] : golden.items()) {
    INFO(name);
    const std::string whole = test::from_hex(hex);
    int64_t loose = -1;
    CHECK(decode_image(whole, {}, name, &loose).sizes() == at::IntArrayRef({3, 32, 32}));
    CHECK(loose == 0);
    const size_t scan = whole.find("\xFF\xDA") + 10, end = whole.size() - 2;
    // Zeros from some place on; the rest missing, with and without an end mark.
    for (double share : {0.2, 0.5, 0.8}) {
      const size_t place = scan + static_cast<size_t>(share * static_cast<double>(end - scan));
      CHECK(noticed(whole.substr(0, place) + std::string(end - place, '\0') + "\xFF\xD9"));
      refuses(whole.substr(0, place) + "\xFF\xD9", "is damaged");
      refuses(whole.substr(0, place), "was cut short");
    }
    refuses(whole.substr(0, end), "was cut short");
    // A decoder reads a few bytes ahead, which it does not miss.
    for (const char filler : {'\0', 'a', '\x55'}) {
      const std::string padded = whole.substr(0, end) + std::string(60, filler) + "\xFF\xD9";
      CHECK(decode_image(padded, {}, name, &loose).equal(decode_image(whole, {}, "x")));
      CHECK(loose > 50);
      CHECK(loose <= 60);
    }
    // Behind the end, and between the parts of the head, bytes are of no concern.
    decode_image(whole + "and more", {}, name, &loose);
    CHECK(loose == 0);
    const size_t tables = whole.find("\xFF\xDB");
    CHECK(decode_image(whole.substr(0, tables) + "xyz" + whole.substr(tables), {}, name, &loose)
              .equal(decode_image(whole, {}, "x")));
    CHECK(loose == 0);
    refuses(whole.substr(0, end) + std::string(500, '\0') + "\xFF\xD9", "is damaged: many bytes of its pixels belong");
  }
}

TEST_CASE("a PNG is refused where a checksum of its pixels is wrong, not where one of a note is") {
  const std::string png = test::from_hex(read_golden("data/images")["png"]["rgb"]["hex"]);
  std::string wrong = png;
  const size_t pixels = png.find("IDAT");
  wrong[pixels + 20] = static_cast<char>(wrong[pixels + 20] ^ 1);
  refuses(wrong, "is damaged");
  wrong = png;
  wrong[12 + 4 + 3] = static_cast<char>(wrong[12 + 4 + 3] + 1);  // the width
  refuses(wrong, "is damaged: a checksum is wrong");
  std::string noted = test::png_with(png, "tEXt", std::string("Title\0x", 7));
  noted[noted.find("Title") + 6] = 'y';
  CHECK(decode_image(noted, {}, "x").equal(decode_image(png, {}, "x")));
  for (size_t kept = 8; kept < png.size(); kept += 7) refuses(png.substr(0, kept), "was cut short");
}

TEST_CASE("a picture that asks for more pixels than its bytes can hold, or than any picture has, is refused by size") {
  const json golden = read_golden("data/images");
  const std::string jpeg = test::from_hex(golden["jpeg"]["plain"]["hex"]),
                    png = test::from_hex(golden["png"]["rgb"]["hex"]);
  const size_t frame = jpeg.find(std::string("\xFF\xC0", 2));
  REQUIRE(frame != std::string::npos);
  const auto sized = [&](const std::string& size) {
    std::string changed = jpeg;
    return changed.replace(frame + 5, 4, size);  // height, width
  };
  // A mark without a length before the frame, and fill bytes: the frame is found all the same.
  for (const char* before : {"", "\xFF\x01", "\xFF\xFF\xFF", "\xFF\x01\xFF\x01"}) {
    const std::string huge = sized("\xEA\x60\xEA\x60");
    refuses(huge.substr(0, frame) + before + huge.substr(frame), "has more than 134 million pixels");
    CHECK_THROWS_WITH(look_at_image(huge.substr(0, frame) + before + huge.substr(frame), "x"),
                      Catch::Contains("134 million"));
  }
  refuses(sized("\x20\x01\x20\x01"), "promises more pixels than its bytes can hold");
  std::string wide = png.substr(0, 16) + test::big_endian(10000) + test::big_endian(10000) + png.substr(24);
  refuses(wide.replace(29, 4, test::big_endian(test::checksum(wide.substr(12, 17)))),
          "promises more pixels than its bytes can hold");
}

}  // namespace dlrun::images_test
