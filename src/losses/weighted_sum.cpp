// A sum of several losses, each with a weight of its own.

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <string>

#include "base/error.h"
#include "losses/compares_samples.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Summand final : Params {
  Choice<Loss> loss;
  double weight = 1.0;
  std::optional<std::string> name;

  std::vector<Field> fields() override {
    return {
        field("loss", loss, "What is added.", required()),
        field("weight", weight, "What it is multiplied by.", at_least(0)),
        field("name", name, "What it is recorded as, with _loss behind it; its type where left open.", not_empty()),
    };
  }
  std::string label() const { return name.value_or(loss.type); }
};

struct WeightedSum final : Loss, ComparesSamples {
  List<Summand> of;

  std::vector<Field> fields() override { return {field("of", of, "What is summed up.", not_empty())}; }

  // The sum of the means times their weights; its own weight is that of the first. Each mean is recorded by its name.
  Weighted forward(const Batch& answer, const Batch& truth) const override {
    Weighted sum;
    for (size_t k = 0; k < of.size(); ++k) {
      const Weighted one = of[k].loss->forward(seen_by(k, answer), truth);
      const at::Tensor share = one.mean * of[k].weight;
      sum.mean = k == 0 ? share : sum.mean + share;
      if (k == 0) sum.weight = one.weight;
      sum.parts.emplace_back(label(k) + "_loss", one.mean.detach());
      sum.parts.insert(sum.parts.end(), one.parts.begin(), one.parts.end());
    }
    return sum;
  }

  int64_t outputs(int64_t classes) const override {
    return agreed(classes, [&](const Loss& loss) { return loss.outputs(classes); });
  }
  int64_t numbers(int64_t targets) const override {
    return agreed(targets, [&](const Loss& loss) { return loss.numbers(targets); });
  }
  Chances chances() const override { return of[0].loss->chances(); }
  at::Tensor predicted(const at::Tensor& output) const override { return of[0].loss->predicted(output); }
  std::optional<int64_t> ignored() const override {
    for (size_t k = 0; k < of.size(); ++k)
      if (const std::optional<int64_t> one = of[k].loss->ignored()) return one;
    return {};
  }

  bool compares() const override {
    bool any = false;
    for (size_t k = 0; k < of.size(); ++k) any = any || compares_samples(*of[k].loss);
    return any;
  }

  // Behind the name of whose they are.
  std::vector<OwnWeight> weights(int64_t width, int64_t classes) const override {
    std::vector<OwnWeight> all;
    for (size_t k = 0; k < of.size(); ++k)
      for (OwnWeight one : of[k].loss->weights(width, classes)) {
        one.name = label(k) + "_" + one.name;
        all.push_back(std::move(one));
      }
    return all;
  }

  bool asks_for_counts() const override {
    bool asks = false;
    for (size_t k = 0; k < of.size(); ++k) asks = asks || of[k].loss->asks_for_counts();
    return asks;
  }
  void know_counts(const std::vector<int64_t>& samples_of_class) override {
    for (size_t k = 0; k < of.size(); ++k)
      if (of[k].loss->asks_for_counts()) of[k].loss->know_counts(samples_of_class);
  }

 private:
  // Two of one name are told apart by their place.
  std::string label(size_t place) const {
    const std::string mine = of[place].label();
    for (size_t k = 0; k < of.size(); ++k)
      if (k != place && of[k].label() == mine) return mine + "_" + std::to_string(place);
    return mine;
  }

  // The answer with the summand's own weights under the names it gave them.
  Batch seen_by(size_t place, const Batch& answer) const {
    const std::string all = "loss.", mine = all + label(place) + "_";
    Batch seen = answer;
    for (const Batch::Item& item : answer.items()) {
      if (item.name.starts_with(all)) seen.erase(item.name);
      if (item.name.starts_with(mine)) seen.set(all + item.name.substr(mine.size()), item.value, item.rows);
    }
    return seen;
  }

  template <class Question>
  int64_t agreed(int64_t asked, const Question& question) const {
    const int64_t first = question(*of[0].loss);
    for (size_t k = 1; k < of.size(); ++k)
      if (const int64_t other = question(*of[k].loss); other != first)
        throw UserError(ExitCode::bad_recipe,
                        fmt::format("loss.of: {} wants {} numbers of the network for {}, and {} wants {}; they cannot "
                                    "look at one answer",
                                    of[0].label(), first, asked, of[k].label(), other));
    return first;
  }
};

const Registered<Loss, WeightedSum> weighted_sum_entry{"weighted_sum",
                                                       "A sum of several losses, each with a weight of its own."};

}  // namespace
}  // namespace dlrun
