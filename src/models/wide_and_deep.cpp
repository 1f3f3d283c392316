// Wide and deep: a linear model of categories and their crosses beside a perceptron (Cheng et al. 2016).
//
// The wide part has a weight for each category, and for each pair that two columns of `crosses` may show; the deep one
// is mlp with embeddings. Their answers are added. Weights are named wide.columns.<i>.weight and
// wide.crosses.<i>.weight [ids, outputs], wide.bias, deep.embeds.<i>.weight, deep.layers.<i>.weight, ...

#include <fmt/format.h>

#include <algorithm>

#include "data/categories.h"
#include "models/shape_error.h"
#include "models/table_input.h"
#include "nn/activation.h"
#include "nn/build_device.h"
#include "nn/dropout.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

constexpr int64_t most_pairs = 10'000'000;

struct WideAndDeep final : Architecture {
  std::vector<int64_t> widths = {256, 128};
  std::string activation = "relu";
  double dropout = 0.0;
  std::optional<int64_t> embedding_size;
  std::vector<std::string> crosses;

  std::vector<Field> fields() override {
    return with_common({
        field("widths", widths, "Units in each hidden layer of the deep part.", not_empty(), at_least(1)),
        field("activation", activation, "Nonlinearity after each hidden layer.", activation_choice()),
        field("dropout", dropout, "Chance of zeroing a hidden unit while training.", between(0, 1)),
        embedding_size_field(embedding_size),
        field("crosses", crosses,
              "Pairs of columns whose categories get a weight together in the wide part, the names of each joined by "
              "\" x \": [education x occupation]."),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

// Two columns of categories, by their places.
struct Cross {
  size_t first = 0, second = 0;
};

size_t place_of(const TableShape& shape, const std::string& column, const std::string& cross) {
  for (size_t i = 0; i < shape.categories.size(); ++i)
    if (shape.categories[i].name.substr(category_prefix.size()) == column) return i;
  shape_error("crosses", fmt::format("'{}': the data have no column of categories '{}'", cross, column));
}

std::vector<Cross> crosses_of(const std::vector<std::string>& given, const TableShape& shape) {
  constexpr std::string_view between = " x ";
  std::vector<Cross> crosses;
  for (const std::string& text : given) {
    const size_t middle = text.find(between);
    if (middle == std::string::npos || text.find(between, middle + 1) != std::string::npos)
      shape_error("crosses", fmt::format("'{}' should be two columns, as \"education x occupation\"", text));
    const Cross cross{place_of(shape, text.substr(0, middle), text),
                      place_of(shape, text.substr(middle + between.size()), text)};
    if (cross.first == cross.second) shape_error("crosses", fmt::format("'{}' names one column twice", text));
    const int64_t pairs = shape.categories[cross.first].kinds() * shape.categories[cross.second].kinds();
    if (pairs > most_pairs)
      shape_error("crosses", fmt::format("'{}' has {} pairs, and at most {} get a weight", text, pairs, most_pairs));
    crosses.push_back(cross);
  }
  return crosses;
}

class Wide final : public ModuleOf<std::vector<at::Tensor>> {
 public:
  Wide(std::vector<int64_t> kinds, std::vector<Cross> crosses, int64_t outputs)
      : kinds_(std::move(kinds)), crosses_(std::move(crosses)) {
    const auto add = [&](const std::string& name, int64_t ids) {
      Embedding& weights = *tables_.emplace_back(make<Embedding>(name, ids, outputs));
      constant_(weights.weight, 0.0);
    };
    for (size_t i = 0; i < kinds_.size(); ++i) add("columns." + std::to_string(i), kinds_[i]);
    for (size_t i = 0; i < crosses_.size(); ++i)
      add("crosses." + std::to_string(i), kinds_[crosses_[i].first] * kinds_[crosses_[i].second]);
    parameter("bias", bias_, new_tensor({outputs}));
    constant_(bias_, 0.0);
  }

  // ids [N] of each column -> [N, outputs]
  at::Tensor compute(const std::vector<at::Tensor>& ids) override {
    at::Tensor sum = bias_;
    for (size_t i = 0; i < kinds_.size(); ++i) sum = sum + tables_[i]->forward(ids[i]);
    for (size_t i = 0; i < crosses_.size(); ++i) {
      const auto& [first, second] = crosses_[i];
      sum = sum + tables_[kinds_.size() + i]->forward(ids[first] * kinds_[second] + ids[second]);
    }
    return sum;
  }

 private:
  std::vector<int64_t> kinds_;
  std::vector<Cross> crosses_;
  std::vector<std::shared_ptr<Embedding>> tables_;
  at::Tensor bias_;
};

class Deep final : public ModuleOf<Batch> {
 public:
  Deep(const WideAndDeep& options, const TableShape& shape, int64_t outputs) : shape_(shape) {
    embeds_ = child("embeds", make_embeddings(shape, options.embedding_size));
    layers_ = make<Sequential>("layers");
    int64_t width = shape.numbers + embeds_->width();
    for (const int64_t next : options.widths) {
      layers_->add<Linear>(width, next);
      layers_->add<Activation>(options.activation);
      layers_->add<Dropout>(options.dropout);
      width = next;
    }
    layers_->add<Linear>(width, outputs, false);
  }

  at::Tensor compute(const Batch& batch) override { return layers_->forward(embedded_rows(shape_, embeds_, batch)); }

 private:
  TableShape shape_;
  std::shared_ptr<CategoryEmbeddings> embeds_;
  std::shared_ptr<Sequential> layers_;
};

class WideAndDeepNetwork final : public Network {
 public:
  WideAndDeepNetwork(const WideAndDeep& options, TableShape shape, int64_t outputs) : shape_(std::move(shape)) {
    wide_ = make<Wide>("wide", shape_.kinds(), crosses_of(options.crosses, shape_), outputs);
    deep_ = make<Deep>("deep", options, shape_, outputs);
  }

 protected:
  // "input" [N, ...] and ids [N] -> [N, outputs]
  Batch compute(const Batch& batch) override {
    return {{"output", wide_->forward(shape_.ids(batch)) + deep_->forward(batch)}};
  }

 private:
  TableShape shape_;
  std::shared_ptr<Wide> wide_;
  std::shared_ptr<Deep> deep_;
};

std::shared_ptr<Network> WideAndDeep::build(const Shapes& shapes) const {
  TableShape shape = table_shape("wide_and_deep", shapes);
  if (shape.categories.empty())
    shape_error("type", "wide_and_deep needs categories as ids: data.categories: index, and columns that are such");
  if (shapes.outputs == 0) shape_error("type", "wide_and_deep has no part that is a network without its head");
  return std::make_shared<WideAndDeepNetwork>(*this, std::move(shape), shapes.outputs);
}

const Registered<Architecture, WideAndDeep> wide_and_deep_entry{
    "wide_and_deep", "A linear model of categories and their crosses beside a perceptron with embeddings."};

}  // namespace
}  // namespace dlrun
