// Residual networks.

#include "models/resnet.h"

#include "models/shape_error.h"
#include "nn/conv2d.h"
#include "nn/drop_path.h"
#include "nn/dropout.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/sequential.h"

namespace dlrun {
namespace {

// A square convolution without bias that keeps the side apart from its stride.
Conv2dOptions same(int64_t inputs, int64_t outputs, int64_t kernel, int64_t stride) {
  return {
      .inputs = inputs, .outputs = outputs, .kernel = {kernel}, .stride = stride, .padding = kernel / 2, .bias = false};
}

// Adds the shortcut to what the convolutions made of the input.
class ResidualBlock : public Layer {
 public:
  explicit ResidualBlock(std::string norm) : norm_name_(std::move(norm)) {}
  at::Tensor compute(const at::Tensor& input) final {
    at::Tensor x = residual(input);
    if (drop_path_) x = drop_path_->forward(x);
    return x.add_(downsample_ ? downsample_->forward(input) : input).relu_();
  }
  // The last norm: scaled to zero by zero_init_residual, so that the block starts as the identity.
  virtual const Layer& last_norm() const = 0;
  // A sample passes its convolutions by with this chance.
  void pass_by(double chance) {
    if (chance > 0) drop_path_ = make<DropPath>("drop_path", chance);
  }

 protected:
  virtual at::Tensor residual(const at::Tensor& input) = 0;
  // A convolution as shortcut, where the shape changes.
  void shortcut(int64_t inputs, int64_t outputs, int64_t stride) {
    if (stride == 1 && inputs == outputs) return;
    downsample_ = make<Sequential>("downsample");
    downsample_->add<Conv2d>(same(inputs, outputs, 1, stride));
    downsample_->add(make_image_norm(norm_name_, outputs));
  }

  std::shared_ptr<Layer> norm(const std::string& name, int64_t channels) {
    return child(name, make_image_norm(norm_name_, channels));
  }

 private:
  std::string norm_name_;
  std::shared_ptr<Sequential> downsample_;
  std::shared_ptr<DropPath> drop_path_;  // null where no sample passes
};

class BasicBlock final : public ResidualBlock {
 public:
  BasicBlock(const std::string& norms, int64_t inputs, int64_t planes, int64_t stride) : ResidualBlock(norms) {
    conv1_ = make<Conv2d>("conv1", same(inputs, planes, 3, stride));
    bn1_ = norm("bn1", planes);
    conv2_ = make<Conv2d>("conv2", same(planes, planes, 3, 1));
    bn2_ = norm("bn2", planes);
    shortcut(inputs, planes, stride);
  }
  const Layer& last_norm() const override { return *bn2_; }

 protected:
  at::Tensor residual(const at::Tensor& input) override {
    at::Tensor x = bn1_->forward(conv1_->forward(input)).relu_();
    return bn2_->forward(conv2_->forward(x));
  }

 private:
  std::shared_ptr<Conv2d> conv1_, conv2_;
  std::shared_ptr<Layer> bn1_, bn2_;
};

// The stride is on the 3x3 convolution, as in torchvision ("ResNet v1.5").
class Bottleneck final : public ResidualBlock {
 public:
  static constexpr int64_t expansion = 4;

  Bottleneck(const std::string& norms, int64_t inputs, int64_t planes, int64_t stride) : ResidualBlock(norms) {
    conv1_ = make<Conv2d>("conv1", same(inputs, planes, 1, 1));
    bn1_ = norm("bn1", planes);
    conv2_ = make<Conv2d>("conv2", same(planes, planes, 3, stride));
    bn2_ = norm("bn2", planes);
    conv3_ = make<Conv2d>("conv3", same(planes, planes * expansion, 1, 1));
    bn3_ = norm("bn3", planes * expansion);
    shortcut(inputs, planes * expansion, stride);
  }
  const Layer& last_norm() const override { return *bn3_; }

 protected:
  at::Tensor residual(const at::Tensor& input) override {
    at::Tensor x = bn1_->forward(conv1_->forward(input)).relu_();
    x = bn2_->forward(conv2_->forward(x)).relu_();
    return bn3_->forward(conv3_->forward(x));
  }

 private:
  std::shared_ptr<Conv2d> conv1_, conv2_, conv3_;
  std::shared_ptr<Layer> bn1_, bn2_, bn3_;
};

class ResNetNetwork final : public Backbone {
 public:
  ResNetNetwork(const ResNet& options, int64_t channels, int64_t outputs)
      : small_(options.stem == "cifar"), dropout_chance_(options.dropout) {
    const ResNet::Design design = options.design();
    conv1_ = make<Conv2d>("conv1", same(channels, 64, small_ ? 3 : 7, small_ ? 1 : 2));
    bn1_ = child("bn1", make_image_norm(options.norm, 64));
    int64_t width = 64, reduction = small_ ? 1 : 2;
    stages_.push_back({"stem", width, reduction});
    if (!small_) reduction *= 2;  // max pooling
    for (size_t stage = 0; stage < design.blocks.size(); ++stage) {
      const std::string name = "layer" + std::to_string(stage + 1);
      layers_.push_back(make<Sequential>(name));
      const int64_t planes = int64_t{64} << stage;
      for (int64_t i = 0; i < design.blocks[stage]; ++i) {
        const int64_t stride = stage > 0 && i == 0 ? 2 : 1;
        blocks_.push_back(make_block(options, width, planes, stride));
        layers_.back()->add(blocks_.back());
        width = design.bottleneck ? planes * Bottleneck::expansion : planes;
        reduction *= stride;
      }
      stages_.push_back({name, width, reduction});
    }
    const auto count = static_cast<int64_t>(blocks_.size());
    for (int64_t i = 0; i < count; ++i)
      blocks_[static_cast<size_t>(i)]->pass_by(DropPath::of_block(options.drop_path, i, count));
    if (outputs > 0) add_head(outputs);
    draw(options.zero_init_residual);
  }

  int64_t width() const override { return stages_.back().channels; }
  std::vector<Stage> stages() const override { return stages_; }
  void set_outputs(int64_t outputs) override {
    if (fc_) return renew(*fc_, outputs);
    const at::Device device = this->device();
    add_head(outputs);
    fc_->to(device);
    dropout_->set_training(training());
  }

  double dropout() const { return dropout_ ? dropout_->p : dropout_chance_; }

 protected:
  at::Tensor compute(const at::Tensor& input) override {
    const at::Tensor x = compute_features(input);
    return fc_ ? fc_->forward(dropout_->forward(x)) : x;
  }

  at::Tensor compute_features(const at::Tensor& input) override {
    at::Tensor x = stem(input);
    x = shrink(x);  // The larger map is let go before the next layer.
    for (const auto& layer : layers_) x = layer->forward(x);
    return x.mean({2, 3});
  }

  std::vector<at::Tensor> compute_maps(const at::Tensor& input) override {
    std::vector<at::Tensor> maps = {stem(input)};
    at::Tensor x = shrink(maps.back());
    for (const auto& layer : layers_) {
      x = layer->forward(x);
      maps.push_back(x);
    }
    return maps;
  }

 private:
  at::Tensor stem(const at::Tensor& input) { return bn1_->forward(conv1_->forward(input)).relu_(); }
  at::Tensor shrink(const at::Tensor& x) const { return small_ ? x : at::max_pool2d(x, 3, 2, 1); }

  void add_head(int64_t outputs) {
    dropout_ = make<Dropout>("dropout", dropout_chance_);
    fc_ = make<Linear>("fc", width(), outputs);
  }

  static std::shared_ptr<ResidualBlock> make_block(const ResNet& options, int64_t inputs, int64_t planes,
                                                   int64_t stride) {
    if (options.design().bottleneck) return std::make_shared<Bottleneck>(options.norm, inputs, planes, stride);
    return std::make_shared<BasicBlock>(options.norm, inputs, planes, stride);
  }

  void draw(bool zero_init_residual) {
    for (const auto& [name, module] : modules())
      if (const auto* conv = dynamic_cast<const Conv2d*>(module)) kaiming_normal_(conv->weight, Fan::out);
    if (!zero_init_residual) return;
    for (const auto& block : blocks_) constant_(*block->last_norm().parameters().front().tensor, 0.0);
  }

  bool small_;
  double dropout_chance_;
  std::vector<Stage> stages_;
  std::shared_ptr<Conv2d> conv1_;
  std::shared_ptr<Layer> bn1_;
  std::vector<std::shared_ptr<Sequential>> layers_;
  std::vector<std::shared_ptr<ResidualBlock>> blocks_;
  std::shared_ptr<Dropout> dropout_;  // both null without a head
  std::shared_ptr<Linear> fc_;
};

}  // namespace

std::vector<Field> ResNet::fields() {
  return with_common({
      field("stem", stem,
            "First layers: imagenet (7x7 convolution of stride 2, max pooling) or cifar (3x3 of stride 1) for images "
            "of at most 64 pixels.",
            one_of("imagenet", "cifar")),
      field("norm", norm, "Normalisation after each convolution, which has no bias.",
            one_of("batch", "group", "layer", "instance")),
      field("zero_init_residual", zero_init_residual, "Whether every residual block starts as the identity."),
      field("dropout", dropout, "Chance of zeroing a feature before the last layer while training.", between(0, 1)),
      field("drop_path", drop_path,
            "Chance that a sample passes the last residual block by while training (stochastic depth); it grows evenly "
            "from 0 in the first.",
            between(0, 1), less_than(1)),
  });
}

std::shared_ptr<Network> ResNet::build(const Shapes& shapes) const {
  expect_images("resnet", shapes);
  return std::make_shared<ResNetNetwork>(*this, shapes.input().sizes[0], shapes.outputs);
}

std::optional<Reference> ResNet::reference(const Shapes& shapes, const Network& network) const {
  const auto& built = dynamic_cast<const ResNetNetwork&>(network);
  Reference reference;
  reference.library = "timm";
  reference.model = design().name;
  reference.settings = {{"num_classes", shapes.outputs},
                        {"num_features", built.width()},
                        {"model_args.in_chans", shapes.input().sizes[0]},
                        {"model_args.drop_rate", built.dropout()},
                        {"pretrained_cfg.first_conv", "conv1"},
                        {"pretrained_cfg.classifier", "fc"}};
  if (drop_path > 0) reference.settings.push_back({"model_args.drop_path_rate", drop_path});
  if (norm != "batch")
    reference.obstacle =
        "the " + reference.model + " of timm and torchvision has batch norms (architecture.norm: " + norm + ")";
  if (stem == "cifar")
    reference.obstacle = "timm and torchvision have no " + reference.model +
                         " with a stem for small images (architecture.stem: cifar); with conv1 replaced by a 3x3 "
                         "convolution of stride 1 and maxpool by an identity, theirs loads these weights";
  return reference;
}

}  // namespace dlrun
