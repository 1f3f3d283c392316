// Precision, recall and F1 of whole entities in tagged sequences. (Tjong Kim Sang and De Meulder 2003; the lenient
// rules of conlleval, as seqeval's classification measures use them by default)

#include <ATen/ATen.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/error.h"
#include "metrics/metric.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Tag {
  char position = 'O';  // B, I, E, S or O
  std::string type;     // of the entity
};

// "B-person"; a tag without a position in front counts as inside of an entity of that type.
Tag tag_of(const std::string& name) {
  if (name == "O") return {};
  const size_t dash = name.find('-');
  if (dash == 1 && std::string("BIESO").find(name[0]) != std::string::npos) return {name[0], name.substr(2)};
  return {'I', name};
}

bool ends(const Tag& before, const Tag& now) {
  if (before.position == 'E' || before.position == 'S') return true;
  if (before.position == 'O') return false;
  return now.position == 'B' || now.position == 'S' || now.position == 'O' || before.type != now.type;
}

bool begins(const Tag& before, const Tag& now) {
  if (now.position == 'B' || now.position == 'S') return true;
  if (now.position == 'O') return false;
  return before.position == 'E' || before.position == 'S' || before.position == 'O' || before.type != now.type;
}

using Entity = std::tuple<std::string, int64_t, int64_t>;  // type, first, last token

std::set<Entity> entities(const std::vector<Tag>& tags) {
  std::set<Entity> found;
  Tag before;
  int64_t first = 0;
  for (int64_t i = 0; i <= static_cast<int64_t>(tags.size()); ++i) {
    const Tag now = i < static_cast<int64_t>(tags.size()) ? tags[static_cast<size_t>(i)] : Tag{};
    if (ends(before, now)) found.emplace(before.type, first, i - 1);
    if (begins(before, now)) first = i;
    before = now;
  }
  return found;
}

struct EntityF1 final : Metric {
  std::vector<Field> fields() override { return {}; }

  void know_classes(const std::vector<std::string>& names) override {
    tags_.clear();
    for (const std::string& name : names) tags_.push_back(tag_of(name));
  }

  std::vector<std::string> names() const override { return {"entity_f1", "entity_precision", "entity_recall"}; }
  bool higher_is_better(std::string_view) const override { return true; }

  // output [B, T, tags], target [B, T] int64, below 0 behind the end -> [right, predicted, true] entities.
  std::vector<at::Tensor> measure(const Batch& answer, const Batch& truth) const override {
    const at::Tensor target = truth["target"].cpu().contiguous();
    const at::Tensor chosen = answer["output"].argmax(-1).cpu().contiguous();
    if (target.is_meta() || chosen.is_meta()) return {at::empty({3}, chosen.options().dtype(at::kDouble))};
    const int64_t* actual = target.const_data_ptr<int64_t>();
    const int64_t* predicted = chosen.const_data_ptr<int64_t>();
    std::vector<double> counts(3, 0.0);
    for (int64_t i = 0; i < target.size(0); ++i) {
      std::vector<Tag> theirs, ours;
      for (int64_t t = i * target.size(1); t < (i + 1) * target.size(1); ++t) {
        if (actual[t] < 0) continue;
        theirs.push_back(tags_.at(static_cast<size_t>(actual[t])));
        ours.push_back(tags_.at(static_cast<size_t>(predicted[t])));
      }
      const std::set<Entity> wanted = entities(theirs), given = entities(ours);
      counts[0] += static_cast<double>(
          std::count_if(given.begin(), given.end(), [&](const Entity& one) { return wanted.contains(one); }));
      counts[1] += static_cast<double>(given.size());
      counts[2] += static_cast<double>(wanted.size());
    }
    return {at::tensor(counts, at::kDouble)};
  }

  // 0 where nothing was predicted or nothing is there, as seqeval has it.
  Results values(const std::vector<at::Tensor>& joined) const override {
    const at::Tensor counts = joined.front().cpu();
    const double right = counts[0].item<double>(), given = counts[1].item<double>(), wanted = counts[2].item<double>();
    const double precision = given > 0 ? right / given : 0.0, recall = wanted > 0 ? right / wanted : 0.0;
    const double f1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0.0;
    return {{"entity_f1", f1}, {"entity_precision", precision}, {"entity_recall", recall}};
  }

  std::string misfit(const Batch& answer, const Batch& truth) const override {
    const at::Tensor &prediction = answer["output"], &target = truth["target"];
    const bool tags = prediction.dim() == 3 && target.dim() == 2 && at::isIntegralType(target.scalar_type(), false);
    return tags ? "" : "compares tags of sequences, a class for each token";
  }

 private:
  std::vector<Tag> tags_;  // by class
};

const Registered<Metric, EntityF1> entity_f1_entry{"entity_f1",
                                                   "F1, precision and recall of whole entities in tagged sequences."};

}  // namespace
}  // namespace dlrun
