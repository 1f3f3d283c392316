// Labels that are probably wrong: no neighbour of the sample has its label, and most agree on another one.
//
// Editing by nearest neighbours (Wilson 1972), asked for more than a majority: labels of the sample itself have no
// part in its neighbours' vote, so the vote is out of sample, as confident learning wants it (Northcutt et al. 2021).
// Where neighbours know little of a class, it means nothing that they disagree: a class whose training samples are not
// mostly recognized by theirs is left out.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "audit/checks.h"
#include "audit/neighbours.h"
#include "audit/samples.h"
#include "base/units.h"
#include "data/categories.h"

namespace dlrun {
namespace {

constexpr int64_t neighbours = 20, most_references = 20000, fewest_references = 100, most_features = 4096;
constexpr double agreement = 0.7, recognized = 0.6;

// Vectors whose products rank samples by likeness: pictures by correlation; rows by distance, for which queries get
// a column of ones and references one of -|x|^2 / 2.
struct Vectors {
  at::Tensor queries, references;
};

Vectors vectors_of(const AuditInput& input, const Split& split, bool pictures) {
  if (pictures) {
    const at::Tensor descriptors = picture_descriptors(split);
    return {descriptors, descriptors};
  }
  std::vector<at::Tensor> parts;
  for_batches(split, Walk::in_order,
              [&](int64_t, const Batch& batch) { parts.push_back(with_one_hot(batch, input.splits.info.fields)); });
  const at::Tensor rows = at::cat(parts);
  return {at::cat({rows, at::ones({rows.size(0), 1})}, 1), at::cat({rows, rows.square().sum(1, true) * -0.5}, 1)};
}

bool has_rows(const Split& split) {
  const int64_t first = 0;
  const Batch sample = split.gather(std::span(&first, 1));
  return sample["input"].dim() == 2 && sample["input"].scalar_type() == at::kFloat &&
         sample["input"].size(1) <= most_features && !sample.has("mask");
}

struct Suspect {
  int64_t sample, label, likely;
  double share;
  int64_t nearest;  // in train, the nearest neighbour with the likely label
};

// What the neighbours of one sample say; references are every `step`-th training sample.
struct Vote {
  std::map<int64_t, int64_t> counts;  // by label
  int64_t voters = 0;
  int64_t winner = -1;
  int64_t nearest = -1;  // in train, of those with the winning label
};

Vote vote_of(std::span<const Neighbour> found, const std::vector<int64_t>& train_labels, int64_t step) {
  Vote vote;
  for (const Neighbour& neighbour : found)
    if (neighbour.index >= 0) ++vote.voters, ++vote.counts[train_labels[static_cast<size_t>(neighbour.index * step)]];
  const auto most = [](const auto& a, const auto& b) { return a.second < b.second; };
  vote.winner = std::max_element(vote.counts.begin(), vote.counts.end(), most)->first;
  for (const Neighbour& neighbour : found) {
    if (neighbour.index < 0 || train_labels[static_cast<size_t>(neighbour.index * step)] != vote.winner) continue;
    vote.nearest = neighbour.index * step;
    break;
  }
  return vote;
}

std::vector<Vote> votes_of(const std::vector<Neighbour>& found, const std::vector<int64_t>& train_labels,
                           int64_t step) {
  std::vector<Vote> votes;
  for (size_t i = 0; i < found.size(); i += neighbours)
    votes.push_back(vote_of(std::span(found).subspan(i, neighbours), train_labels, step));
  return votes;
}

// Whether most training samples of each class are recognized by their neighbours.
std::map<int64_t, bool> recognized_classes(const std::vector<Vote>& votes, const std::vector<int64_t>& labels) {
  std::map<int64_t, std::pair<int64_t, int64_t>> counts;
  for (size_t i = 0; i < votes.size(); ++i) {
    auto& [right, all] = counts[labels[i]];
    right += votes[i].winner == labels[i];
    ++all;
  }
  std::map<int64_t, bool> known;
  for (const auto& [label, count] : counts)
    known[label] = static_cast<double>(count.first) >= recognized * static_cast<double>(count.second);
  return known;
}

std::vector<Suspect> suspects_of(const std::vector<Vote>& votes, const std::vector<int64_t>& labels,
                                 std::map<int64_t, bool>& known) {
  std::vector<Suspect> suspects;
  for (size_t i = 0; i < labels.size(); ++i) {
    const Vote& vote = votes[i];
    if (!known[labels[i]] || vote.counts.contains(labels[i])) continue;
    const double share = static_cast<double>(vote.counts.at(vote.winner)) / static_cast<double>(vote.voters);
    if (share >= agreement) suspects.push_back({static_cast<int64_t>(i), labels[i], vote.winner, share, vote.nearest});
  }
  std::stable_sort(suspects.begin(), suspects.end(),
                   [](const Suspect& a, const Suspect& b) { return a.share > b.share; });
  return suspects;
}

}  // namespace

void check_labels(const AuditInput& input, DataFindings& findings) {
  const Split& train = *input.splits.train;
  const std::vector<int64_t> train_labels = classes_of(input, train);
  if (static_cast<int64_t>(train_labels.size()) < fewest_references) return;
  const bool pictures = has_pictures(train);
  if (!pictures && !has_rows(train)) return;
  const int64_t step = (train.size() + most_references - 1) / most_references;
  const Vectors train_vectors = vectors_of(input, train, pictures);
  const at::Tensor references = train_vectors.references.slice(0, 0, train.size(), step).contiguous();
  std::map<int64_t, bool> known;
  for (const auto& [name, split] : named_splits(input.splits)) {
    const bool itself = split == &train;
    const std::vector<int64_t> labels = itself ? train_labels : classes_of(input, *split);
    std::vector<int64_t> own;
    for (int64_t i = 0; itself && i < train.size(); ++i) own.push_back(i % step == 0 ? i / step : -1);
    const at::Tensor queries = itself ? train_vectors.queries : vectors_of(input, *split, pictures).queries;
    const std::vector<Vote> votes = votes_of(most_alike(queries, references, neighbours, own), train_labels, step);
    if (itself) known = recognized_classes(votes, labels);  // train comes first
    const std::vector<Suspect> suspects = suspects_of(votes, labels, known);
    if (suspects.empty()) continue;
    DataFinding finding{"suspected_label_errors", Gravity::warning};
    finding.count = static_cast<int64_t>(suspects.size());
    finding.of = split->size();
    finding.what = fmt::format("{} of {} {} samples have a label that none of their {} nearest training samples has",
                               count_text(finding.count), count_text(finding.of), name, neighbours);
    finding.advice =
        "Look at them, the clearest first: correct wrong labels; odd but right ones are the best teachers.";
    finding.numbers["split"] = name;
    for (const Suspect& suspect : suspects) {
      finding.numbers["samples"].push_back(suspect.sample);
      if (finding.examples.size() == most_examples) continue;
      finding.examples.push_back({{sample_ref(input, name, *split, suspect.sample, suspect.label),
                                   sample_ref(input, "train", train, suspect.nearest, suspect.likely)},
                                  fmt::format("{:.0f} % of its neighbours are '{}'", 100 * suspect.share,
                                              input.splits.info.classes()[static_cast<size_t>(suspect.likely)])});
    }
    findings.push_back(std::move(finding));
  }
}

}  // namespace dlrun
