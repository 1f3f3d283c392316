// Passages of one split whose words are in another, in pieces: quotations, templates, copies with changes.
//
// The share of a held-out passage that training text repeats, as for the test sets of GPT-2 (Radford et al. 2019,
// section 4: word 8-grams) and GPT-3 (Brown et al. 2020, appendix C: 13-grams), here in runs of tokens of any kind.

#include <fmt/format.h>

#include <algorithm>

#include "audit/checks.h"
#include "audit/passages.h"
#include "audit/samples.h"
#include "base/units.h"
#include "data/source.h"

namespace dlrun {
namespace {

constexpr int64_t piece = 32;  // tokens; in characters about six words

std::string shown(const std::vector<std::string>& vocabulary, std::span<const int32_t> tokens) {
  std::string text;
  for (const int32_t token : tokens) {
    const size_t id = static_cast<size_t>(token);
    const std::string letter = id < vocabulary.size() ? vocabulary[id] : "?";
    text += letter == "\n" ? " / " : letter;
  }
  return text;
}

}  // namespace

void check_near_text(const AuditInput& input, DataFindings& findings) {
  if (!input.splits.train->text_written()) return;
  for (const SplitPair& pair : pairs_with_train(input.splits)) {
    const auto mine = pair.held_out_split->text_written()->tokens, theirs = pair.other_split->text_written()->tokens;
    std::vector<CoveredPassage> covered = cover_passages(mine, theirs, piece);
    const int64_t passages = static_cast<int64_t>(covered.size());
    // Passages that are there as a whole are exact_overlap.
    std::erase_if(covered, [&](const CoveredPassage& passage) {
      return passage.share < input.settings.text_share || passage.share >= 1.0;
    });
    if (covered.empty()) continue;
    std::stable_sort(covered.begin(), covered.end(),
                     [](const CoveredPassage& a, const CoveredPassage& b) { return a.share > b.share; });
    DataFinding finding{"near_duplicates", Gravity::warning};
    finding.count = static_cast<int64_t>(covered.size());
    finding.of = passages;
    finding.what = fmt::format("{} of {} {} passages of {} tokens are in {} to {:.0f} % or more, in pieces of {}",
                               count_text(finding.count), count_text(finding.of), pair.held_out,
                               std::min<int64_t>(passage_length, static_cast<int64_t>(mine.size())), pair.other,
                               100 * input.settings.text_share, piece);
    finding.advice = "Look at them: remove copied documents from one of the splits.";
    finding.numbers = {{"split", pair.held_out}, {"also_in", pair.other}};
    for (const CoveredPassage& passage : covered) {
      if (finding.examples.size() == most_examples) break;
      const auto text =
          mine.subspan(static_cast<size_t>(passage.place),
                       std::min<size_t>(passage_length, mine.size() - static_cast<size_t>(passage.place)));
      finding.examples.push_back(
          {{{pair.held_out, -1, fmt::format("{} position {}", pair.held_out, passage.place), ""},
            {pair.other, -1, fmt::format("{} position {}", pair.other, passage.other), ""}},
           fmt::format("{:.0f} %: {}", 100 * passage.share, shown(input.splits.info.vocabulary(), text))});
    }
    findings.push_back(std::move(finding));
  }
}

}  // namespace dlrun
