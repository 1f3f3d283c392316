// What recurrent networks share: tokens or numbers in, one answer for each sample or for each position out.
//
// Parameters are embedding.weight (of tokens), those of torch.nn's layer under its name (lstm.weight_ih_l0), fc.weight
// and fc.bias.

#include "models/sequence.h"

#include "models/decoder.h"
#include "models/shape_error.h"
#include "models/table_input.h"
#include "nn/embedding.h"
#include "nn/linear.h"
#include "nn/over_steps.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Plan {
  RecurrentOptions options;
  std::string layer, pool;
  int64_t tokens = 0, embedding = 0;  // 0: numbers
  int64_t outputs = 0;
  bool per_position = false;
};

class SequenceNetwork : public Network {
 public:
  explicit SequenceNetwork(Plan plan) : plan_(std::move(plan)) {
    if (plan_.tokens > 0) embedding_ = make<Embedding>("embedding", plan_.tokens, plan_.embedding);
    before_ = make<Dropout>("dropout", plan_.options.dropout);
    recurrent_ = make<Recurrent>(plan_.layer, plan_.options);
    after_ = make<Dropout>("fc_dropout", plan_.options.dropout);
    fc_ = make<Linear>("fc", recurrent_->outputs(), plan_.outputs);
  }

  // "input" [B, T] int64 ids or [B, T] or [B, T, F] float, "input.lengths" [B] where they differ -> "output" [B,
  // outputs] or, for each position, [B, T, outputs].
  Batch compute(const Batch& batch) override {
    const at::Tensor values = vectors(batch["input"]);
    const at::Tensor lengths = batch.has("input.lengths") ? batch["input.lengths"] : at::Tensor();
    const at::Tensor states = recurrent_->forward(values, lengths);
    const at::Tensor kept = plan_.per_position ? states : pooled(states, lengths);
    return {{"output", answer(kept)}};
  }

 protected:
  // What the recurrent layers read: [B, T] or [B, T, F] -> [B, T, inputs].
  at::Tensor vectors(const at::Tensor& values) {
    if (embedding_) return before_->forward(embedding_->forward(values));
    return values.dim() == 2 ? values.unsqueeze(2) : values;  // one number for each step
  }

  at::Tensor answer(const at::Tensor& states) { return fc_->forward(after_->forward(states)); }

  std::shared_ptr<Recurrent> recurrent_;

 private:
  // [B, T, width] -> [B, width]
  at::Tensor pooled(const at::Tensor& states, const at::Tensor& lengths) const {
    if (plan_.pool == "mean") return mean_step(states, lengths);
    return plan_.pool == "max" ? largest_step(states, lengths) : last(states, lengths);
  }

  // What each direction knows after the whole sample: the last valid step onward, the first step back.
  at::Tensor last(const at::Tensor& states, const at::Tensor& lengths) const {
    const int64_t hidden = plan_.options.hidden;
    const at::Tensor end = last_step(states.narrow(2, 0, hidden), lengths);
    if (!plan_.options.bidirectional) return end;
    return at::cat({end, states.narrow(2, hidden, hidden).select(1, 0)}, 1);
  }

  Plan plan_;
  std::shared_ptr<Embedding> embedding_;
  std::shared_ptr<Dropout> before_, after_;
  std::shared_ptr<Linear> fc_;
};

// The same where what comes next is asked at every position: its memory are the states.
class SequenceDecoder final : public SequenceNetwork, public Decoder {
 public:
  using SequenceNetwork::SequenceNetwork;

  Batch start(const Batch& context, int64_t rows, int64_t length) override { return recurrent_->start(rows); }

 protected:
  at::Tensor decode(const at::Tensor& tokens, Batch& past) override {
    return pass([this, &past](const at::Tensor& some) { return answer(recurrent_->advance(vectors(some), past)); },
                tokens);
  }
};

}  // namespace

std::vector<Field> SequenceArchitecture::sequence_fields() {
  return with_common({
      field("embedding_size", embedding_size, "Numbers that represent one token; not used for data of numbers.",
            at_least(1)),
      field("hidden_size", hidden_size, "Numbers each layer and direction remembers.", at_least(1)),
      field("layers", layers, "Recurrent layers, each over the outputs of the one before.", at_least(1)),
      field("bidirectional", bidirectional, "Also from the end to the start; twice the outputs."),
      field("dropout", dropout,
            "Chance of zeroing a number of embeddings, between layers and before the output layer while training.",
            between(0, 1)),
      field("pool", pool,
            "One answer for a sample: from the last step (and the first, on the way back), or the mean or the largest "
            "number over all steps.",
            one_of("last", "mean", "max")),
  });
}

std::shared_ptr<Network> SequenceArchitecture::build(const Shapes& shapes) const {
  const FieldInfo& input = shapes.input();
  const size_t dimensions = input.sizes.size();
  if (input.means == FieldInfo::Means::pixels || dimensions < 1 || dimensions > (shapes.tokens() ? 1 : 2))
    shape_error("type", name() +
                            " takes sequences of tokens [tokens] or of numbers [steps] or [steps, features], but a "
                            "sample of the data has the shape " +
                            shape_text(input.sizes));
  expect_no_categories(name(), shapes);
  if (shapes.per == Shapes::Per::pixel) shape_error("type", name() + " has no answer for each pixel");
  const bool per_position = shapes.per == Shapes::Per::position;
  if (shapes.causal && bidirectional)
    shape_error("bidirectional", "the task predicts what comes next, and a network that has seen it learns nothing");
  Plan plan;
  plan.options = {cell(), dimensions == 2 ? input.sizes[1] : 1, hidden_size, layers, bidirectional, dropout};
  plan.layer = name();
  plan.pool = pool;
  plan.outputs = shapes.outputs;
  plan.per_position = per_position;
  if (shapes.tokens()) {
    plan.tokens = input.kinds();
    plan.embedding = plan.options.inputs = embedding_size;
  }
  if (shapes.causal && per_position && shapes.tokens()) return std::make_shared<SequenceDecoder>(std::move(plan));
  return std::make_shared<SequenceNetwork>(std::move(plan));
}

}  // namespace dlrun
