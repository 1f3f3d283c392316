// FT-Transformer: every column of a table becomes a token (Gorishniy et al. 2021, section 3.3).
//
// Names and numbers are those of FTTransformer in the authors' package rtdl_revisiting_models; the default is its
// default of three blocks. The first block does not normalise before its attention, and the last one computes the
// answer's token alone. Its option of compressed attention (Linformer) is not here. Categories as ids become tokens
// of their own; row 0 of their embeddings, a category that no training row has, starts and stays 0.

#include <cmath>

#include "models/encoder.h"
#include "models/shape_error.h"
#include "models/table_input.h"
#include "nn/build_device.h"
#include "nn/dropout.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct FtTransformer final : Architecture {
  int64_t n_blocks = 3, d_block = 192, attention_n_heads = 8;
  double attention_dropout = 0.2, ffn_dropout = 0.1, residual_dropout = 0.0;
  std::optional<int64_t> ffn_d_hidden;
  double ffn_d_hidden_multiplier = 4.0 / 3.0;
  std::string ffn_activation = "ReGLU";
  std::string norm = "layer";

  std::vector<Field> fields() override {
    return with_common({
        field("n_blocks", n_blocks, "Blocks of attention and feed-forward layers.", at_least(1)),
        field("d_block", d_block, "Numbers of a token; a multiple of attention_n_heads.", at_least(1)),
        field("attention_n_heads", attention_n_heads, "Heads of each attention.", at_least(1)),
        field("attention_dropout", attention_dropout, "Chance that a token does not see another while training.",
              between(0, 1)),
        field("ffn_d_hidden", ffn_d_hidden,
              "Numbers within a feed-forward layer; d_block times ffn_d_hidden_multiplier where left open.",
              at_least(1)),
        field("ffn_d_hidden_multiplier", ffn_d_hidden_multiplier, "See ffn_d_hidden; not used where that is given.",
              more_than(0)),
        field("ffn_dropout", ffn_dropout, "Chance of zeroing a number within a feed-forward layer while training.",
              between(0, 1)),
        field("ffn_activation", ffn_activation, "Nonlinearity of feed-forward layers; ReGLU is that of the paper.",
              one_of("ReGLU", "ReLU")),
        field("norm", norm, "Normalisation of the tokens.", step_norm_choice()),
        field("residual_dropout", residual_dropout, "Chance of zeroing a number that a layer adds while training.",
              between(0, 1)),
    });
  }

  std::vector<Relation> relations() const override {
    return {{"d_block", "d_block % attention_n_heads == 0", "must be a multiple of attention_n_heads"}};
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

// Uniform in +-1 / sqrt(width): what the package draws all embeddings from.
at::Tensor drawn(const std::vector<int64_t>& sizes) {
  at::Tensor tensor = new_tensor(sizes);
  const double bound = 1.0 / std::sqrt(static_cast<double>(sizes.back()));
  uniform_(tensor, -bound, bound);
  return tensor;
}

class NumberTokens final : public Layer {
 public:
  NumberTokens(int64_t numbers, int64_t width) {
    parameter("weight", weight_, drawn({numbers, width}));
    parameter("bias", bias_, drawn({numbers, width}));
  }
  // [N, numbers] -> [N, numbers, width]
  at::Tensor compute(const at::Tensor& x) override { return x.unsqueeze(2) * weight_ + bias_; }

 private:
  at::Tensor weight_, bias_;
};

class CategoryTokens final : public ModuleOf<std::vector<at::Tensor>> {
 public:
  CategoryTokens(const std::vector<int64_t>& kinds, int64_t width) {
    for (size_t i = 0; i < kinds.size(); ++i)
      columns_.push_back(make<Embedding>("embeddings." + std::to_string(i), kinds[i], width));
    const double bound = 1.0 / std::sqrt(static_cast<double>(width));
    for (const auto& column : columns_) {
      uniform_(column->weight, -bound, bound);
      forget_unknown(*column);
    }
    parameter("bias", bias_, drawn({static_cast<int64_t>(kinds.size()), width}));
  }
  // ids [N] of each column -> [N, columns, width]
  at::Tensor compute(const std::vector<at::Tensor>& ids) override {
    std::vector<at::Tensor> tokens;
    for (size_t i = 0; i < columns_.size(); ++i) tokens.push_back(columns_[i]->forward(ids[i]));
    return at::stack(tokens, 1) + bias_;
  }

 private:
  std::vector<std::shared_ptr<Embedding>> columns_;
  at::Tensor bias_;
};

class Attention final : public ModuleOf<at::Tensor, at::Tensor> {
 public:
  Attention(int64_t width, int64_t heads, double dropout) : heads_(heads) {
    query_ = make<Linear>("W_q", width, width);
    key_ = make<Linear>("W_k", width, width);
    value_ = make<Linear>("W_v", width, width);
    if (heads > 1) out_ = make<Linear>("W_out", width, width);
    dropout_ = make<Dropout>("dropout", dropout);
    for (const auto& layer : {query_, key_, value_, out_})
      if (layer) constant_(layer->bias, 0.0);
  }
  // Tokens that look [N, Q, width] and those that are seen [N, T, width] -> [N, Q, width]
  at::Tensor compute(const at::Tensor& looking, const at::Tensor& seen) override {
    const auto in_heads = [&](const at::Tensor& x) { return x.unflatten(2, {heads_, -1}).transpose(1, 2); };
    const at::Tensor query = in_heads(query_->forward(looking)), key = in_heads(key_->forward(seen));
    const double scale = 1.0 / std::sqrt(static_cast<double>(query.size(3)));
    const at::Tensor share = dropout_->forward(at::softmax(at::matmul(query, key.transpose(2, 3)) * scale, 3));
    const at::Tensor x = at::matmul(share, in_heads(value_->forward(seen))).transpose(1, 2).flatten(2);
    return out_ ? out_->forward(x) : x;
  }

 private:
  int64_t heads_;
  std::shared_ptr<Linear> query_, key_, value_, out_;
  std::shared_ptr<Dropout> dropout_;
};

class FeedForward final : public Layer {
 public:
  FeedForward(const FtTransformer& options, int64_t hidden) : gated_(options.ffn_activation == "ReGLU") {
    linear1_ = make<Linear>("linear1", options.d_block, gated_ ? 2 * hidden : hidden);
    dropout_ = make<Dropout>("dropout", options.ffn_dropout);
    linear2_ = make<Linear>("linear2", hidden, options.d_block);
  }
  at::Tensor compute(const at::Tensor& x) override { return linear2_->forward(dropout_->forward(activated(x))); }

 private:
  at::Tensor activated(const at::Tensor& x) {
    const at::Tensor both = linear1_->forward(x);
    if (!gated_) return at::relu(both);
    const std::vector<at::Tensor> halves = both.chunk(2, -1);
    return halves[0] * at::relu(halves[1]);
  }

  bool gated_;
  std::shared_ptr<Linear> linear1_, linear2_;
  std::shared_ptr<Dropout> dropout_;
};

class FtBlock final : public ModuleOf<at::Tensor> {
 public:
  FtBlock(const FtTransformer& options, int64_t hidden, bool first, bool last) : last_(last) {
    attention_ = make<Attention>("attention", options.d_block, options.attention_n_heads, options.attention_dropout);
    attention_dropout_ = make<Dropout>("attention_residual_dropout", options.residual_dropout);
    ffn_normalization_ = child("ffn_normalization", make_step_norm(options.norm, options.d_block));
    ffn_ = make<FeedForward>("ffn", options, hidden);
    ffn_dropout_ = make<Dropout>("ffn_residual_dropout", options.residual_dropout);
    if (!first)
      attention_normalization_ = child("attention_normalization", make_step_norm(options.norm, options.d_block));
  }
  // [N, T, d_block] -> the same; of the last block [N, 1, d_block], the answer's token
  at::Tensor compute(const at::Tensor& input) override {
    const auto asked = [&](const at::Tensor& tokens) { return last_ ? tokens.narrow(1, 0, 1) : tokens; };
    const at::Tensor seen = attention_normalization_ ? attention_normalization_->forward(input) : input;
    const at::Tensor x = asked(input) + attention_dropout_->forward(attention_->forward(asked(seen), seen));
    return x + ffn_dropout_->forward(ffn_->forward(ffn_normalization_->forward(x)));
  }

 private:
  bool last_;
  std::shared_ptr<Attention> attention_;
  std::shared_ptr<Dropout> attention_dropout_, ffn_dropout_;
  std::shared_ptr<Layer> ffn_normalization_, attention_normalization_;
  std::shared_ptr<FeedForward> ffn_;
};

class FtHead final : public Layer {
 public:
  FtHead(const FtTransformer& options, int64_t outputs)
      : normalization_(child("normalization", make_step_norm(options.norm, options.d_block))),
        linear_(make<Linear>("linear", options.d_block, outputs)) {}
  at::Tensor compute(const at::Tensor& x) override { return linear_->forward(at::relu(normalization_->forward(x))); }

 private:
  std::shared_ptr<Layer> normalization_;
  std::shared_ptr<Linear> linear_;
};

class Blocks final : public Layer {
 public:
  Blocks(const FtTransformer& options, int64_t outputs) {
    const auto multiplied = static_cast<double>(options.d_block) * options.ffn_d_hidden_multiplier;
    const int64_t hidden = options.ffn_d_hidden.value_or(std::max<int64_t>(1, static_cast<int64_t>(multiplied)));
    for (int64_t i = 0; i < options.n_blocks; ++i)
      blocks_.push_back(
          make<FtBlock>("blocks." + std::to_string(i), options, hidden, i == 0, i + 1 == options.n_blocks));
    if (outputs > 0) output_ = make<FtHead>("output", options, outputs);
  }
  // [N, T, d_block] -> [N, outputs], or [N, d_block] without a head
  at::Tensor compute(const at::Tensor& tokens) override {
    at::Tensor x = tokens;
    for (const auto& block : blocks_) x = block->forward(x);
    x = x.select(1, 0);
    return output_ ? output_->forward(x) : x;
  }

 private:
  std::vector<std::shared_ptr<FtBlock>> blocks_;
  std::shared_ptr<FtHead> output_;
};

// The token that the answer is read from.
class ClsEmbedding final : public Module {
 public:
  explicit ClsEmbedding(int64_t width) { parameter("weight", weight, drawn({width})); }
  at::Tensor weight;
};

class FtTransformerNetwork final : public Network, public Encoder {
 public:
  FtTransformerNetwork(const FtTransformer& options, TableShape shape, int64_t outputs)
      : shape_(std::move(shape)), width_(options.d_block) {
    cls_embedding_ = make<ClsEmbedding>("cls_embedding", width_);
    if (shape_.numbers > 0) numbers_ = make<NumberTokens>("cont_embeddings", shape_.numbers, width_);
    if (!shape_.categories.empty()) categories_ = make<CategoryTokens>("cat_embeddings", shape_.kinds(), width_);
    backbone_ = make<Blocks>("backbone", options, outputs);
  }

  int64_t width() const override { return width_; }

 protected:
  Batch compute(const Batch& batch) override {
    const int64_t count = batch["input"].size(0);
    std::vector<at::Tensor> tokens = {cls_embedding_->weight.expand({count, 1, width_})};
    if (numbers_) tokens.push_back(numbers_->forward(shape_.rows(batch)));
    if (categories_) tokens.push_back(categories_->forward(shape_.ids(batch)));
    return {{"output", backbone_->forward(at::cat(tokens, 1))}};
  }

 private:
  TableShape shape_;
  int64_t width_;
  std::shared_ptr<ClsEmbedding> cls_embedding_;
  std::shared_ptr<NumberTokens> numbers_;
  std::shared_ptr<CategoryTokens> categories_;
  std::shared_ptr<Blocks> backbone_;
};

std::shared_ptr<Network> FtTransformer::build(const Shapes& shapes) const {
  return std::make_shared<FtTransformerNetwork>(*this, table_shape("ft_transformer", shapes), shapes.outputs);
}

const Registered<Architecture, FtTransformer> ft_transformer_entry{
    "ft_transformer", "Transformer for tables: every column is a token, the answer is read from one more."};

}  // namespace
}  // namespace dlrun
