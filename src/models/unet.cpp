// U-Net: the maps of a backbone, brought back to the size of the image step by step (Ronneberger et al. 2015).
//
// The decoder is that of Unet in segmentation_models_pytorch, without attention: its names (encoder.<the encoder's
// own>, decoder.blocks.<i>.conv1.0.weight, segmentation_head.0.weight), results and scheme of initial weights. Every
// block takes the map before it in the size of the one it joins, nearest neighbours repeated, and the last one in that
// of the image: sides need be no multiple of a stride.

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/text.h"
#include "models/backbone.h"
#include "models/shape_error.h"
#include "nn/activation.h"
#include "nn/conv2d.h"
#include "nn/dropout.h"
#include "nn/init.h"
#include "nn/norm.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct UNet final : Architecture, HasParts {
  Choice<Architecture> encoder;
  std::vector<int64_t> decoder_channels = {256, 128, 64, 32, 16};
  std::string norm = "batch";
  double dropout = 0.0;

  std::vector<Field> fields() override {
    return with_common({
        field("encoder", encoder, "What looks at the image: an architecture with stages (resnet18, cnn); without head.",
              required()),
        field("decoder_channels", decoder_channels,
              "Channels that leave each block of the decoder, from the smallest map to the size of the image: one "
              "number for every stride of the encoder.",
              not_empty(), at_least(1)),
        field("norm", norm, "Normalisation after each convolution of the decoder; without one they have a bias.",
              image_norm_choice()),
        field("dropout", dropout, "Chance of zeroing a number before the last convolution while training.",
              between(0, 1)),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
  std::vector<NetworkPart> parts(Network& network, const Shapes& shapes) const override;

 private:
  const BackboneArchitecture& backbone() const;
  std::shared_ptr<Backbone> build_encoder(const Shapes& shapes) const;
};

class DecoderBlock final : public Layer {
 public:
  DecoderBlock(int64_t inputs, int64_t outputs, const std::string& norm) {
    conv1_ = make<Sequential>("conv1");
    conv2_ = make<Sequential>("conv2");
    fill(*conv1_, inputs, outputs, norm);
    fill(*conv2_, outputs, outputs, norm);
  }
  at::Tensor compute(const at::Tensor& input) override { return conv2_->forward(conv1_->forward(input)); }

 private:
  static void fill(Sequential& part, int64_t inputs, int64_t outputs, const std::string& norm) {
    part.add<Conv2d>(Conv2dOptions{.inputs = inputs, .outputs = outputs, .padding = 1, .bias = norm == "none"});
    part.add(make_image_norm(norm, outputs));
    part.add<Activation>("relu");
  }

  std::shared_ptr<Sequential> conv1_, conv2_;
};

class UNetDecoder final : public Module {
 public:
  UNetDecoder(const std::vector<int64_t>& channels, const std::vector<int64_t>& skips, const std::string& norm) {
    const auto list = make<Blocks>("blocks");
    for (size_t i = 0; i < channels.size(); ++i)
      blocks.push_back(list->add(std::to_string(i), std::make_shared<DecoderBlock>(
                                                        (i == 0 ? skips.back() : channels[i - 1]) +
                                                            (i + 1 < channels.size() ? skips[skips.size() - 2 - i] : 0),
                                                        channels[i], norm)));
    for (const auto& [name, module] : modules()) {
      const auto* conv = dynamic_cast<const Conv2d*>(module);
      if (!conv) continue;
      kaiming_uniform_(conv->weight);
      if (conv->bias.defined()) constant_(conv->bias, 0.0);
    }
  }

  std::vector<std::shared_ptr<DecoderBlock>> blocks;

 private:
  struct Blocks final : Module {
    std::shared_ptr<DecoderBlock> add(const std::string& name, std::shared_ptr<DecoderBlock> block) {
      return child(name, std::move(block));
    }
  };
};

// Where several stages see the image in one size, the last of them: it knows most.
std::vector<size_t> levels_of(const std::vector<Backbone::Stage>& stages) {
  std::vector<size_t> levels;
  for (size_t i = 0; i < stages.size(); ++i)
    if (i + 1 == stages.size() || stages[i + 1].stride > stages[i].stride) levels.push_back(i);
  return levels;
}

at::Tensor in_size_of(const at::Tensor& map, const at::Tensor& other) {
  const std::vector<int64_t> size = {other.size(2), other.size(3)};
  return map.sizes().slice(2).equals(size) ? map : at::upsample_nearest2d(map, size);
}

class UNetNetwork final : public SimpleNetwork {
 public:
  UNetNetwork(const UNet& options, std::shared_ptr<Backbone> backbone, int64_t outputs)
      : encoder(child("encoder", std::move(backbone))) {
    const std::vector<Backbone::Stage> stages = encoder->stages();
    levels_ = levels_of(stages);
    std::vector<int64_t> channels;
    for (const size_t level : levels_) channels.push_back(stages[level].channels);
    decoder_ = make<UNetDecoder>("decoder", options.decoder_channels, channels, options.norm);
    dropout_ = make<Dropout>("dropout", options.dropout);
    head_ = make<Sequential>("segmentation_head");
    const auto last =
        head_->add<Conv2d>(Conv2dOptions{.inputs = options.decoder_channels.back(), .outputs = outputs, .padding = 1});
    xavier_uniform_(last->weight);
    constant_(last->bias, 0.0);
  }

  const std::shared_ptr<Backbone> encoder;

 protected:
  // [N, C, H, W] -> [N, outputs, H, W]
  at::Tensor compute(const at::Tensor& input) override {
    const std::vector<at::Tensor> maps = encoder->maps(input);
    at::Tensor x = maps[levels_.back()];
    for (size_t i = 0; i < levels_.size(); ++i) {
      if (i + 1 < levels_.size()) {
        const at::Tensor& skip = maps[levels_[levels_.size() - 2 - i]];
        x = at::cat({in_size_of(x, skip), skip}, 1);
      } else {
        x = in_size_of(x, input);
      }
      x = decoder_->blocks[i]->forward(x);
    }
    return head_->forward(dropout_->forward(x));
  }

 private:
  std::vector<size_t> levels_;  // stages whose maps are used
  std::shared_ptr<UNetDecoder> decoder_;
  std::shared_ptr<Dropout> dropout_;
  std::shared_ptr<Sequential> head_;
};

const BackboneArchitecture& UNet::backbone() const {
  const auto* found = dynamic_cast<const BackboneArchitecture*>(encoder.value.get());
  if (found) return *found;
  std::vector<std::string> suitable;
  for (const Entry* entry : Catalog::instance().entries(Architecture::kind))
    if (std::dynamic_pointer_cast<BackboneArchitecture>(entry->make())) suitable.push_back(entry->name);
  shape_error("encoder",
              encoder.type + " has no stages whose maps a decoder could take; " + join(suitable, ", ") + " have");
}

// What the encoder is asked for: the image as a whole, and no answer.
Shapes headless(Shapes shapes) {
  shapes.per = Shapes::Per::sample;
  shapes.outputs = 0;
  return shapes;
}

std::shared_ptr<Backbone> UNet::build_encoder(const Shapes& shapes) const {
  try {
    return std::dynamic_pointer_cast<Backbone>(backbone().build(headless(shapes)));
  } catch (const UserError& error) {
    const std::string what = error.what(), own = "architecture.";
    if (!what.starts_with(own) || what.starts_with(own + "encoder")) throw;
    throw UserError(error.code(), own + "encoder." + what.substr(own.size()));
  }
}

std::shared_ptr<Network> UNet::build(const Shapes& shapes) const {
  if (shapes.per != Shapes::Per::pixel)
    shape_error("type", "unet gives one answer for each pixel, and the task asks for another; segmentation wants them");
  expect_images("unet", headless(shapes));
  std::shared_ptr<Backbone> built = build_encoder(shapes);
  std::vector<int64_t> strides;
  const std::vector<Backbone::Stage> stages = built->stages();
  for (const size_t level : levels_of(stages)) strides.push_back(stages[level].stride);
  if (strides.size() != decoder_channels.size())
    shape_error("decoder_channels",
                fmt::format("has {} values, and {} gives maps of {} strides ({})", decoder_channels.size(),
                            encoder.type, strides.size(), fmt::join(strides, ", ")));
  return std::make_shared<UNetNetwork>(*this, std::move(built), shapes.outputs);
}

std::vector<NetworkPart> UNet::parts(Network& network, const Shapes& shapes) const {
  return {{"architecture.encoder", *encoder, *dynamic_cast<UNetNetwork&>(network).encoder, headless(shapes),
           backbone().head_name()}};
}

const Registered<Architecture, UNet> unet_entry{"unet", "A backbone and a decoder that answers for every pixel."};

}  // namespace
}  // namespace dlrun
