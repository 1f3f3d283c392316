// TabNet: attention chooses at every step which columns the next one sees. (Arik and Pfister 2021)
//
// Names and numbers are those of TabNet in pytorch-tabnet, but for what its state holds twice or never uses: a layer
// that steps share has its first name alone (initial_splitter.shared.shared_layers.<i>), and tabnet.initial_bn is not
// here. Columns of categories as ids come behind the numbers, with embeddings named embedder.embeddings.<i>; as there,
// all numbers of one embedding share one attention.

#include <cmath>

#include "models/encoder.h"
#include "models/sparsemax.h"
#include "models/table_input.h"
#include "nn/batch_norm.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "spec/catalog.h"
#include "tensor/loss_terms.h"

namespace dlrun {
namespace {

struct TabNet final : Architecture {
  int64_t n_d = 8, n_a = 8, n_steps = 3;
  double gamma = 1.3;
  int64_t n_independent = 2, n_shared = 2;
  double epsilon = 1e-15;
  int64_t virtual_batch_size = 128;
  double momentum = 0.02;
  std::string mask_type = "sparsemax";
  double lambda_sparse = 1e-3;
  std::optional<int64_t> embedding_size;

  std::vector<Field> fields() override {
    return with_common({
        field("n_d", n_d, "Numbers that a step gives to the answer.", at_least(1)),
        field("n_a", n_a, "Numbers that a step gives to the attention of the next one.", at_least(1)),
        field("n_steps", n_steps, "Steps, each of which sees the columns its attention has chosen.", at_least(1)),
        field("gamma", gamma,
              "How often steps may choose a column: 1 once, more the more it is; a step's attention is multiplied by "
              "gamma minus that of each step before it.",
              at_least(1)),
        field("n_independent", n_independent, "Gated layers of each step alone.", at_least(0)),
        field("n_shared", n_shared, "Gated layers whose weights all steps share; their norms are each step's own.",
              at_least(0)),
        field("epsilon", epsilon, "Added to the attention before the logarithm of the sparsity term.", more_than(0)),
        field("virtual_batch_size", virtual_batch_size,
              "Rows that are normalised together while training: a batch is cut into about equal pieces of at most so "
              "many.",
              at_least(2)),
        field("momentum", momentum, "Share of the new rows in the running statistics of norms; of the first norm 0.01.",
              between(0, 1)),
        field("mask_type", mask_type,
              "What makes the attention of scores: sparsemax (mostly 0), or entmax with alpha 1.5 (softer).",
              one_of("sparsemax", "entmax")),
        field("lambda_sparse", lambda_sparse,
              "Weight of the entropy of the attention, the mean over steps and rows: a term of the training's loss "
              "that is recorded as sparsity_loss too. Losses of held-out samples are without it.",
              at_least(0)),
        embedding_size_field(embedding_size),
    });
  }

  std::vector<Relation> relations() const override {
    return {{"n_shared", "n_shared + n_independent >= 1", "n_shared and n_independent cannot both be 0"}};
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

// Redraws a layer's weight as the package does; gated layers have a gain of their own.
void draw_weight(Linear& layer, bool gated) {
  const auto inputs = static_cast<double>(fan(layer.weight, Fan::in));
  const auto outputs = static_cast<double>(fan(layer.weight, Fan::out));
  xavier_normal_(layer.weight, std::sqrt((inputs + outputs) / std::sqrt(gated ? inputs : 4 * inputs)));
}

// Batch norm whose statistics in training are those of pieces of a batch. (Hoffer et al. 2017)
class GhostBatchNorm final : public Layer {
 public:
  GhostBatchNorm(int64_t features, const TabNet& options) : rows_(options.virtual_batch_size) {
    norm_ = make<BatchNorm>("bn", features, 1e-5, options.momentum);
  }
  // [N, features] -> the same
  at::Tensor compute(const at::Tensor& x) override {
    if (!training() || x.size(0) <= rows_) return norm_->forward(x);
    std::vector<at::Tensor> pieces = x.chunk((x.size(0) + rows_ - 1) / rows_, 0);
    for (at::Tensor& piece : pieces) piece = norm_->forward(piece);
    return at::cat(pieces);
  }

 private:
  int64_t rows_;
  std::shared_ptr<BatchNorm> norm_;
};

// A linear layer, its own or a shared one, a norm, and a gate.
class GatedLayer final : public Layer {
 public:
  GatedLayer(int64_t inputs, const TabNet& options, const std::shared_ptr<Linear>& shared) {
    const int64_t width = 2 * (options.n_d + options.n_a);
    linear_ = shared ? shared : make<Linear>("fc", inputs, width, false);
    draw_weight(*linear_, true);
    norm_ = make<GhostBatchNorm>("bn", width, options);
  }
  // [N, inputs] -> [N, n_d + n_a]
  at::Tensor compute(const at::Tensor& x) override {
    const std::vector<at::Tensor> halves = norm_->forward(linear_->forward(x)).chunk(2, 1);
    return halves[0] * at::sigmoid(halves[1]);
  }

 private:
  std::shared_ptr<Linear> linear_;
  std::shared_ptr<GhostBatchNorm> norm_;
};

using SharedLayers = std::vector<std::shared_ptr<Linear>>;

// Gated layers, each added to what it takes but for the very first of a step, whose input is another width.
class GatedBlock final : public Layer {
 public:
  // `mine`: registers the shared layers as its own, the first time they are used.
  GatedBlock(int64_t inputs, int64_t count, bool first, const TabNet& options, const SharedLayers& shared, bool mine)
      : first_(first) {
    for (size_t i = 0; mine && i < shared.size(); ++i) child("shared_layers." + std::to_string(i), shared[i]);
    for (int64_t i = 0; i < count; ++i)
      layers_.push_back(make<GatedLayer>("glu_layers." + std::to_string(i), i == 0 ? inputs : options.n_d + options.n_a,
                                         options, shared.empty() ? nullptr : shared[static_cast<size_t>(i)]));
  }
  at::Tensor compute(const at::Tensor& input) override {
    at::Tensor x = input;
    for (size_t i = 0; i < layers_.size(); ++i)
      x = first_ && i == 0 ? layers_[i]->forward(x) : (x + layers_[i]->forward(x)) * std::sqrt(0.5);
    return x;
  }

 private:
  bool first_;
  std::vector<std::shared_ptr<GatedLayer>> layers_;
};

// Chosen columns to what a step makes of them, [N, inputs] -> [N, n_d + n_a].
class FeatureTransformer final : public Layer {
 public:
  FeatureTransformer(int64_t inputs, const TabNet& options, const SharedLayers& shared, bool mine) {
    const bool alone = shared.empty();
    if (!alone) shared_ = make<GatedBlock>("shared", inputs, options.n_shared, true, options, shared, mine);
    if (options.n_independent > 0)
      specifics_ = make<GatedBlock>("specifics", alone ? inputs : options.n_d + options.n_a, options.n_independent,
                                    alone, options, SharedLayers(), false);
  }
  at::Tensor compute(const at::Tensor& input) override {
    const at::Tensor x = shared_ ? shared_->forward(input) : input;
    return specifics_ ? specifics_->forward(x) : x;
  }

 private:
  std::shared_ptr<GatedBlock> shared_, specifics_;
};

// What was seen, [N, n_a], and how much each column may still be chosen, [N, columns] -> shares that add up to 1.
class AttentiveTransformer final : public ModuleOf<at::Tensor, at::Tensor> {
 public:
  AttentiveTransformer(int64_t columns, const TabNet& options) : entmax_(options.mask_type == "entmax") {
    linear_ = make<Linear>("fc", options.n_a, columns, false);
    draw_weight(*linear_, false);
    norm_ = make<GhostBatchNorm>("bn", columns, options);
  }
  at::Tensor compute(const at::Tensor& seen, const at::Tensor& prior) override {
    const at::Tensor scores = norm_->forward(linear_->forward(seen)) * prior;
    return entmax_ ? entmax15(scores) : sparsemax(scores);
  }

 private:
  bool entmax_;
  std::shared_ptr<Linear> linear_;
  std::shared_ptr<GhostBatchNorm> norm_;
};

// Columns in, the sum of what the steps give to the answer out.
class TabNetEncoder final : public ModuleOf<at::Tensor> {
 public:
  // `widths`: of each column.
  TabNetEncoder(std::vector<int64_t> widths, int64_t inputs, const TabNet& options)
      : widths_(std::move(widths)), options_(options) {
    const auto columns = static_cast<int64_t>(widths_.size());
    initial_bn_ = make<BatchNorm>("initial_bn", inputs, 1e-5, 0.01);
    const int64_t width = options.n_d + options.n_a;
    SharedLayers shared;
    for (int64_t i = 0; i < options.n_shared; ++i)
      shared.push_back(std::make_shared<Linear>(i == 0 ? inputs : width, 2 * width, false));
    splitter_ = make<FeatureTransformer>("initial_splitter", inputs, options, shared, true);
    for (int64_t i = 0; i < options.n_steps; ++i) {
      const std::string place = "." + std::to_string(i);
      transformers_.push_back(make<FeatureTransformer>("feat_transformers" + place, inputs, options, shared, false));
      attentions_.push_back(make<AttentiveTransformer>("att_transformers" + place, columns, options));
    }
  }

  // [N, inputs] -> [N, n_d]
  at::Tensor compute(const at::Tensor& input) override {
    const at::Tensor x = initial_bn_->forward(input);
    const bool tells = training() || wants_loss_terms();
    at::Tensor prior = at::ones({x.size(0), static_cast<int64_t>(widths_.size())}, x.options());
    at::Tensor seen = splitter_->forward(x).narrow(1, options_.n_d, options_.n_a), sum, entropy;
    for (size_t i = 0; i < attentions_.size(); ++i) {
      const at::Tensor shares = attentions_[i]->forward(seen, prior);
      if (tells) {
        const at::Tensor one = -(shares * (shares + options_.epsilon).log()).sum(1).mean();
        entropy = entropy.defined() ? entropy + one : one;
      }
      prior = (options_.gamma - shares) * prior;
      const at::Tensor out = transformers_[i]->forward(of_inputs(shares) * x);
      const at::Tensor given = at::relu(out.narrow(1, 0, options_.n_d));
      sum = sum.defined() ? sum + given : given;
      seen = out.narrow(1, options_.n_d, options_.n_a);
    }
    if (tells) add_loss_term("sparsity", entropy * (options_.lambda_sparse / static_cast<double>(options_.n_steps)));
    return sum;
  }

 private:
  // Shares of columns as factors of their numbers, among which a column's share is divided.
  at::Tensor of_inputs(const at::Tensor& shares) const {
    std::vector<at::Tensor> factors;
    int64_t numbers = 0;
    for (size_t i = 0; i < widths_.size(); ++i) {
      if (widths_[i] == 1) {
        ++numbers;
        if (i + 1 < widths_.size() && widths_[i + 1] == 1) continue;
        factors.push_back(shares.narrow(1, static_cast<int64_t>(i) + 1 - numbers, numbers));
        numbers = 0;
        continue;
      }
      const at::Tensor share = shares.narrow(1, static_cast<int64_t>(i), 1) / static_cast<double>(widths_[i]);
      factors.push_back(share.expand({-1, widths_[i]}));
    }
    return factors.size() == 1 ? factors[0] : at::cat(factors, 1);
  }

  std::vector<int64_t> widths_;
  TabNet options_;
  std::shared_ptr<BatchNorm> initial_bn_;
  std::shared_ptr<FeatureTransformer> splitter_;
  std::vector<std::shared_ptr<FeatureTransformer>> transformers_;
  std::vector<std::shared_ptr<AttentiveTransformer>> attentions_;
};

class TabNetNetwork final : public Network, public Encoder {
 public:
  TabNetNetwork(const TabNet& options, TableShape shape, int64_t outputs)
      : shape_(std::move(shape)), width_(options.n_d) {
    std::vector<int64_t> widths(static_cast<size_t>(shape_.numbers), 1);
    int64_t inputs = shape_.numbers;
    if ((embeddings_ = make_embeddings(shape_, options.embedding_size))) {
      inputs += child("embedder.embeddings", embeddings_)->width();
      for (const NamedTensor& table : embeddings_->parameters()) widths.push_back(table.tensor->size(1));
    }
    encoder_ = make<TabNetEncoder>("tabnet.encoder", widths, inputs, options);
    if (outputs == 0) return;
    output_ = make<Linear>("tabnet.final_mapping", options.n_d, outputs, false);
    draw_weight(*output_, false);
  }

  int64_t width() const override { return width_; }

 protected:
  // [N, ...] and ids [N] -> [N, outputs], or [N, n_d] without a head
  Batch compute(const Batch& batch) override {
    const at::Tensor x = encoder_->forward(embedded_rows(shape_, embeddings_, batch));
    return {{"output", output_ ? output_->forward(x) : x}};
  }

 private:
  TableShape shape_;
  int64_t width_;
  std::shared_ptr<CategoryEmbeddings> embeddings_;
  std::shared_ptr<TabNetEncoder> encoder_;
  std::shared_ptr<Linear> output_;
};

std::shared_ptr<Network> TabNet::build(const Shapes& shapes) const {
  return std::make_shared<TabNetNetwork>(*this, table_shape("tabnet", shapes), shapes.outputs);
}

const Registered<Architecture, TabNet> tabnet_entry{"tabnet",
                                                    "TabNet: attention chooses columns of a table, step by step."};

}  // namespace
}  // namespace dlrun
