// Pictures of one split that are nearly those of another: the same photograph cropped, compressed or coloured again.
//
// A fixed limit on the likeness finds either every pair of trousers or too little: what is usual differs from class to
// class. So a picture must also be far more alike to its twin than to a rival, the idea of the ratio test between local
// features (Lowe 2004, section 7.1). The rival is the tenth most alike of 60,000 pictures, and one of the same rank
// among fewer: the more pictures there are, the nearer the nearest are by chance.

#include <fmt/format.h>

#include <algorithm>

#include "audit/checks.h"
#include "audit/neighbours.h"
#include "audit/samples.h"
#include "base/units.h"

namespace dlrun {
namespace {

// Candidates by small pictures, of which the rival is found by all pixels: among 64 the tenth of 60,000 is the true one
// in practice (docs/data_check.md), among 10 it is not.
constexpr int64_t candidates = 64, last_rank = 10, pictures_for_a_rank = 6000;
constexpr double same_photograph = 0.999;  // no rival is needed: there may be ten copies

struct Twins {
  int64_t held_out, other;
  double similarity, ratio;
};

// The rank of the rival among `count` pictures, from 1.
int64_t rival_rank(int64_t count) { return std::clamp<int64_t>(count / pictures_for_a_rank, 2, last_rank); }

// The nearest of the candidates by all pixels; its ratio is above 1 where it is an exact copy, which is no near
// duplicate.
Twins compare(const SplitPair& pair, int64_t held_out, std::span<const Neighbour> found) {
  std::vector<int64_t> indices;
  for (const Neighbour& neighbour : found)
    if (neighbour.index >= 0) indices.push_back(neighbour.index);
  const at::Tensor mine = pair.held_out_split->gather(std::span(&held_out, 1))["input"];
  const at::Tensor theirs = pair.other_split->gather(indices)["input"];
  const at::Tensor products = picture_vectors(theirs).mv(picture_vectors(mine)[0]);
  const int64_t nearest = products.argmax().item<int64_t>();
  const int64_t rank = std::min(rival_rank(pair.other_split->size()), products.numel());
  Twins twins{held_out, indices[static_cast<size_t>(nearest)], products[nearest].item<double>(), 2.0};
  if (!at::equal(mine[0], theirs[nearest]))
    twins.ratio =
        (1.0 - twins.similarity) / std::max(1e-9, 1.0 - std::get<0>(products.sort(0, true))[rank - 1].item<double>());
  return twins;
}

std::vector<Twins> near_twins(const SplitPair& pair, const at::Tensor& held_out, const at::Tensor& other,
                              const DataCheckSettings& settings) {
  const std::vector<Neighbour> all = most_alike(held_out, other, candidates);
  std::vector<Twins> found;
  for (int64_t i = 0; i < held_out.size(0); ++i) {
    const std::span<const Neighbour> mine(all.data() + i * candidates, candidates);
    // Small pictures are at least as alike as large ones, but their rivals too: twice the ratio leaves room for that.
    const double first = mine[0].similarity, last = mine[static_cast<size_t>(rival_rank(other.size(0)) - 1)].similarity;
    if (first < settings.picture_similarity) continue;
    if (first < same_photograph && (1.0 - first) > std::min(1.0, 2 * settings.picture_ratio) * (1.0 - last)) continue;
    const Twins twins = compare(pair, i, mine);
    const bool near = twins.similarity >= settings.picture_similarity &&
                      (twins.ratio <= settings.picture_ratio || twins.similarity >= same_photograph);
    if (near && twins.ratio <= 1.0) found.push_back(twins);
  }
  std::stable_sort(found.begin(), found.end(), [](const Twins& a, const Twins& b) { return a.ratio < b.ratio; });
  return found;
}

void report(const AuditInput& input, const SplitPair& pair, const std::vector<Twins>& twins, DataFindings& findings) {
  const std::vector<int64_t> mine = classes_of(input, *pair.held_out_split),
                             theirs = classes_of(input, *pair.other_split);
  const auto label = [](const std::vector<int64_t>& labels, int64_t i) {
    return labels.empty() ? -1 : labels[static_cast<size_t>(i)];
  };
  DataFinding finding{"near_duplicates", Gravity::warning};
  finding.count = static_cast<int64_t>(twins.size());
  finding.of = pair.held_out_split->size();
  int64_t conflicts = 0;
  for (const Twins& twin : twins) {
    conflicts += label(mine, twin.held_out) != label(theirs, twin.other);
    if (finding.examples.size() == most_examples) continue;
    finding.examples.push_back(
        {{sample_ref(input, pair.held_out, *pair.held_out_split, twin.held_out, label(mine, twin.held_out)),
          sample_ref(input, pair.other, *pair.other_split, twin.other, label(theirs, twin.other))},
         fmt::format("correlation {:.4f}, {:.2f} of the distance to its rival", twin.similarity, twin.ratio)});
  }
  finding.what = fmt::format("{} of {} {} pictures are nearly one of {}", count_text(finding.count),
                             count_text(finding.of), pair.held_out, pair.other);
  if (conflicts > 0) finding.what += fmt::format(", {} of them under another label", count_text(conflicts));
  finding.advice = "Look at them: where they are the same photograph, remove one, or put both into one split.";
  finding.numbers = {{"split", pair.held_out}, {"also_in", pair.other}, {"under_another_label", conflicts}};
  for (const double limit : {0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5})
    if (limit <= input.settings.picture_ratio)
      finding.numbers["by_ratio"][fmt::format("{}", limit)] =
          std::count_if(twins.begin(), twins.end(), [&](const Twins& twin) { return twin.ratio <= limit; });
  findings.push_back(std::move(finding));
}

}  // namespace

void check_near_pictures(const AuditInput& input, DataFindings& findings) {
  const auto splits = named_splits(input.splits);
  if (splits.size() < 2 || !has_pictures(*splits[0].second)) return;
  std::map<const Split*, at::Tensor> descriptors;
  for (const auto& [name, split] : splits) descriptors[split] = picture_descriptors(*split);
  for (const SplitPair& pair : pairs_with_train(input.splits)) {
    const std::vector<Twins> twins =
        near_twins(pair, descriptors[pair.held_out_split], descriptors[pair.other_split], input.settings);
    if (!twins.empty()) report(input, pair, twins, findings);
  }
}

}  // namespace dlrun
