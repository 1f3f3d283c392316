// Encoder of the transformer over sequences of tokens or numbers (Vaswani et al. 2017; torch.nn.TransformerEncoder).
//
// Parameters are embedding.weight (of tokens) or projection.weight and .bias (of numbers), positions.weight (learned
// ones), cls [d_model], those of torch.nn.TransformerEncoder under "encoder", fc.weight and fc.bias.

#include <cmath>

#include "base/error.h"
#include "models/architecture.h"
#include "models/encoder.h"
#include "models/shape_error.h"
#include "models/transformer_encoder.h"
#include "nn/activation.h"
#include "nn/build_device.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/over_steps.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct TransformerOptions final : Architecture {
  TransformerEncoderOptions encoder;
  std::optional<bool> final_norm;
  std::string positions = "sinusoidal";
  int64_t max_length = 0;
  std::string pool = "mean";

  std::vector<Field> fields() override {
    return with_common({
        field("d_model", encoder.d_model, "Numbers that represent one step.", at_least(1)),
        field("nhead", encoder.nhead, "Attention heads of each layer; they divide d_model.", at_least(1)),
        field("num_layers", encoder.num_layers, "Encoder layers.", at_least(1)),
        field("dim_feedforward", encoder.dim_feedforward, "Units of the hidden layer in each layer.", at_least(1)),
        field("dropout", encoder.dropout,
              "Chance of zeroing a number of the sequence that enters, of attention and of each layer's parts while "
              "training.",
              between(0, 1)),
        field("activation", encoder.activation, "Nonlinearity of the hidden layers.", activation_choice()),
        field("norm", encoder.norm, "Normalisation of the steps; rms has no bias.", step_norm_choice()),
        field("layer_norm_eps", encoder.layer_norm_eps, "Added to variances (or mean squares) by the norms.",
              more_than(0)),
        field("norm_first", encoder.norm_first, "Norms before attention and feed-forward parts instead of behind."),
        field("bias", encoder.bias, "Whether the linear layers and norms of the encoder add a bias."),
        field("final_norm", final_norm, "A norm behind the last layer; null: where norm_first leaves it without one."),
        field("positions", positions,
              "How a step knows its place: by sines (1 to 10,000 as in the paper), by a learned "
              "vector for each place, or not.",
              one_of("sinusoidal", "learned", "none")),
        field("max_length", max_length,
              "Places that learned positions know; 0: as many as a sample of the data has, where all have as many.",
              at_least(0)),
        field("pool", pool,
              "One answer for a sample: from a learned step in front (cls), the mean or the largest number over all "
              "steps, or the last step.",
              one_of("cls", "mean", "max", "last")),
    });
  }

  std::vector<Relation> relations() const override {
    return {{"nhead", "d_model % nhead == 0", "must divide d_model"},
            {"positions", "positions != 'sinusoidal' or d_model % 2 == 0", "sines and cosines need an even d_model"}};
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
  Cuts cuts() const override { return transformer_encoder_cuts(encoder); }
  std::string blocks() const override { return R"(^encoder\.layers\.\d+$)"; }
};

struct EncoderPlan {
  TransformerEncoderOptions encoder;
  int64_t tokens = 0, features = 0;  // kinds of tokens, or numbers in a step
  std::string positions, pool;       // pool "": an answer for each step
  int64_t places = 0;                // of learned positions
  bool causal = false;
  int64_t outputs = 0;
};

// [length, width]: sines at even places, cosines at odd ones, of wavelengths from 2 pi to 10,000 * 2 pi.
at::Tensor sines(int64_t length, int64_t width, const at::TensorOptions& options) {
  const double slope = -std::log(10000.0) / static_cast<double>(width);
  const at::Tensor rates = at::exp(at::arange(0, width, 2, options) * slope);
  const at::Tensor angles = at::arange(length, options).unsqueeze(1) * rates;
  return at::stack({angles.sin(), angles.cos()}, 2).flatten(1);
}

class TransformerNetwork final : public Network, public Encoder {
 public:
  explicit TransformerNetwork(EncoderPlan plan) : plan_(std::move(plan)) {
    const int64_t width = plan_.encoder.d_model;
    if (plan_.tokens > 0)
      embedding_ = make<Embedding>("embedding", plan_.tokens, width);
    else
      projection_ = make<Linear>("projection", plan_.features, width);
    if (plan_.positions == "learned") positions_ = make<Embedding>("positions", plan_.places, width);
    if (positions_) normal_(positions_->weight, 0.0, deviation);
    if (plan_.pool == "cls") parameter("cls", cls_, new_tensor({width}));
    if (plan_.pool == "cls") normal_(cls_, 0.0, deviation);
    dropout_ = make<Dropout>("dropout", plan_.encoder.dropout);
    encoder_ = make<TransformerEncoder>("encoder", plan_.encoder);
    if (plan_.outputs > 0) fc_ = make<Linear>("fc", width, plan_.outputs);
  }

  int64_t width() const override { return plan_.encoder.d_model; }

 protected:
  // "input" [B, T] int64 ids or [B, T] or [B, T, F] float, "input.lengths" [B] where they differ -> "output" [B,
  // outputs] or, for each position, [B, T, outputs]; width for outputs without a head.
  Batch compute(const Batch& batch) override {
    at::Tensor x = vectors(batch["input"]);
    at::Tensor lengths = batch.has("input.lengths") ? batch["input.lengths"] : at::Tensor();
    if (cls_.defined()) {
      x = at::cat({cls_.expand({x.size(0), 1, width()}), x}, 1);
      if (lengths.defined()) lengths = lengths + 1;
    }
    const at::Tensor states = encoder_->forward(dropout_->forward(placed(x)), visible(x, lengths));
    const at::Tensor kept = plan_.pool.empty() ? states : pooled(states, lengths);
    return {{"output", fc_ ? fc_->forward(kept) : kept}};
  }

 private:
  static constexpr double deviation = 0.02;

  at::Tensor vectors(const at::Tensor& values) {
    if (embedding_) return embedding_->forward(values);
    return projection_->forward(values.dim() == 2 ? values.unsqueeze(2) : values);  // one number for each step
  }

  at::Tensor placed(const at::Tensor& x) const {
    const int64_t length = x.size(1);
    if (plan_.positions == "sinusoidal") return x + sines(length, width(), x.options());
    if (!positions_) return x;
    if (length > plan_.places)
      throw UserError(ExitCode::bad_data, "architecture.max_length: a sample has " + std::to_string(length) +
                                              " steps, and the network has learned positions for " +
                                              std::to_string(plan_.places) + " of them");
    return x + positions_->table().narrow(0, 0, length);
  }

  // Which steps a step may look at, as TransformerEncoder takes it.
  at::Tensor visible(const at::Tensor& x, const at::Tensor& lengths) const {
    at::Tensor mask;
    if (lengths.defined()) mask = within_lengths(lengths, x.size(1)).unsqueeze(1).unsqueeze(1);
    if (!plan_.causal) return mask;
    const at::Tensor places = at::arange(x.size(1), x.options().dtype(at::kLong));
    const at::Tensor earlier = places.unsqueeze(0).le(places.unsqueeze(1)).unsqueeze(0).unsqueeze(0);
    return mask.defined() ? mask.logical_and(earlier) : earlier;
  }

  at::Tensor pooled(const at::Tensor& states, const at::Tensor& lengths) const {
    if (plan_.pool == "cls") return states.select(1, 0);
    if (plan_.pool == "mean") return mean_step(states, lengths);
    return plan_.pool == "max" ? largest_step(states, lengths) : last_step(states, lengths);
  }

  EncoderPlan plan_;
  std::shared_ptr<Embedding> embedding_, positions_;
  std::shared_ptr<Linear> projection_;
  at::Tensor cls_;
  std::shared_ptr<Dropout> dropout_;
  std::shared_ptr<TransformerEncoder> encoder_;
  std::shared_ptr<Linear> fc_;  // null without a head
};

std::shared_ptr<Network> TransformerOptions::build(const Shapes& shapes) const {
  const FieldInfo& input = shapes.input();
  const size_t dimensions = input.sizes.size();
  if (input.means == FieldInfo::Means::pixels || dimensions < 1 || dimensions > (shapes.tokens() ? 1 : 2))
    shape_error("type",
                "transformer takes sequences of tokens [tokens] or of numbers [steps] or [steps, features], but a "
                "sample of the data has the shape " +
                    shape_text(input.sizes));
  if (shapes.per == Shapes::Per::pixel) shape_error("type", "transformer has no answer for each pixel");
  EncoderPlan plan;
  plan.encoder = encoder;
  plan.encoder.final_norm = final_norm.value_or(encoder.norm_first);
  plan.positions = positions;
  plan.pool = shapes.per == Shapes::Per::position ? "" : pool;
  plan.causal = shapes.causal;
  plan.outputs = shapes.outputs;
  if (shapes.tokens())
    plan.tokens = input.kinds();
  else
    plan.features = dimensions == 2 ? input.sizes[1] : 1;
  if (positions != "learned") return std::make_shared<TransformerNetwork>(std::move(plan));
  const int64_t steps = input.sizes[0];
  if (max_length == 0 && steps < 0)
    shape_error("max_length", "samples of the data differ in length, so learned positions need it; or use sinusoidal");
  if (max_length > 0 && max_length < steps)
    shape_error("max_length", std::to_string(max_length) + " is less than the " + std::to_string(steps) +
                                  " steps of a sample; raise it, or use sinusoidal positions");
  plan.places = (max_length > 0 ? max_length : steps) + (plan.pool == "cls" ? 1 : 0);
  return std::make_shared<TransformerNetwork>(std::move(plan));
}

const Registered<Architecture, TransformerOptions> transformer_entry{
    "transformer", "Encoder of the transformer over sequences of tokens or numbers."};

}  // namespace
}  // namespace dlrun
