// Convolutional network: blocks of convolution, norm and activation, each ended by pooling; then a small mlp.
//
// Weights are named features.<block>.<layer>.weight and classifier.<layer>.weight, layers counted as
// torch.nn.Sequential would: convolution, norm (unless none), activation, ..., pooling (unless none), dropout.

#include "models/backbone.h"
#include "models/shape_error.h"
#include "nn/activation.h"
#include "nn/conv2d.h"
#include "nn/dropout.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/pooling.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Block final : Params {
  int64_t channels = 32;
  int64_t convolutions = 1;
  int64_t kernel = 3;
  int64_t stride = 1;
  std::optional<int64_t> padding;
  std::string norm = "batch";
  std::string activation = "relu";
  std::string pool = "max";
  int64_t pool_size = 2;
  double dropout = 0.0;

  std::vector<Field> fields() override {
    return {
        field("channels", channels, "Channels that leave every convolution of the block.", at_least(1)),
        field("convolutions", convolutions, "Convolutions in the block, each with norm and activation.", at_least(1)),
        field("kernel", kernel, "Side of the square kernel, pixels.", at_least(1)),
        field("stride", stride, "Step of the block's first convolution, pixels; the others step by 1.", at_least(1)),
        field("padding", padding, "Zeros around the image, pixels; null: half the kernel.", at_least(0)),
        field("norm", norm, "Normalisation after each convolution; without one the convolution has a bias.",
              image_norm_choice()),
        field("activation", activation, "Nonlinearity after each norm.", dlrun::activation_choice()),
        field("pool", pool, "Pooling at the end of the block.", one_of("max", "avg", "none")),
        field("pool_size", pool_size, "Side and step of the pooling window, pixels.", at_least(1)),
        field("dropout", dropout, "Chance of zeroing a number at the end of the block while training.", between(0, 1)),
    };
  }

  std::vector<Relation> relations() const override {
    return {{"padding", "not given(padding) or padding < kernel", "must be less than the kernel"}};
  }

  int64_t border() const { return padding.value_or(kernel / 2); }
};

struct Head final : Params {
  std::string pool = "none";
  std::vector<int64_t> widths = {128};
  std::string activation = "relu";
  double dropout = 0.0;

  std::vector<Field> fields() override {
    return {
        field("pool", pool, "What each channel becomes: its average, its maximum, or (none) all its pixels.",
              one_of("avg", "max", "none")),
        field("widths", widths, "Units in each hidden layer after the blocks; may be empty.", at_least(1)),
        field("activation", activation, "Nonlinearity after each hidden layer.", dlrun::activation_choice()),
        field("dropout", dropout, "Chance of zeroing a hidden unit while training.", between(0, 1)),
    };
  }
};

struct Cnn final : BackboneArchitecture {
  List<Block> blocks{{block_of(32), block_of(64)}};
  Head head;
  std::string init = "default";

  std::vector<Field> fields() override {
    return with_common({
        field("blocks", blocks, "Blocks of convolutions, first to last.", not_empty()),
        field("head", head, "What turns the last block's channels into the outputs."),
        field("init", init, "How initial weights are drawn; default is PyTorch's.", init_choice()),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
  std::string head_name() const override { return "classifier."; }

  static Block block_of(int64_t channels) {
    Block block;
    block.channels = channels;
    return block;
  }
};

// The shape [C, H, W] as it passes through the blocks; complains where nothing of the image is left.
struct Extent {
  int64_t channels, height, width;

  void shrink(size_t block, const std::string& parameter, int64_t kernel, int64_t stride, int64_t padding) {
    const int64_t new_height = convolved(height, kernel, stride, padding);
    const int64_t new_width = convolved(width, kernel, stride, padding);
    if (new_height < 1 || new_width < 1)
      shape_error("blocks." + std::to_string(block) + "." + parameter,
                  std::to_string(kernel) + " does not fit into the " + std::to_string(height) + " x " +
                      std::to_string(width) + " pixels that are left here; use fewer blocks or pool less");
    height = new_height;
    width = new_width;
  }
};

std::shared_ptr<Sequential> make_block(const Block& block, size_t index, Extent* extent) {
  auto layers = std::make_shared<Sequential>();
  for (int64_t i = 0; i < block.convolutions; ++i) {
    const int64_t stride = i == 0 ? block.stride : 1;
    extent->shrink(index, "kernel", block.kernel, stride, block.border());
    layers->add<Conv2d>(Conv2dOptions{.inputs = extent->channels,
                                      .outputs = block.channels,
                                      .kernel = {block.kernel},
                                      .stride = stride,
                                      .padding = block.border(),
                                      .bias = block.norm == "none"});
    layers->add(make_image_norm(block.norm, block.channels));
    layers->add<Activation>(block.activation);
    extent->channels = block.channels;
  }
  if (block.pool != "none") extent->shrink(index, "pool_size", block.pool_size, block.pool_size, 0);
  if (block.pool == "max") layers->add<MaxPool2d>(block.pool_size);
  if (block.pool == "avg") layers->add<AvgPool2d>(block.pool_size);
  layers->add<Dropout>(block.dropout);
  return layers;
}

// A stage is a block with its pooling.
class CnnNetwork final : public Backbone {
 public:
  CnnNetwork(const Cnn& cnn, const std::vector<int64_t>& image, int64_t outputs) : head_(cnn.head), init_(cnn.init) {
    Extent extent{image[0], image[1], image[2]};
    int64_t stride = 1;
    for (size_t i = 0; i < cnn.blocks.size(); ++i) {
      const Block& block = cnn.blocks[i];
      blocks_.push_back(features_->add(make_block(block, i, &extent)));
      stride *= block.stride * (block.pool == "none" ? 1 : block.pool_size);
      stages_.push_back({"features." + std::to_string(i), block.channels, stride});
    }
    if (cnn.head.pool == "avg") pool_ = make<GlobalAvgPool2d>("pool");
    if (cnn.head.pool == "max") pool_ = make<GlobalMaxPool2d>("pool");
    width_ = pool_ ? extent.channels : extent.channels * extent.height * extent.width;
    if (outputs > 0) add_head(outputs);
    initialise(*this, init_);
  }

  int64_t width() const override { return width_; }
  std::vector<Stage> stages() const override { return stages_; }
  void set_outputs(int64_t outputs) override {
    if (classifier_) {
      renew(*last_, outputs);
      return initialise(*last_, init_);
    }
    const at::Device device = this->device();
    add_head(outputs);
    initialise(*classifier_, init_);
    classifier_->to(device);
    classifier_->set_training(training());
  }

 protected:
  at::Tensor compute(const at::Tensor& input) override {
    const at::Tensor x = compute_features(input);
    return classifier_ ? classifier_->forward(x) : x;
  }

  at::Tensor compute_features(const at::Tensor& input) override {
    const at::Tensor x = features_->forward(input);
    return pool_ ? pool_->forward(x) : x.flatten(1);
  }

  std::vector<at::Tensor> compute_maps(const at::Tensor& input) override {
    std::vector<at::Tensor> maps;
    for (const auto& block : blocks_) maps.push_back(block->forward(maps.empty() ? input : maps.back()));
    return maps;
  }

 private:
  void add_head(int64_t outputs) {
    classifier_ = make<Sequential>("classifier");
    int64_t width = width_;
    for (const int64_t next : head_.widths) {
      classifier_->add<Linear>(width, next);
      classifier_->add<Activation>(head_.activation);
      classifier_->add<Dropout>(head_.dropout);
      width = next;
    }
    last_ = classifier_->add<Linear>(width, outputs);
  }

  Head head_;
  std::string init_;
  int64_t width_ = 0;  // of the features
  std::vector<Stage> stages_;
  std::shared_ptr<Sequential> features_ = make<Sequential>("features");
  std::vector<std::shared_ptr<Sequential>> blocks_;
  std::shared_ptr<Layer> pool_;
  std::shared_ptr<Sequential> classifier_;  // null without a head
  std::shared_ptr<Linear> last_;
};

std::shared_ptr<Network> Cnn::build(const Shapes& shapes) const {
  expect_images("cnn", shapes);
  return std::make_shared<CnnNetwork>(*this, shapes.input().sizes, shapes.outputs);
}

const Registered<Architecture, Cnn> cnn_entry{"cnn", "Convolutional network: blocks of convolutions and pooling."};

}  // namespace
}  // namespace dlrun
