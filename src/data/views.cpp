// Views: every sample twice, each time changed by chance in another way: what contrastive learning compares.
// (Chen et al. 2020)

#include "data/views.h"

#include "base/error.h"
#include "data/augmentation.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// The draws of transform `index` of one view, which no transform of the other view and none of the recipe's own list
// shares: those have small numbers, these have the place of `views` above them.
Draws nested(const Draws& draws, uint64_t view, uint64_t index) {
  Draws inner = draws;
  inner.transform = (draws.transform + 1) << 16 | view << 15 | index;
  return inner;
}

struct Views final : Augmentation {
  ChoiceList<Augmentation> first, second;

  std::vector<Field> fields() override {
    return {field("first", first, "Changes that make the first view, in order; predictions get those without chance.",
                  required()),
            field("second", second, "Changes that make the second view; those of the first where left open.")};
  }

  std::vector<int64_t> output_shape(std::vector<int64_t> shape) const override {
    const auto after = [&](const ChoiceList<Augmentation>& list) {
      std::vector<int64_t> result = shape;
      for (size_t i = 0; i < list.size(); ++i) {
        if (list.values[i].type == views_type)
          throw UserError(ExitCode::bad_recipe, "augmentation views: its lists hold changes of one view, no views");
        result = list[i].output_shape(result);
      }
      return result;
    };
    const std::vector<int64_t> result = after(first);
    if (result != after(of_second()))
      throw UserError(ExitCode::bad_recipe,
                      "augmentation views: its two views differ in size, and one network looks at both");
    return result;
  }

  nlohmann::json fit(const Split& train) override {
    return {{"first", fitted(first, train)}, {"second", fitted(second, train)}};
  }

  void restore(const nlohmann::json& fitted) override {
    if (fitted.is_null()) return;
    for (size_t i = 0; i < first.size(); ++i) first[i].restore(fitted.at("first").at(i));
    for (size_t i = 0; i < second.size(); ++i) second[i].restore(fitted.at("second").at(i));
  }

  void apply(Batch& batch, const Draws& draws) const override {
    add(batch, second_view, drawn(batch, 1, draws));
    for (size_t i = 0; i < first.size(); ++i) first[i].apply(batch, nested(draws, 0, i));
  }

  // "input" is the sample as predictions and exports see it. Both views lie beside it, drawn once and for all, from the
  // sample's number alone: the losses of two validations differ by the network, and mean what that of the training
  // does.
  void apply_to_held_out(Batch& batch) const override {
    const Draws draws{.samples = batch.ids};
    const at::Tensor one = drawn(batch, 0, draws), other = drawn(batch, 1, draws);
    for (size_t i = 0; i < first.size(); ++i) first[i].apply_to_held_out(batch);
    add(batch, first_view, one);
    add(batch, second_view, other);
  }

 private:
  const ChoiceList<Augmentation>& of_second() const { return second.size() > 0 ? second : first; }

  // One view of the samples; `batch` stays as it is, although augmentations may write into what they are given.
  at::Tensor drawn(const Batch& batch, uint64_t view, const Draws& draws) const {
    TORCH_CHECK(static_cast<int64_t>(draws.samples.size()) == batch["input"].size(0),
                "views of a batch whose samples are not known");
    Batch copy = batch;
    for (const Batch::Item& item : batch.items()) copy.set(item.name, item.value.clone());
    const ChoiceList<Augmentation>& list = view == 0 ? first : of_second();
    for (size_t i = 0; i < list.size(); ++i) list[i].apply(copy, nested(draws, view, i));
    return copy["input"];
  }

  static void add(Batch& batch, const std::string& view, const at::Tensor& input) {
    batch.set(view + "input", input, Rows::sample);
  }

  static nlohmann::json fitted(ChoiceList<Augmentation>& list, const Split& train) {
    nlohmann::json all = nlohmann::json::array();
    for (size_t i = 0; i < list.size(); ++i) {
      all.push_back(list[i].fit(train));
      list[i].restore(all.back());
    }
    return all;
  }
};

const Registered<Augmentation, Views> views_entry{views_type, "Every sample twice, changed by chance in two ways."};

}  // namespace
}  // namespace dlrun
