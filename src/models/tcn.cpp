// Temporal convolutional network: causal convolutions whose dilation doubles from block to block (Bai et al. 2018).
//
// Names and numbers are those of locuslab's TemporalConvNet and the model around it: tcn.network.0.conv1.weight_g,
// .weight_v and .bias, ..., tcn.network.0.downsample.weight where a block changes the channels, then linear.weight.
// Their start of the convolutions, normal(0, 0.01), never reaches a forward pass there, since weight norm sets the
// weight anew from weight_g and weight_v; so those are torch.nn.Conv1d's here too.

#include "models/encoder.h"
#include "models/series_input.h"
#include "nn/build_device.h"
#include "nn/conv1d.h"
#include "nn/dropout.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "nn/over_steps.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Tcn final : Architecture {
  std::vector<int64_t> num_channels = {25, 25, 25, 25};
  int64_t kernel_size = 2;
  double dropout = 0.2;
  std::string pool = "last";

  std::vector<Field> fields() override {
    return with_common({
        field("num_channels", num_channels, "Channels of each block; block i looks back 2^i times as far as the first.",
              not_empty(), at_least(1)),
        field("kernel_size", kernel_size, "Length of the kernels, steps (times the dilation of the block).",
              at_least(1)),
        field("dropout", dropout, "Chance of zeroing a number behind each convolution while training.", between(0, 1)),
        field("pool", pool, "What the answer is made of: the last step, the mean or the largest number over all steps.",
              one_of("last", "mean", "max")),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

// A convolution that sees no later step, its weight weight_g * weight_v / |weight_v| (Salimans and Kingma 2016), the
// norm over the numbers of one output channel: torch.nn.utils.weight_norm.
class CausalConvolution final : public Layer {
 public:
  CausalConvolution(int64_t inputs, int64_t outputs, int64_t kernel, int64_t dilation)
      : options_{.inputs = inputs,
                 .outputs = outputs,
                 .kernel = kernel,
                 .before = (kernel - 1) * dilation,
                 .dilation = dilation} {
    parameter("bias", bias_, new_tensor({outputs}));
    parameter("weight_g", length_, new_tensor({outputs, 1, 1}));
    parameter("weight_v", direction_, new_tensor({outputs, inputs, kernel}));
    default_init_(direction_, bias_);
    const c10::NoGradGuard no_gradients;
    if (!direction_.is_meta()) length_.copy_(norms());
  }

 protected:
  at::Tensor compute(const at::Tensor& input) override {
    return convolve(input, direction_ * (length_ / norms()), bias_, options_);
  }

 private:
  at::Tensor norms() const { return at::linalg_vector_norm(direction_, 2, at::IntArrayRef({1, 2}), /*keepdim=*/true); }

  Conv1dOptions options_;
  at::Tensor bias_, length_, direction_;
};

class TemporalBlock final : public Layer {
 public:
  TemporalBlock(int64_t inputs, int64_t outputs, int64_t kernel, int64_t dilation, double dropout) {
    conv1_ = make<CausalConvolution>("conv1", inputs, outputs, kernel, dilation);
    dropout1_ = make<Dropout>("dropout1", dropout);
    conv2_ = make<CausalConvolution>("conv2", outputs, outputs, kernel, dilation);
    dropout2_ = make<Dropout>("dropout2", dropout);
    if (inputs == outputs) return;
    downsample_ = make<Conv1d>("downsample", Conv1dOptions{.inputs = inputs, .outputs = outputs, .kernel = 1});
    normal_(downsample_->weight, 0.0, 0.01);
  }

 protected:
  // [N, inputs, T] -> [N, outputs, T]
  at::Tensor compute(const at::Tensor& input) override {
    const at::Tensor inner = dropout1_->forward(conv1_->forward(input).relu());
    const at::Tensor outer = dropout2_->forward(conv2_->forward(inner).relu());
    return (outer + (downsample_ ? downsample_->forward(input) : input)).relu();
  }

 private:
  std::shared_ptr<CausalConvolution> conv1_, conv2_;
  std::shared_ptr<Dropout> dropout1_, dropout2_;
  std::shared_ptr<Conv1d> downsample_;  // null where the channels stay
};

class TemporalConvNet final : public Layer {
 public:
  TemporalConvNet(const Tcn& tcn, int64_t inputs) {
    int64_t dilation = 1;
    for (const int64_t outputs : tcn.num_channels) {
      network_->add<TemporalBlock>(inputs, outputs, tcn.kernel_size, dilation, tcn.dropout);
      inputs = outputs;
      dilation *= 2;
    }
  }

 protected:
  at::Tensor compute(const at::Tensor& input) override { return network_->forward(input); }

 private:
  std::shared_ptr<Sequential> network_ = make<Sequential>("network");
};

class TcnNetwork final : public Network, public Encoder {
 public:
  TcnNetwork(const Tcn& tcn, const SeriesInput& input, int64_t outputs)
      : input_(input), pool_(tcn.pool), width_(tcn.num_channels.back()) {
    tcn_ = make<TemporalConvNet>("tcn", tcn, input.channels);
    if (outputs > 0) linear_ = make<Linear>("linear", width_, outputs);
  }

  int64_t width() const override { return width_; }

 protected:
  // "input" as SeriesInput has it, "input.lengths" [N] where they differ -> "output" [N, outputs], or [N, width]
  // without a head. Nothing behind the end of a sample is seen before it.
  Batch compute(const Batch& batch) override {
    const at::Tensor states = tcn_->forward(input_.channels_first(batch["input"])).transpose(1, 2);  // [N, T, width]
    const at::Tensor lengths = batch.has("input.lengths") ? batch["input.lengths"] : at::Tensor();
    const at::Tensor kept = pool_ == "last"   ? last_step(states, lengths)
                            : pool_ == "mean" ? mean_step(states, lengths)
                                              : largest_step(states, lengths);
    return {{"output", linear_ ? linear_->forward(kept) : kept}};
  }

 private:
  SeriesInput input_;
  std::string pool_;
  int64_t width_;
  std::shared_ptr<TemporalConvNet> tcn_;
  std::shared_ptr<Linear> linear_;  // null without a head
};

std::shared_ptr<Network> Tcn::build(const Shapes& shapes) const {
  return std::make_shared<TcnNetwork>(*this, series_input("tcn", shapes), shapes.outputs);
}

const Registered<Architecture, Tcn> tcn_entry{"tcn", "Temporal convolutional network: causal, dilated convolutions."};

}  // namespace
}  // namespace dlrun
