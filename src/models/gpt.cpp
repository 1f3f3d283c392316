// GPT-2: a decoder-only transformer over tokens (Radford et al. 2019).
//
// Parameter names and shapes are those of transformers' GPT2LMHeadModel: transformer.wte.weight,
// transformer.h.0.attn.c_attn.weight [width, 3 width], ... The output layer shares transformer.wte.weight, which is
// stored once, as transformers stores it.

#include <map>

#include "models/architecture.h"
#include "models/decoder.h"
#include "models/key_value_cache.h"
#include "models/shape_error.h"
#include "nn/activation.h"
#include "nn/build_device.h"
#include "nn/drop_path.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/init.h"
#include "nn/norm.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Gpt final : Architecture {
  int64_t layers = 4;
  int64_t heads = 4;
  int64_t width = 128;
  int64_t context = 0;
  std::string activation = "gelu_tanh";
  double dropout = 0.1;
  double drop_path = 0.0;
  bool bias = true;
  std::string norm = "layer";
  double norm_eps = 1e-5;

  std::vector<Field> fields() override {
    return with_common({
        field("layers", layers, "Transformer blocks.", at_least(1)),
        field("heads", heads, "Attention heads of each block; they divide the width.", at_least(1)),
        field("width", width, "Numbers that represent one token.", at_least(1)),
        field("context", context, "Most tokens the network can look at; 0: as many as a sample of the data has.",
              at_least(0)),
        field("activation", activation, "Nonlinearity of the blocks; gelu_tanh is GPT-2's gelu_new.",
              activation_choice()),
        field("dropout", dropout, "Chance of zeroing a number of embeddings, attention and residuals while training.",
              between(0, 1)),
        field(
            "drop_path", drop_path,
            "Chance that a sample passes each branch of the last block by while training (stochastic depth); it grows "
            "evenly from 0 in the first.",
            between(0, 1), less_than(1)),
        field("bias", bias, "Whether linear layers and norms add a bias."),
        field("norm", norm, "Normalisation of the tokens; rms has no bias.", step_norm_choice()),
        field("norm_eps", norm_eps, "Added to variances (or mean squares) by the norms.", more_than(0)),
    });
  }

  std::vector<Relation> relations() const override {
    return {{"heads", "width % heads == 0", "must divide the width"}};
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
  std::optional<Reference> reference(const Shapes& shapes, const Network& network) const override;

  Cuts cuts() const override {
    using Along = CutParameters::Along;
    return {{{R"(\.attn\.c_attn\.(weight|bias)$)", Along::outputs, -1, 3, heads},
             {R"(\.attn\.c_proj\.weight$)", Along::inputs, 0, 1, heads},
             {R"(\.mlp\.c_fc\.(weight|bias)$)", Along::outputs, -1},
             {R"(\.mlp\.c_proj\.weight$)", Along::inputs, 0}},
            ""};
  }
  std::string blocks() const override { return R"(^transformer\.h\.\d+$)"; }
};

// GPT-2's linear layer: weight [inputs, outputs], transposed against Linear.
class Conv1D final : public Layer {
 public:
  Conv1D(int64_t inputs, int64_t outputs, bool with_bias, double deviation) {
    parameter("weight", weight, new_tensor({inputs, outputs}));
    normal_(weight, 0.0, deviation);
    if (!with_bias) return;
    parameter("bias", bias, new_tensor({outputs}));
    constant_(bias, 0.0);
  }

  // [B, T, inputs] -> [B, T, outputs]
  at::Tensor compute(const at::Tensor& input) override { return at::linear(input, weight.t(), bias); }

  at::Tensor weight, bias;
};

constexpr double deviation = 0.02;

// Every block adds to the residual stream twice, so their last layers start smaller.
double residual_deviation(const Gpt& gpt) { return deviation / std::sqrt(2.0 * static_cast<double>(gpt.layers)); }

std::shared_ptr<Layer> gpt_norm(const Gpt& gpt) { return make_step_norm(gpt.norm, gpt.width, gpt.norm_eps, gpt.bias); }

// Of a text that is read in pieces; none: the text is there as a whole.
using Cache = std::optional<KeyValueCache>;

class CausalAttention final : public ModuleOf<at::Tensor, Cache> {
 public:
  explicit CausalAttention(const Gpt& gpt) : heads_(gpt.heads) {
    c_attn_ = make<Conv1D>("c_attn", gpt.width, 3 * gpt.width, gpt.bias, deviation);
    c_proj_ = make<Conv1D>("c_proj", gpt.width, gpt.width, gpt.bias, residual_deviation(gpt));
    attn_dropout_ = make<Dropout>("attn_dropout", gpt.dropout);
    resid_dropout_ = make<Dropout>("resid_dropout", gpt.dropout);
  }

  at::Tensor compute(const at::Tensor& input, const Cache& cache) override {
    const int64_t batch = input.size(0), length = input.size(1), each = input.size(2) / heads_;
    // [B, T, 3 width] -> three of [B, heads, T, width / heads]: all of the heads, or those of this process
    const at::Tensor projected = c_attn_->forward(input);
    const at::Tensor parts = projected.view({batch, length, 3, projected.size(2) / (3 * each), each});
    const auto part = [&](int64_t i) { return parts.select(2, i).transpose(1, 2); };
    const double p = attn_dropout_->training() ? attn_dropout_->p : 0.0;
    const at::Tensor mixed =
        cache ? cache->attend(part(0), part(1), part(2))
              : at::scaled_dot_product_attention(part(0), part(1), part(2), {}, p, /*is_causal=*/true);
    return resid_dropout_->forward(
        c_proj_->forward(mixed.transpose(1, 2).reshape({batch, length, projected.size(2) / 3})));
  }

 private:
  int64_t heads_;
  std::shared_ptr<Conv1D> c_attn_, c_proj_;
  std::shared_ptr<Dropout> attn_dropout_, resid_dropout_;
};

class GptFeedForward final : public Layer {
 public:
  explicit GptFeedForward(const Gpt& gpt) : activation_(activation(gpt.activation)) {
    c_fc_ = make<Conv1D>("c_fc", gpt.width, 4 * gpt.width, gpt.bias, deviation);
    c_proj_ = make<Conv1D>("c_proj", 4 * gpt.width, gpt.width, gpt.bias, residual_deviation(gpt));
    dropout_ = make<Dropout>("dropout", gpt.dropout);
  }

  at::Tensor compute(const at::Tensor& input) override {
    return dropout_->forward(c_proj_->forward(activation_(c_fc_->forward(input))));
  }

 private:
  ActivationFunction activation_;
  std::shared_ptr<Conv1D> c_fc_, c_proj_;
  std::shared_ptr<Dropout> dropout_;
};

class TransformerBlock final : public ModuleOf<at::Tensor, Cache> {
 public:
  // A sample passes each of its branches by with this chance.
  TransformerBlock(const Gpt& gpt, double chance) {
    ln_1_ = child("ln_1", gpt_norm(gpt));
    attn_ = make<CausalAttention>("attn", gpt);
    ln_2_ = child("ln_2", gpt_norm(gpt));
    mlp_ = make<GptFeedForward>("mlp", gpt);
    if (chance > 0) drop_path_ = make<DropPath>("drop_path", chance);
  }

  at::Tensor compute(const at::Tensor& input, const Cache& cache) override {
    const at::Tensor x = input + some(attn_->forward(ln_1_->forward(input), cache));
    return x + some(mlp_->forward(ln_2_->forward(x)));
  }

 private:
  at::Tensor some(const at::Tensor& branch) { return drop_path_ ? drop_path_->forward(branch) : branch; }

  std::shared_ptr<Layer> ln_1_, ln_2_;
  std::shared_ptr<CausalAttention> attn_;
  std::shared_ptr<GptFeedForward> mlp_;
  std::shared_ptr<DropPath> drop_path_;  // null where no sample passes
};

class Transformer final : public ModuleOf<at::Tensor, Batch*> {
 public:
  Transformer(const Gpt& gpt, int64_t vocabulary, int64_t context) : heads_(gpt.heads), width_(gpt.width) {
    wte = make<Embedding>("wte", vocabulary, gpt.width);
    wpe_ = make<Embedding>("wpe", context, gpt.width);
    drop = make<Dropout>("drop", gpt.dropout);
    for (int64_t i = 0; i < gpt.layers; ++i)
      blocks_.push_back(
          make<TransformerBlock>("h." + std::to_string(i), gpt, DropPath::of_block(gpt.drop_path, i, gpt.layers)));
    ln_f_ = child("ln_f", gpt_norm(gpt));
    normal_(wte->weight, 0.0, deviation);
    normal_(wpe_->weight, 0.0, deviation);
  }

  // "h.0.key", "h.0.value", ... [rows, heads, length, width / heads], and "length" [rows] int64 on the CPU: how many
  // tokens are in them, the same in every row.
  Batch start(int64_t rows, int64_t length) const {
    Batch past;
    past.count = rows;
    const at::Tensor room =
        at::empty({rows, heads_, length, width_ / heads_}, ln_f_->parameters().front().tensor->options());
    for (size_t i = 0; i < blocks_.size(); ++i)
      for (const char* part : {".key", ".value"}) past.set("h." + std::to_string(i) + part, at::empty_like(room));
    past.set("length", at::zeros({rows}, at::kLong));
    return past;
  }

  // [B, T] -> [B, T, width]; behind the tokens of `past`, unless that is null.
  at::Tensor compute(const at::Tensor& ids, Batch* const& past) override {
    const int64_t read = past ? (*past)["length"][0].item<int64_t>() : 0;
    at::Tensor x = drop->forward(wte->forward(ids) + wpe_->table().narrow(0, read, ids.size(1)));
    for (size_t i = 0; i < blocks_.size(); ++i) {
      const std::string name = "h." + std::to_string(i);
      Cache cache;
      if (past) cache = KeyValueCache{(*past)[name + ".key"], (*past)[name + ".value"], read};
      x = blocks_[i]->forward(x, cache);
    }
    if (past) past->set("length", (*past)["length"] + ids.size(1));
    return ln_f_->forward(x);
  }

  std::shared_ptr<Embedding> wte;
  std::shared_ptr<Dropout> drop;

 private:
  int64_t heads_, width_;
  std::shared_ptr<Embedding> wpe_;
  std::vector<std::shared_ptr<TransformerBlock>> blocks_;
  std::shared_ptr<Layer> ln_f_;
};

class GptNetwork final : public SimpleNetwork, public Decoder {
 public:
  GptNetwork(const Gpt& gpt, int64_t vocabulary, int64_t context) : context_(context) {
    transformer_ = make<Transformer>("transformer", gpt, vocabulary, context);
  }

  at::Tensor compute(const at::Tensor& ids) override {
    TORCH_CHECK(ids.dim() == 2 && ids.size(1) <= context_, "token ids ", ids.sizes(), " for a context of ", context_);
    return scores(ids, nullptr);
  }

  Batch start(const Batch& context, int64_t rows, int64_t length) override {
    TORCH_CHECK(length <= context_, "a text of ", length, " tokens for a context of ", context_);
    return transformer_->start(rows, length);
  }

  int64_t context() const { return context_; }
  double dropout() const { return transformer_->drop->p; }

 protected:
  at::Tensor decode(const at::Tensor& tokens, Batch& past) override {
    return pass([this, &past](const at::Tensor& some) { return scores(some, &past); }, tokens);
  }

 private:
  // [B, T] -> [B, T, V]
  at::Tensor scores(const at::Tensor& ids, Batch* past) {
    return at::linear(transformer_->forward(ids, past), transformer_->wte->table());
  }

  int64_t context_;
  std::shared_ptr<Transformer> transformer_;
};

std::shared_ptr<Network> Gpt::build(const Shapes& shapes) const {
  if (!shapes.tokens()) shape_error("type", "gpt takes token ids, but the data holds numbers; use data of text");
  if (shapes.per != Shapes::Per::position)
    shape_error("type", "gpt answers every token, and the task asks for one answer for each sample");
  if (shapes.input().sizes.size() != 1)
    shape_error("type", "gpt takes sequences [tokens], but a sample of the data has the shape " +
                            shape_text(shapes.input().sizes));
  if (context > 0 && context < shapes.input().sizes[0])
    shape_error("context", std::to_string(context) + " is less than the " + std::to_string(shapes.input().sizes[0]) +
                               " tokens of a sample; raise it, or shorten the samples of the data");
  return std::make_shared<GptNetwork>(*this, shapes.input().kinds(), context > 0 ? context : shapes.input().sizes[0]);
}

std::optional<Reference> Gpt::reference(const Shapes& shapes, const Network& network) const {
  static const std::map<std::string, std::string> activations = {{"gelu_tanh", "gelu_new"},
                                                                 {"gelu", "gelu"},
                                                                 {"relu", "relu"},
                                                                 {"silu", "silu"},
                                                                 {"tanh", "tanh"},
                                                                 {"sigmoid", "sigmoid"},
                                                                 {"leaky_relu", "leaky_relu"}};
  const auto& built = dynamic_cast<const GptNetwork&>(network);
  const auto known = activations.find(activation);
  Reference reference;
  reference.library = "transformers";
  reference.model = "GPT2LMHeadModel";
  reference.settings = {{"model_type", "gpt2"},
                        {"vocab_size", shapes.input().kinds()},
                        {"n_positions", built.context()},
                        {"n_embd", width},
                        {"n_layer", layers},
                        {"n_head", heads},
                        {"activation_function", known == activations.end() ? activation : known->second},
                        {"embd_pdrop", built.dropout()},
                        {"attn_pdrop", built.dropout()},
                        {"resid_pdrop", built.dropout()},
                        {"layer_norm_epsilon", norm_eps},
                        {"initializer_range", deviation},
                        {"tie_word_embeddings", true},
                        {"bos_token_id", nullptr},  // The vocabulary is the data's own.
                        {"eos_token_id", nullptr}};
  if (!bias) reference.obstacle = "GPT2Config has no setting that leaves biases out (architecture.bias: false)";
  if (norm != "layer") reference.obstacle = "GPT2Config has layer norms alone (architecture.norm: " + norm + ")";
  if (known == activations.end()) reference.obstacle = "transformers has no activation that is dlrun's " + activation;
  reference.constants = {"attn.bias", "attn.masked_bias"};  // The causal mask, which older versions stored.
  reference.tied = {{"lm_head.weight", "transformer.wte.weight"}};
  return reference;
}

const Registered<Architecture, Gpt> gpt_entry{"gpt", "Transformer that predicts the next token, with GPT-2's names."};

}  // namespace
}  // namespace dlrun
