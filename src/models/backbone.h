// Networks of images that are more than a classifier: what each stage sees, and a head that can be another or missing.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/architecture.h"
#include "models/encoder.h"
#include "nn/linear.h"

namespace dlrun {

// "input" [N, C, H, W] -> "output" [N, outputs]; without a head its features.
class Backbone : public SimpleNetwork, public Encoder {
 public:
  struct Stage {
    std::string name;
    int64_t channels = 0;
    int64_t stride = 1;  // pixels of the image from one pixel of its map to the next
  };

  // Front to back; strides never fall.
  virtual std::vector<Stage> stages() const = 0;
  // One map [N, channels, H', W'] of each stage, as the next one takes it. Nobody may change them in place.
  std::vector<at::Tensor> maps(const at::Tensor& images) {
    return pass([this](const at::Tensor& some) { return compute_maps(some); }, images);
  }
  // What the head takes, [N, width].
  at::Tensor features(const at::Tensor& images) {
    return pass([this](const at::Tensor& some) { return compute_features(some); }, images);
  }
  // A freshly drawn last layer for so many outputs (at least 1); where there is no head, a whole one. Before anybody
  // took over the weights' storage. Draws from ATen's default CPU generator.
  virtual void set_outputs(int64_t outputs) = 0;

 protected:
  virtual std::vector<at::Tensor> compute_maps(const at::Tensor& images) = 0;
  virtual at::Tensor compute_features(const at::Tensor& images) = 0;
};

// An architecture whose networks are backbones.
struct BackboneArchitecture : Architecture {
  // What the names of the head's weights begin with ("fc.").
  virtual std::string head_name() const = 0;
};

// Replaces the weights of `layer` by fresh ones for another number of outputs.
void renew(Linear& layer, int64_t outputs);

// A network within another whose architecture the recipe gives by itself.
struct NetworkPart {
  std::string key;  // "architecture.encoder", for messages
  const Architecture& architecture;
  Network& network;
  Shapes shapes;         // what it was built for
  std::string left_out;  // what names of tensors begin with that a file may have and it has not: those of its head
};

// An architecture with such parts: the weights that a part starts from, and what of it is frozen, are said there.
struct HasParts {
  virtual ~HasParts() = default;
  // `network` is what build(shapes) gave.
  virtual std::vector<NetworkPart> parts(Network& network, const Shapes& shapes) const = 0;
};

}  // namespace dlrun
