#include "data/mask_pairs.h"

#include <map>
#include <set>

#include <fmt/format.h>

#include "base/log.h"
#include "data/input_file.h"
#include "data/splits.h"

namespace dlrun {
namespace {

// Other pictures would decode to grey too, and give classes that nobody drew.
void check_mask(const Picture& mask) {
  if (!mask.facts) decode_picture(mask, {});  // Says what is wrong.
  const ImageFacts& facts = *mask.facts;
  if (facts.jpeg) bad_data(mask.str(), "is no PNG file; masks are, because JPEG changes values");
  if (facts.channels == 1 && !facts.palette && facts.bits <= 8 && !facts.alpha) return;
  bad_data(mask.str(), fmt::format("is a PNG {} of {} bits{}; masks are grey and of at most 8 bits, without alpha: "
                                   "convert it",
                                   facts.palette         ? "with a palette"
                                   : facts.channels == 1 ? "in grey"
                                                         : "in colour",
                                   facts.bits, facts.alpha ? " with alpha" : ""));
}

enum class Drawn { on_stored, on_shown, unclear };

// Whether a mask was drawn on its picture as that is stored, or as it is shown; only sizes tell.
Drawn drawn_on(const ImageFacts& picture, const ImageFacts& mask) {
  if (picture.orientation < 5 || picture.height == picture.width) return Drawn::unclear;
  if (mask.height == picture.height && mask.width == picture.width) return Drawn::on_stored;
  return mask.height == picture.width && mask.width == picture.height ? Drawn::on_shown : Drawn::unclear;
}

}  // namespace

std::string without_ending(const std::string& name) { return name.substr(0, name.rfind('.')); }

MaskPairs find_mask_pairs(const std::string& images, const std::string& masks) {
  MaskPairs pairs{find_pictures(images).pictures, {}};
  std::map<std::string, Picture> by_name;
  for (Picture& mask : find_pictures(masks).pictures) {
    const std::string name = without_ending(mask.name);
    if (by_name.contains(name)) bad_data(mask.str(), "there are two masks of the name " + name);
    by_name.emplace(name, std::move(mask));
  }
  std::set<std::string> seen;
  for (const Picture& picture : pairs.pictures) {
    const std::string name = without_ending(picture.name);
    if (!seen.insert(name).second) bad_data(picture.str(), "there are two pictures of the name " + name);
    const auto mask = by_name.find(name);
    if (mask == by_name.end()) bad_data(picture.str(), "has no mask in " + masks);
    pairs.masks.push_back(mask->second);
  }
  for (const auto& [name, mask] : by_name)
    if (!seen.contains(name)) bad_data(mask.str(), "is a mask without a picture in " + images);
  for (const Picture& mask : pairs.masks) check_mask(mask);
  return pairs;
}

void MaskPairs::turn_masks() {
  int64_t stored = 0, shown = 0;
  const Picture* unclear = nullptr;
  const auto each = [&](const auto& work) {
    for (size_t i = 0; i < masks.size(); ++i) {
      const Picture& picture = pictures[i];
      Picture& mask = masks[i];
      if (picture.facts && picture.facts->orientation != 1 && mask.facts->orientation == 1)
        work(picture.facts->orientation, drawn_on(*picture.facts, *mask.facts), mask);
    }
  };
  each([&](int, Drawn drawn, const Picture& mask) {
    stored += drawn == Drawn::on_stored;
    shown += drawn == Drawn::on_shown;
    if (drawn == Drawn::unclear && !unclear) unclear = &mask;
  });
  if (stored > 0 && shown > 0 && unclear)
    bad_data(unclear->str(),
             "its picture is turned (EXIF orientation), and nothing tells whether the mask was drawn "
             "before that or after: others were drawn both ways. Store the pictures turned, without "
             "the note");
  int64_t turned = 0, left = 0;
  each([&](int orientation, Drawn drawn, Picture& mask) {
    const bool turn = drawn == Drawn::on_stored || (drawn == Drawn::unclear && shown == 0);
    if (turn) mask.orientation = orientation;
    ++(turn ? turned : left);
  });
  const auto count_of = [](int64_t count) { return fmt::format("data: {} mask{}", count, count == 1 ? "" : "s"); };
  if (turned > 0) log_info(count_of(turned) + " turned like the pictures");
  if (left > 0) log_info(count_of(left) + " drawn on the turned pictures, left as stored");
}

}  // namespace dlrun
