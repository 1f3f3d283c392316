// The same samples in two splits.

#include "audit/overlap.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>

#include "audit/passages.h"
#include "audit/samples.h"
#include "base/units.h"
#include "data/source.h"

namespace dlrun {
namespace {

// The fingerprints of a split in ascending order, to be searched; of equal ones the first label's come first.
struct Sorted {
  explicit Sorted(Fingerprints taken) : prints(std::move(taken)), order(prints.hashes.size()) {
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [this](size_t a, size_t b) { return key(a) < key(b); });
  }
  // The first of the samples with this fingerprint, or of those of them with this label; hashes.size() without any.
  size_t find(const Hash128& hash) const {
    return first(std::tuple(hash, std::numeric_limits<int64_t>::min(), size_t{0}), hash);
  }
  size_t find(const Hash128& hash, int64_t label) const {
    const size_t found = first(std::tuple(hash, label, size_t{0}), hash);
    return found < order.size() && label_of(found) == label ? found : order.size();
  }
  size_t none() const { return order.size(); }
  Fingerprints prints;
  std::vector<size_t> order;

 private:
  int64_t label_of(size_t i) const { return prints.labels.empty() ? 0 : prints.labels[i]; }
  std::tuple<Hash128, int64_t, size_t> key(size_t i) const { return {prints.hashes[i], label_of(i), i}; }
  size_t first(const std::tuple<Hash128, int64_t, size_t>& from, const Hash128& hash) const {
    const auto place = std::lower_bound(order.begin(), order.end(), from,
                                        [this](size_t i, const auto& wanted) { return key(i) < wanted; });
    return place != order.end() && prints.hashes[*place] == hash ? *place : order.size();
  }
};

Overlap compare(const SplitPair& pair, const Sorted& held_out, const Sorted& other, size_t most_pairs) {
  const Fingerprints &ours = held_out.prints, &theirs = other.prints;
  Overlap overlap{pair.held_out, pair.other, ours.nodes ? "nodes" : "samples"};
  overlap.of = static_cast<int64_t>(ours.hashes.size());
  for (size_t i = 0; i < ours.hashes.size(); ++i) {
    size_t twin = other.find(ours.hashes[i]);
    if (twin == other.none()) continue;
    bool other_label = false;
    if (!ours.labels.empty() && !theirs.labels.empty()) {
      const size_t same = other.find(ours.hashes[i], ours.labels[i]);
      other_label = same == other.none();
      if (!other_label) twin = same;
    }
    ++overlap.count;
    overlap.other_label += other_label;
    if (overlap.pairs.size() < most_pairs)
      overlap.pairs.push_back({ours.name(*pair.held_out_split, i), theirs.name(*pair.other_split, twin), ours.ids[i],
                               theirs.ids[twin], other_label});
  }
  return overlap;
}

Overlap compare_texts(const SplitPair& pair, size_t most_pairs) {
  const FoundPassages passages =
      find_passages(pair.held_out_split->text_written()->tokens, pair.other_split->text_written()->tokens);
  Overlap overlap{pair.held_out, pair.other, fmt::format("passages of {} tokens", passages.length)};
  overlap.of = passages.passages;
  overlap.count = static_cast<int64_t>(passages.found.size());
  for (const FoundPassage& found : passages.found) {
    if (overlap.pairs.size() == most_pairs) break;
    overlap.pairs.push_back({fmt::format("{} position {}", pair.held_out, found.place),
                             fmt::format("{} position {}", pair.other, found.other), found.place, found.other});
  }
  return overlap;
}

}  // namespace

std::vector<Overlap> find_overlaps(const Splits& splits, size_t most_pairs) {
  std::vector<Overlap> overlaps;
  std::map<const Split*, Sorted> sorted;
  const auto of = [&](const Split* split) -> const Sorted& {
    auto place = sorted.find(split);
    if (place == sorted.end()) place = sorted.emplace(split, Sorted(fingerprints(*split))).first;
    return place->second;
  };
  for (const SplitPair& pair : split_pairs(splits)) {
    if (pair.held_out_split->text_written() && pair.other_split->text_written())
      overlaps.push_back(compare_texts(pair, most_pairs));
    else
      overlaps.push_back(compare(pair, of(pair.held_out_split), of(pair.other_split), most_pairs));
  }
  return overlaps;
}

std::string overlap_text(const Overlap& overlap) {
  std::string text = fmt::format("{} of {} {} {} are also in {}", count_text(overlap.count), count_text(overlap.of),
                                 overlap.held_out, overlap.unit, overlap.other);
  if (overlap.other_label > 0) text += fmt::format(", {} of them under another label", count_text(overlap.other_label));
  for (size_t i = 0; i < overlap.pairs.size(); ++i)
    text += fmt::format("{}{} = {}", i == 0 ? " (" : ", ", overlap.pairs[i].held_out, overlap.pairs[i].other);
  return text + (overlap.pairs.empty() ? "" : ")");
}

nlohmann::json to_json(const std::vector<Overlap>& overlaps) {
  nlohmann::json stored = nlohmann::json::array();
  for (const Overlap& overlap : overlaps) {
    nlohmann::json pairs = nlohmann::json::array();
    for (const SamePair& pair : overlap.pairs)
      pairs.push_back({{"held_out", pair.held_out},
                       {"other", pair.other},
                       {"held_out_index", pair.held_out_index},
                       {"other_index", pair.other_index},
                       {"other_label", pair.other_label}});
    stored.push_back({{"held_out", overlap.held_out},
                      {"other", overlap.other},
                      {"unit", overlap.unit},
                      {"count", overlap.count},
                      {"of", overlap.of},
                      {"other_label", overlap.other_label},
                      {"pairs", pairs}});
  }
  return stored;
}

std::vector<Overlap> overlaps_from_json(const nlohmann::json& stored) {
  std::vector<Overlap> overlaps;
  for (const nlohmann::json& item : stored) {
    Overlap overlap{item.at("held_out"), item.at("other"), item.at("unit"),
                    item.at("count"),    item.at("of"),    item.at("other_label")};
    for (const nlohmann::json& pair : item.at("pairs"))
      overlap.pairs.push_back({pair.at("held_out"), pair.at("other"), pair.at("held_out_index"), pair.at("other_index"),
                               pair.at("other_label")});
    overlaps.push_back(std::move(overlap));
  }
  return overlaps;
}

}  // namespace dlrun
