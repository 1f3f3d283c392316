// A small recipe with every kind of slot, for the tests of src/spec. Its kinds begin with "sample_", so that they meet
// no real component.

#pragma once

#include <string>
#include <vector>

#include "spec/catalog.h"
#include "spec/read.h"

namespace dlrun::sample {

struct Architecture : Params {
  static constexpr const char* kind = "sample_architecture";
};

struct Mlp final : Architecture {
  std::vector<int64_t> widths = {256, 128};
  std::string activation = "relu";
  double dropout = 0.0;

  std::vector<Field> fields() override {
    return {
        field("widths", widths, "Units in each hidden layer.", not_empty(), at_least(1)),
        field("activation", activation, "Nonlinearity after each hidden layer.", one_of("relu", "gelu")),
        field("dropout", dropout, "Chance of zeroing a unit while training.", between(0, 1)),
    };
  }
};

struct Block final : Params {
  int64_t channels = 16;
  std::optional<std::string> norm = "batch";
  std::optional<bool> bias;

  std::vector<Field> fields() override {
    return {
        field("channels", channels, "Output channels.", at_least(1)),
        field("norm", norm, "Normalisation.", one_of("batch", "layer")),
        field("bias", bias, "Whether the convolution has a bias; null: where there is no norm."),
    };
  }
};

struct Cnn final : Architecture {
  List<Block> blocks{{Block{}, Block{}}};
  int64_t kernel = 3;

  std::vector<Field> fields() override {
    return {
        field("blocks", blocks, "Convolution blocks.", not_empty()),
        field("kernel", kernel, "Kernel size, pixels.", between(1, 15)),
    };
  }
  std::vector<Relation> relations() const override { return {{"kernel", "kernel % 2 == 1", "must be odd"}}; }
};

struct Optimizer : Params {
  static constexpr const char* kind = "sample_optimizer";
};

struct Sgd final : Optimizer {
  double lr = 0.1;
  double momentum = 0.0;
  bool nesterov = false;

  std::vector<Field> fields() override {
    return {
        field("lr", lr, "Learning rate.", more_than(0)),
        field("momentum", momentum, "Momentum.", between(0, 1)),
        field("nesterov", nesterov, "Nesterov's momentum."),
    };
  }
  std::vector<Relation> relations() const override {
    return {{"nesterov", "not nesterov or momentum > 0", "needs a momentum"}};
  }
};

struct AdamW final : Optimizer {
  double lr = 1e-3;
  std::vector<double> betas = {0.9, 0.999};
  double weight_decay = 0.01;

  std::vector<Field> fields() override {
    return {
        field("lr", lr, "Learning rate.", more_than(0)),
        field("betas", betas, "Decay of the two moments.", between(0, 1)),
        field("weight_decay", weight_decay, "Decoupled weight decay, per step and learning rate.", at_least(0)),
    };
  }
};

struct Augmentation : Params {
  static constexpr const char* kind = "sample_augmentation";
};

struct RandomCrop final : Augmentation {
  int64_t size = 0;
  int64_t padding = 0;

  std::vector<Field> fields() override {
    return {
        field("size", size, "Side of the crop, pixels.", required(), at_least(1)),
        field("padding", padding, "Zeros added on each side first, pixels.", at_least(0)),
    };
  }
};

struct RandomFlip final : Augmentation {
  std::vector<Field> fields() override { return {}; }
};

struct EarlyStopping final : Params {
  std::string monitor = "val/loss";
  int64_t patience = 10;
  std::optional<double> min_delta;
  double norm = 2;

  std::vector<Field> fields() override {
    return {
        field("monitor", monitor, "The metric to watch.", not_empty()),
        field("patience", patience, "Epochs without improvement.", at_least(1)),
        field("min_delta", min_delta, "Smallest change that counts.", at_least(0)),
        field("norm", norm, "An order of norms.", more_than(0), may_be_infinite()),
    };
  }
};

struct Data final : Params {
  std::string path;
  std::optional<std::string> target;
  std::vector<std::string> columns;

  std::vector<Field> fields() override {
    return {
        field("path", path, "Where the data lies.", is_path()),
        field("target", target, "The column to predict."),
        field("columns", columns, "Columns to use; none: all."),
    };
  }
};

struct Trainer final : Params {
  int64_t epochs = 10;
  int64_t batch_size = 128;
  std::optional<int64_t> micro_batch_size;
  bool shuffle = true;
  std::vector<double> milestones;

  std::vector<Field> fields() override {
    return {
        field("epochs", epochs, "Passes over the training split.", at_least(1)),
        field("batch_size", batch_size, "Samples per step, over all devices.", at_least(1)),
        field("micro_batch_size", micro_batch_size, "Samples per device at once.", at_least(1)),
        field("shuffle", shuffle, "Whether each epoch has an order of its own."),
        field("milestones", milestones, "Fractions of the run to report at.", more_than(0), at_most(1)),
    };
  }
  std::vector<Relation> relations() const override {
    return {{"micro_batch_size", "not given(micro_batch_size) or micro_batch_size <= batch_size",
             "must not exceed batch_size"}};
  }
};

struct Recipe final : Params {
  int64_t version = 1;
  std::string name;
  int64_t seed = 0;
  std::string output_dir = "runs";
  Data data;
  Choice<Architecture> architecture;
  Choice<Optimizer> optimizer;
  ChoiceList<Augmentation> augmentation;
  Optional<EarlyStopping> early_stopping;
  Trainer trainer;

  Recipe() {
    optimizer.type = "adamw";
    auto adamw = std::make_shared<AdamW>();
    adamw->lr = 3e-4;
    optimizer.value = adamw;
  }

  std::vector<Field> fields() override {
    return {
        field("version", version, "Version of the recipe format.", between(1, 1)),
        field("name", name, "Name of the run.", required(), not_empty()),
        field("seed", seed, "Seed of every random number."),
        field("output_dir", output_dir, "The run folder.", is_path(), not_empty()),
        field("data", data, "What is learned from."),
        field("architecture", architecture, "What is learned.", required()),
        field("optimizer", optimizer, "How it is learned."),
        field("augmentation", augmentation, "Changes to each training sample."),
        field("early_stopping", early_stopping, "When to stop early; null: never."),
        field("trainer", trainer, "How long and how much at once."),
    };
  }
};

// Puts the sample components into the catalog, once.
inline void add_samples() {
  static const bool added = [] {
    static const Registered<Architecture, Mlp> mlp{"mlp", "Multilayer perceptron."};
    static const Registered<Architecture, Cnn> cnn{"cnn", "Convolutions."};
    static const Registered<Optimizer, Sgd> sgd{"sgd", "Stochastic gradient descent."};
    static const Registered<Optimizer, AdamW> adamw{"adamw", "Adam with decoupled weight decay."};
    static const Registered<Augmentation, RandomCrop> crop{"random_crop", "Crop at a random place."};
    static const Registered<Augmentation, RandomFlip> flip{"random_flip", "Mirror left and right."};
    return true;
  }();
  static_cast<void>(added);
}

// The problems of a text named "bad.yaml", one per line; "" when it reads.
inline std::string problems_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  add_samples();
  Recipe recipe;
  try {
    read_text(text, "bad.yaml", {overrides}, recipe);
  } catch (const RecipeError& error) {
    return error.what();
  }
  return "";
}

inline Recipe read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  add_samples();
  Recipe recipe;
  read_text(text, "good.yaml", {overrides}, recipe);
  return recipe;
}

}  // namespace dlrun::sample
