// InceptionTime: blocks of convolutions of three lengths side by side over series (Ismail Fawaz et al. 2020).
//
// Defaults are those of the published code (Keras): kernels of 40, 20 and 10 steps, `same` padding with the odd zero
// behind, Glorot's uniform weights, norms with eps 1e-3 and momentum 0.01 in PyTorch's meaning. One network; the paper
// averages five. Names are those of its PyTorch version in tsai: inceptionblock.inception.0.bottleneck.weight,
// .convs.0.weight, .maxconvpool.1.weight, .bn.weight, inceptionblock.shortcut.0.0.weight, .1.weight, fc.weight.

#include "models/encoder.h"
#include "models/series_input.h"
#include "models/shape_error.h"
#include "nn/batch_norm.h"
#include "nn/conv1d.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct InceptionTime final : Architecture {
  int64_t nb_filters = 32, depth = 6, kernel_size = 41, bottleneck_size = 32;
  bool use_residual = true, use_bottleneck = true;
  std::string norm = "batch";
  double norm_eps = 1e-3, norm_momentum = 0.01;

  std::vector<Field> fields() override {
    return with_common({
        field("nb_filters", nb_filters, "Channels of each of a module's four branches.", at_least(1)),
        field("depth", depth, "Inception modules.", at_least(1)),
        field("kernel_size", kernel_size,
              "One more than the longest kernel, steps; the others are a half and a quarter of that.", at_least(5)),
        field("use_residual", use_residual, "A shortcut around every three modules."),
        field("use_bottleneck", use_bottleneck, "Fewer channels before the long kernels, where there are several."),
        field("bottleneck_size", bottleneck_size, "Channels of the bottleneck.", at_least(1)),
        field("norm", norm, "Normalisation of each module and shortcut.",
              one_of("batch", "group", "layer", "instance")),
        field("norm_eps", norm_eps, "Added to variances by batch norms.", more_than(0)),
        field("norm_momentum", norm_momentum, "Share of a new batch in the norms' statistics.", between(0, 1)),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

// As long as its input; of an even kernel the odd zero stands behind.
std::shared_ptr<Conv1d> same_convolution(int64_t inputs, int64_t outputs, int64_t kernel) {
  auto made = std::make_shared<Conv1d>(Conv1dOptions{.inputs = inputs,
                                                     .outputs = outputs,
                                                     .kernel = kernel,
                                                     .before = (kernel - 1) / 2,
                                                     .behind = kernel / 2,
                                                     .bias = false});
  xavier_uniform_(made->weight);
  return made;
}

std::shared_ptr<Layer> inception_norm(const InceptionTime& options, int64_t channels) {
  if (options.norm != "batch") return make_image_norm(options.norm, channels);
  return std::make_shared<BatchNorm>(channels, options.norm_eps, options.norm_momentum);
}

// The largest of each step and its two neighbours.
class NeighbourMaximum final : public Layer {
 public:
  at::Tensor compute(const at::Tensor& input) override { return at::max_pool1d(input, 3, 1, 1); }
};

class InceptionModule final : public Layer {
 public:
  InceptionModule(const InceptionTime& options, int64_t inputs) {
    int64_t entering = inputs;
    if (options.use_bottleneck && inputs > 1) {
      entering = options.bottleneck_size;
      bottleneck_ = child("bottleneck", same_convolution(inputs, entering, 1));
    }
    for (int64_t i = 0; i < 3; ++i)
      convs_->add(same_convolution(entering, options.nb_filters, (options.kernel_size - 1) >> i));
    maxconvpool_ = make<Sequential>("maxconvpool");
    maxconvpool_->add<NeighbourMaximum>();
    maxconvpool_->add(same_convolution(inputs, options.nb_filters, 1));
    bn_ = child("bn", inception_norm(options, 4 * options.nb_filters));
  }

 protected:
  // [N, inputs, T] -> [N, 4 nb_filters, T]
  at::Tensor compute(const at::Tensor& input) override {
    const at::Tensor entering = bottleneck_ ? bottleneck_->forward(input) : input;
    std::vector<at::Tensor> branches;
    for (const auto& convolution : convs_->layers()) branches.push_back(convolution->forward(entering));
    branches.push_back(maxconvpool_->forward(input));
    return bn_->forward(at::cat(branches, 1)).relu();
  }

 private:
  std::shared_ptr<Conv1d> bottleneck_;                             // null without one
  std::shared_ptr<Sequential> convs_ = make<Sequential>("convs");  // side by side
  std::shared_ptr<Sequential> maxconvpool_;
  std::shared_ptr<Layer> bn_;
};

class InceptionBlock final : public Layer {
 public:
  InceptionBlock(const InceptionTime& options, int64_t inputs) {
    const int64_t width = 4 * options.nb_filters;
    for (int64_t i = 0; i < options.depth; ++i) inception_->add<InceptionModule>(options, i == 0 ? inputs : width);
    shortcut_ = make<Sequential>("shortcut");
    for (int64_t i = 2; options.use_residual && i < options.depth; i += 3) {
      auto shortcut = std::make_shared<Sequential>();
      shortcut->add(same_convolution(i == 2 ? inputs : width, width, 1));
      shortcut->add(inception_norm(options, width));
      shortcut_->add(shortcut);
    }
  }

 protected:
  at::Tensor compute(const at::Tensor& input) override {
    at::Tensor x = input, around = input;
    for (size_t i = 0; i < inception_->layers().size(); ++i) {
      x = inception_->layers()[i]->forward(x);
      if (i % 3 != 2 || i / 3 >= shortcut_->layers().size()) continue;
      x = (x + shortcut_->layers()[i / 3]->forward(around)).relu();
      around = x;
    }
    return x;
  }

 private:
  std::shared_ptr<Sequential> inception_ = make<Sequential>("inception");
  std::shared_ptr<Sequential> shortcut_;
};

class InceptionTimeNetwork final : public SimpleNetwork, public Encoder {
 public:
  InceptionTimeNetwork(const InceptionTime& options, const SeriesInput& input, int64_t outputs)
      : input_(input), width_(4 * options.nb_filters) {
    inceptionblock_ = make<InceptionBlock>("inceptionblock", options, input.channels);
    if (outputs == 0) return;
    fc_ = make<Linear>("fc", width_, outputs);
    xavier_uniform_(fc_->weight);
    constant_(fc_->bias, 0.0);
  }

  int64_t width() const override { return width_; }

  // [N, T] or [N, C, T] -> [N, outputs], or [N, width] without a head
  at::Tensor compute(const at::Tensor& input) override {
    const at::Tensor features = inceptionblock_->forward(input_.channels_first(input)).mean(2);
    return fc_ ? fc_->forward(features) : features;
  }

 private:
  SeriesInput input_;
  int64_t width_;
  std::shared_ptr<InceptionBlock> inceptionblock_;
  std::shared_ptr<Linear> fc_;  // null without a head
};

std::shared_ptr<Network> InceptionTime::build(const Shapes& shapes) const {
  const SeriesInput input = series_input("inception_time", shapes);
  if (input.steps == 0)
    shape_error("type",
                "inception_time takes series of one length, and those of the data differ; use tcn, gru or lstm");
  return std::make_shared<InceptionTimeNetwork>(*this, input, shapes.outputs);
}

const Registered<Architecture, InceptionTime> inception_time_entry{
    "inception_time", "InceptionTime: convolutions of three lengths side by side, over series."};

}  // namespace
}  // namespace dlrun
