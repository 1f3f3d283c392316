// Multilayer perceptron: flatten, then linear layers with a nonlinearity between them.
//
// Names and numbers are torchvision.ops.MLP's under the prefix "layers": per hidden layer linear, norm (unless none),
// activation, dropout; then the output layer, none for 0 outputs. Without a norm the weights are layers.0.weight,
// layers.3.weight, ...

#include "models/architecture.h"
#include "models/encoder.h"
#include "models/shape_error.h"
#include "nn/activation.h"
#include "nn/dropout.h"
#include "nn/init.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/sequential.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Mlp final : Architecture {
  std::vector<int64_t> widths = {256, 128};
  std::string activation = "relu";
  std::string norm = "none";
  double dropout = 0.0;
  bool bias = true;
  std::string init = "default";

  std::vector<Field> fields() override {
    return with_common({
        field("widths", widths, "Units in each hidden layer; an empty list makes a linear model.", at_least(1)),
        field("activation", activation, "Nonlinearity after each hidden layer.", activation_choice()),
        field("norm", norm, "Normalisation between each hidden layer and its nonlinearity.", row_norm_choice()),
        field("dropout", dropout, "Chance of zeroing a hidden unit while training.", between(0, 1)),
        field("bias", bias, "Whether linear layers add a bias."),
        field("init", init, "How initial weights are drawn; default is PyTorch's.", init_choice()),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;
};

class MlpNetwork final : public SimpleNetwork, public Encoder {
 public:
  MlpNetwork(const Mlp& mlp, int64_t inputs, int64_t outputs) {
    int64_t width = inputs;
    for (const int64_t next : mlp.widths) {
      layers_->add<Linear>(width, next, mlp.bias);
      layers_->add(make_row_norm(mlp.norm, next));
      layers_->add<Activation>(mlp.activation);
      layers_->add<Dropout>(mlp.dropout);
      width = next;
    }
    width_ = width;
    if (outputs > 0) layers_->add<Linear>(width, outputs, mlp.bias);
    initialise(*this, mlp.init);
  }

  int64_t width() const override { return width_; }

  // [N, ...] -> [N, outputs], or [N, width] without a head
  at::Tensor compute(const at::Tensor& input) override { return layers_->forward(input.flatten(1)); }

 private:
  std::shared_ptr<Sequential> layers_ = make<Sequential>("layers");
  int64_t width_ = 0;
};

std::shared_ptr<Network> Mlp::build(const Shapes& shapes) const {
  expect_numbers("mlp", shapes);
  if (shapes.outputs == 0 && widths.empty())
    shape_error("widths", "a linear model without its head is nothing; give hidden layers");
  int64_t inputs = 1;
  for (const int64_t size : shapes.input().sizes) inputs *= size;
  return std::make_shared<MlpNetwork>(*this, inputs, shapes.outputs);
}

const Registered<Architecture, Mlp> entry{"mlp",
                                          "Multilayer perceptron: linear layers with a nonlinearity between them."};

}  // namespace
}  // namespace dlrun
