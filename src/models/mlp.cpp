// Multilayer perceptron: flatten, then linear layers with a nonlinearity between them.
//
// Names and numbers are torchvision.ops.MLP's under the prefix "layers": per hidden layer linear, norm (unless none),
// activation, dropout; then the output layer, none for 0 outputs. Without a norm the weights are layers.0.weight,
// layers.3.weight, ... Categories as ids get embeddings beside the numbers, named embeds.0.weight, embeds.1.weight, ...
// (Guo and Berkhahn 2016).

#include "models/architecture.h"
#include "models/encoder.h"
#include "models/shape_error.h"
#include "models/table_input.h"
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
  std::optional<int64_t> embedding_size;

  std::vector<Field> fields() override {
    return with_common({
        field("widths", widths, "Units in each hidden layer; an empty list makes a linear model.", at_least(1)),
        field("activation", activation, "Nonlinearity after each hidden layer.", activation_choice()),
        field("norm", norm, "Normalisation between each hidden layer and its nonlinearity.", row_norm_choice()),
        field("dropout", dropout, "Chance of zeroing a hidden unit while training.", between(0, 1)),
        field("bias", bias, "Whether linear layers add a bias."),
        field("init", init, "How initial weights are drawn; default is PyTorch's.", init_choice()),
        embedding_size_field(embedding_size),
    });
  }

  std::shared_ptr<Network> build(const Shapes& shapes) const override;

  // Pairs of layers; of an odd number the last stays whole.
  Cuts cuts() const override {
    if (norm != "none") return {};  // It would look at the units between the layers of a pair.
    using Along = CutParameters::Along;
    Cuts cuts;
    const auto layer = [](size_t k) { return "^layers\\." + std::to_string(3 * k); };
    for (size_t i = 0; i < widths.size(); i += 2) {
      cuts.parameters.push_back({layer(i) + "\\.(weight|bias)$", Along::outputs, 0});
      cuts.parameters.push_back({layer(i + 1) + "\\.weight$", Along::inputs, 1});
      cuts.draws += (cuts.draws.empty() ? "^layers\\.(" : "|") + std::to_string(3 * i + 2);
    }
    if (!cuts.draws.empty()) cuts.draws += ")$";
    return cuts;
  }
  std::string blocks() const override { return R"(^layers\.\d+$)"; }
};

class MlpNetwork final : public Network, public Encoder {
 public:
  MlpNetwork(const Mlp& mlp, TableShape shape, int64_t outputs) : shape_(std::move(shape)) {
    int64_t width = shape_.numbers;
    if ((embeds_ = make_embeddings(shape_, mlp.embedding_size))) width += child("embeds", embeds_)->width();
    layers_ = make<Sequential>("layers");
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

 protected:
  // [N, ...] and ids [N] -> [N, outputs], or [N, width] without a head
  Batch compute(const Batch& batch) override {
    return {{"output", layers_->forward(embedded_rows(shape_, embeds_, batch))}};
  }

 private:
  TableShape shape_;
  std::shared_ptr<CategoryEmbeddings> embeds_;
  std::shared_ptr<Sequential> layers_;
  int64_t width_ = 0;
};

std::shared_ptr<Network> Mlp::build(const Shapes& shapes) const {
  if (shapes.outputs == 0 && widths.empty())
    shape_error("widths", "a linear model without its head is nothing; give hidden layers");
  return std::make_shared<MlpNetwork>(*this, table_shape("mlp", shapes), shapes.outputs);
}

const Registered<Architecture, Mlp> mlp_entry{"mlp",
                                              "Multilayer perceptron: linear layers with a nonlinearity between them."};

}  // namespace
}  // namespace dlrun
