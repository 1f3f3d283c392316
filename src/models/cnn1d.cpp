// Convolutional network for series: blocks of convolution, norm and activation along the steps; then a small mlp.
//
// Weights are named features.<layer>.weight and classifier.<layer>.weight, layers counted as torch.nn.Sequential would:
// convolution, norm (unless none), activation, pooling (unless none), dropout, block after block.

#include "models/architecture.h"
#include "models/encoder.h"
#include "models/shape_error.h"
#include "nn/activation.h"
#include "nn/conv1d.h"
#include "nn/conv2d.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Cnn1dBlock final : Params {
  int64_t channels = 32;
  int64_t kernel = 3;
  int64_t stride = 1;
  std::optional<int64_t> padding;
  std::string norm = "none";
  std::string activation = "relu";
  std::string pool = "none";
  int64_t pool_size = 2;
  double dropout = 0.0;

  std::vector<Field> fields() override {
    return {
        field("channels", channels, "Channels that leave the block's convolution.", at_least(1)),
        field("kernel", kernel, "Length of the kernel, steps.", at_least(1)),
        field("stride", stride, "Steps from one place of the kernel to the next.", at_least(1)),
        field("padding", padding, "Zeros before and behind the series, steps; null: half the kernel.", at_least(0)),
        field("norm", norm, "Normalisation after the convolution; without one the convolution has a bias.",
              image_norm_choice()),
        field("activation", activation, "Nonlinearity after the norm.", dlrun::activation_choice()),
        field("pool", pool, "Pooling at the end of the block.", one_of("max", "avg", "none")),
        field("pool_size", pool_size, "Length and step of the pooling window, steps.", at_least(1)),
        field("dropout", dropout, "Chance of zeroing a number at the end of the block while training.", between(0, 1)),
    };
  }

  std::vector<Relation> relations() const override {
    return {{"padding", "not given(padding) or padding < kernel", "must be less than the kernel"}};
  }

  int64_t border() const { return padding.value_or(kernel / 2); }
};

struct Head1d final : Params {
  std::string pool = "none";
  std::vector<int64_t> widths;
  std::string activation = "relu";
  double dropout = 0.0;

  std::vector<Field> fields() override {
    return {
        field("pool", pool, "What each channel becomes: its average, its maximum, or (none) all its steps.",
              one_of("avg", "max", "none")),
        field("widths", widths, "Units in each hidden layer after the blocks; may be empty.", at_least(1)),
        field("activation", activation, "Nonlinearity after each hidden layer.", dlrun::activation_choice()),
        field("dropout", dropout, "Chance of zeroing a hidden unit while training.", between(0, 1)),
    };
  }
};

struct Cnn1d final : Architecture {
  List<Cnn1dBlock> blocks{{Cnn1dBlock(), Cnn1dBlock()}};
  Head1d head;

  std::vector<Field> fields() override {
    return with_common({
        field("blocks", blocks, "Blocks of convolutions, first to last.", not_empty()),
        field("head", head, "What turns the last block's channels into the outputs."),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

// [N, C, T] -> [N, C, T / size]: the maximum or the mean of windows side by side.
class Pool1d final : public Layer {
 public:
  Pool1d(bool maximum, int64_t size) : maximum_(maximum), size_(size) {}
  at::Tensor compute(const at::Tensor& input) override {
    return maximum_ ? at::max_pool1d(input, size_) : at::avg_pool1d(input, size_);
  }

 private:
  bool maximum_;
  int64_t size_;
};

class Cnn1dNetwork final : public SimpleNetwork, public Encoder {
 public:
  Cnn1dNetwork(const Cnn1d& options, int64_t channels, int64_t steps, int64_t outputs)
      : channels_(channels), steps_(steps), pool_(options.head.pool) {
    for (size_t i = 0; i < options.blocks.size(); ++i) {
      const Cnn1dBlock& block = options.blocks[i];
      shrink(i, "kernel", block.kernel, block.stride, block.border(), steps);
      features_->add<Conv1d>(Conv1dOptions{.inputs = channels,
                                           .outputs = block.channels,
                                           .kernel = block.kernel,
                                           .stride = block.stride,
                                           .before = block.border(),
                                           .behind = block.border(),
                                           .bias = block.norm == "none"});
      features_->add(make_image_norm(block.norm, block.channels));
      features_->add<Activation>(block.activation);
      channels = block.channels;
      if (block.pool != "none") {
        shrink(i, "pool_size", block.pool_size, block.pool_size, 0, steps);
        features_->add<Pool1d>(block.pool == "max", block.pool_size);
      }
      features_->add<Dropout>(block.dropout);
    }
    width_ = pool_ == "none" ? channels * steps : channels;
    if (outputs == 0) return;
    classifier_ = make<Sequential>("classifier");
    int64_t width = width_;
    for (const int64_t next : options.head.widths) {
      classifier_->add<Linear>(width, next);
      classifier_->add<Activation>(options.head.activation);
      classifier_->add<Dropout>(options.head.dropout);
      width = next;
    }
    classifier_->add<Linear>(width, outputs);
  }

  int64_t width() const override { return width_; }

  // [N, T] or [N, C, T] -> [N, outputs], or [N, width] without a head
  at::Tensor compute(const at::Tensor& input) override {
    const at::Tensor x = features_->forward(input.reshape({-1, channels_, steps_}));
    const at::Tensor features = pool_ == "avg" ? x.mean(2) : pool_ == "max" ? x.amax(2) : x.flatten(1);
    return classifier_ ? classifier_->forward(features) : features;
  }

 private:
  static void shrink(size_t block, const std::string& parameter, int64_t kernel, int64_t stride, int64_t padding,
                     int64_t& steps) {
    const int64_t left = convolved(steps, kernel, stride, padding);
    if (left < 1)
      shape_error("blocks." + std::to_string(block) + "." + parameter,
                  std::to_string(kernel) + " does not fit into the " + std::to_string(steps) +
                      " steps that are left here; use fewer blocks or pool less");
    steps = left;
  }

  int64_t channels_, steps_;
  std::string pool_;
  int64_t width_ = 0;
  std::shared_ptr<Sequential> features_ = make<Sequential>("features");
  std::shared_ptr<Sequential> classifier_;  // null without a head
};

std::shared_ptr<Network> Cnn1d::build(const Shapes& shapes) const {
  expect_numbers("cnn1d", shapes);
  const std::vector<int64_t>& sizes = shapes.input().sizes;
  if (sizes.empty() || sizes.size() > 2)
    shape_error("type", "cnn1d takes series [steps] or [channels, steps], but a sample of the data has the shape " +
                            shape_text(sizes));
  return std::make_shared<Cnn1dNetwork>(*this, sizes.size() == 2 ? sizes[0] : 1, sizes.back(), shapes.outputs);
}

const Registered<Architecture, Cnn1d> cnn1d_entry{"cnn1d", "Convolutional network for series: blocks of convolutions."};

}  // namespace
}  // namespace dlrun
