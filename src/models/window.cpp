// A perceptron that slides along a sequence: each position's answer comes from a window around it (Sejnowski and
// Rosenberg 1987; Qian and Sejnowski 1988 for proteins).
//
// Weights are named embedding.weight and layers.<i>.weight as torch.nn.Sequential counts linear, activation, dropout.
// The first layer takes the vectors of the window from left to right. What lies beyond an end is 0.

#include "models/shape_error.h"
#include "models/table_input.h"
#include "nn/activation.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/linear.h"
#include "nn/over_steps.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Window final : Architecture {
  int64_t window = 13, embedding_size = 20;
  std::vector<int64_t> widths = {40};
  std::string activation = "relu";
  double embedding_dropout = 0.0, dropout = 0.0;

  std::vector<Field> fields() override {
    return with_common({
        field("window", window, "Positions that an answer is made from, itself in the middle: an odd number.",
              at_least(1)),
        field("embedding_size", embedding_size, "Numbers that represent one token; not used for data of numbers.",
              at_least(1)),
        field("embedding_dropout", embedding_dropout, "Chance of zeroing a number of a token's vector while training.",
              between(0, 1)),
        field("widths", widths, "Units in each hidden layer.", at_least(1)),
        field("activation", activation, "Nonlinearity after each hidden layer.", activation_choice()),
        field("dropout", dropout, "Chance of zeroing a hidden unit while training.", between(0, 1)),
    });
  }

  std::vector<Relation> relations() const override {
    return {{"window", "window % 2 == 1", "must be odd, so that there is a middle"}};
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

class WindowNetwork final : public Network {
 public:
  // `tokens`: how many there are, or 0 for numbers of `width` a position.
  WindowNetwork(const Window& options, int64_t tokens, int64_t width, int64_t outputs) : window_(options.window) {
    if (tokens > 0) embedding_ = make<Embedding>("embedding", tokens, options.embedding_size);
    dropout_ = make<Dropout>("embedding_dropout", options.embedding_dropout);
    layers_ = make<Sequential>("layers");
    int64_t inputs = options.window * (tokens > 0 ? options.embedding_size : width);
    for (const int64_t next : options.widths) {
      layers_->add<Linear>(inputs, next);
      layers_->add<Activation>(options.activation);
      layers_->add<Dropout>(options.dropout);
      inputs = next;
    }
    layers_->add<Linear>(inputs, outputs);
  }

 protected:
  // [N, T] int64 or [N, T, width] -> [N, T, outputs]
  Batch compute(const Batch& batch) override {
    const at::Tensor& input = batch["input"];
    at::Tensor x = embedding_ ? embedding_->forward(input) : input;
    if (batch.has("input.lengths"))
      x = x.masked_fill(within_lengths(batch["input.lengths"], x.size(1)).logical_not().unsqueeze(2), 0.0);
    x = dropout_->forward(x);
    const int64_t around = window_ / 2;
    x = at::constant_pad_nd(x, {0, 0, around, around});
    std::vector<at::Tensor> shifted;  // Place i of the window, for all positions; ends are counted from the back.
    for (int64_t i = 0; i + 1 < window_; ++i) shifted.push_back(x.slice(1, i, i + 1 - window_));
    shifted.push_back(x.slice(1, window_ - 1));
    return {{"output", layers_->forward(at::cat(shifted, 2))}};
  }

 private:
  int64_t window_;
  std::shared_ptr<Embedding> embedding_;
  std::shared_ptr<Dropout> dropout_;
  std::shared_ptr<Sequential> layers_;
};

std::shared_ptr<Network> Window::build(const Shapes& shapes) const {
  const std::vector<int64_t>& sizes = shapes.input().sizes;
  expect_no_categories("window", shapes);
  if (sizes.size() != (shapes.tokens() ? 1 : 2) || shapes.input().means == FieldInfo::Means::pixels)
    shape_error("type",
                "window takes sequences of tokens [tokens] or of numbers [steps, features], but a sample of the data "
                "has the shape " +
                    shape_text(sizes));
  if (shapes.per != Shapes::Per::position || shapes.causal)
    shape_error("type", "window gives an answer for each position from those on both sides, and the task asks for " +
                            std::string(shapes.causal ? "what comes next" : "another kind of answer"));
  return std::make_shared<WindowNetwork>(*this, shapes.tokens() ? shapes.input().kinds() : 0,
                                         shapes.tokens() ? 0 : sizes[1], shapes.outputs);
}

const Registered<Architecture, Window> window_entry{
    "window", "A perceptron that slides along a sequence, over a window at a time."};

}  // namespace
}  // namespace dlrun
