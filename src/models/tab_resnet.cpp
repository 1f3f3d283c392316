// ResNet for tables (Gorishniy et al. 2021, "Revisiting Deep Learning Models for Tabular Data", section 3.2).
//
// Names and numbers are those of ResNet in the authors' package rtdl_revisiting_models: input_projection,
// blocks.<i>.normalization, .linear1, .linear2, output.normalization, output.linear. Categories as ids get embeddings
// beside the numbers, named embeds.<i>.weight; the package leaves these to the user.

#include "models/encoder.h"
#include "models/table_input.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct TabResnet final : Architecture {
  int64_t n_blocks = 2, d_block = 192;
  std::optional<int64_t> d_hidden;
  double d_hidden_multiplier = 2.0, dropout1 = 0.15, dropout2 = 0.0;
  std::string norm = "batch";
  std::optional<int64_t> embedding_size;

  std::vector<Field> fields() override {
    return with_common({
        field("n_blocks", n_blocks, "Residual blocks.", at_least(1)),
        field("d_block", d_block, "Numbers that go from block to block.", at_least(1)),
        field("d_hidden", d_hidden, "Numbers within a block; d_block times d_hidden_multiplier where left open.",
              at_least(1)),
        field("d_hidden_multiplier", d_hidden_multiplier, "See d_hidden; not used where that is given.", more_than(0)),
        field("dropout1", dropout1, "Chance of zeroing a number within a block while training.", between(0, 1)),
        field("dropout2", dropout2, "Chance of zeroing a number that a block adds while training.", between(0, 1)),
        field("norm", norm, "Normalisation before each block and the output layer.", one_of("batch", "layer", "rms")),
        embedding_size_field(embedding_size),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

class ResidualRows final : public Layer {
 public:
  ResidualRows(const TabResnet& options, int64_t hidden)
      : normalization_(child("normalization", make_row_norm(options.norm, options.d_block))),
        linear1_(make<Linear>("linear1", options.d_block, hidden)),
        dropout1_(make<Dropout>("dropout1", options.dropout1)),
        linear2_(make<Linear>("linear2", hidden, options.d_block)),
        dropout2_(make<Dropout>("dropout2", options.dropout2)) {}

  // [N, d_block] -> the same
  at::Tensor compute(const at::Tensor& x) override {
    const at::Tensor hidden = dropout1_->forward(at::relu(linear1_->forward(normalization_->forward(x))));
    return x + dropout2_->forward(linear2_->forward(hidden));
  }

 private:
  std::shared_ptr<Layer> normalization_;
  std::shared_ptr<Linear> linear1_;
  std::shared_ptr<Dropout> dropout1_;
  std::shared_ptr<Linear> linear2_;
  std::shared_ptr<Dropout> dropout2_;
};

class TabResnetBlocks final : public Layer {
 public:
  TabResnetBlocks(const TabResnet& options, int64_t hidden) {
    for (int64_t i = 0; i < options.n_blocks; ++i)
      blocks_.push_back(make<ResidualRows>(std::to_string(i), options, hidden));
  }

  at::Tensor compute(const at::Tensor& input) override {
    at::Tensor x = input;
    for (const auto& block : blocks_) x = block->forward(x);
    return x;
  }

 private:
  std::vector<std::shared_ptr<ResidualRows>> blocks_;
};

class TabResnetHead final : public Layer {
 public:
  TabResnetHead(const TabResnet& options, int64_t outputs)
      : normalization_(child("normalization", make_row_norm(options.norm, options.d_block))),
        linear_(make<Linear>("linear", options.d_block, outputs)) {}

  at::Tensor compute(const at::Tensor& x) override { return linear_->forward(at::relu(normalization_->forward(x))); }

 private:
  std::shared_ptr<Layer> normalization_;
  std::shared_ptr<Linear> linear_;
};

class TabResnetNetwork final : public Network, public Encoder {
 public:
  TabResnetNetwork(const TabResnet& options, TableShape shape, int64_t outputs)
      : shape_(std::move(shape)), width_(options.d_block) {
    const auto multiplied = static_cast<int64_t>(static_cast<double>(options.d_block) * options.d_hidden_multiplier);
    int64_t inputs = shape_.numbers;
    if ((embeds_ = make_embeddings(shape_, options.embedding_size))) inputs += child("embeds", embeds_)->width();
    input_projection_ = make<Linear>("input_projection", inputs, options.d_block);
    blocks_ = make<TabResnetBlocks>("blocks", options, options.d_hidden.value_or(std::max<int64_t>(1, multiplied)));
    if (outputs > 0) output_ = make<TabResnetHead>("output", options, outputs);
  }

  int64_t width() const override { return width_; }

 protected:
  // [N, ...] and ids [N] -> [N, outputs], or [N, d_block] without a head
  Batch compute(const Batch& batch) override {
    const at::Tensor x = blocks_->forward(input_projection_->forward(embedded_rows(shape_, embeds_, batch)));
    return {{"output", output_ ? output_->forward(x) : x}};
  }

 private:
  TableShape shape_;
  int64_t width_;
  std::shared_ptr<CategoryEmbeddings> embeds_;
  std::shared_ptr<Linear> input_projection_;
  std::shared_ptr<TabResnetBlocks> blocks_;
  std::shared_ptr<TabResnetHead> output_;
};

std::shared_ptr<Network> TabResnet::build(const Shapes& shapes) const {
  return std::make_shared<TabResnetNetwork>(*this, table_shape("tab_resnet", shapes), shapes.outputs);
}

const Registered<Architecture, TabResnet> tab_resnet_entry{"tab_resnet",
                                                           "ResNet for tables: residual blocks of linear layers."};

}  // namespace
}  // namespace dlrun
