// The fields of `regularization`.

#include "experiment/regularization.h"

namespace dlrun {

std::vector<Field> GradientClipping::fields() {
  return {
      field("type", type,
            "norm scales all gradients together, value cuts each number, agc scales those of each unit by the norm of "
            "its weights (adaptive gradient clipping, Brock et al. 2021).",
            one_of("norm", "value", "agc")),
      field("value", value,
            "Largest L2 norm, or largest absolute value; of agc the largest ratio of a unit's gradient to its weights, "
            "of which 0.01 is usual.",
            more_than(0)),
      field("eps", eps, "Least norm of a unit's weights that agc divides by.", more_than(0)),
  };
}

std::vector<Field> GradientNoise::fields() {
  return {
      field("eta", eta, "Variance of the noise in the first step.", more_than(0)),
      field("gamma", gamma, "How fast it falls: step t, from 0, has the variance eta / (1 + t)^gamma.", at_least(0)),
  };
}

std::vector<Field> EarlyStopping::fields() {
  return {
      field("monitor", monitor, "Recorded number to watch (val/loss); empty: the one `checkpoint` monitors."),
      field("mode", mode, "Whether a lower or a higher number is better.", one_of("auto", "min", "max")),
      field("patience", patience, "Validations without improvement after which training stops.", at_least(1)),
      field("min_delta", min_delta, "A smaller change does not count as an improvement.", at_least(0)),
  };
}

std::vector<Field> Ema::fields() {
  return {
      field("decay", decay, "Share of the average kept at each step.", between(0, 1), less_than(1)),
      field("warmup", warmup, "Average faster at first: min(decay, (1 + step) / (10 + step))."),
  };
}

std::vector<Field> Swa::fields() {
  return {
      field("start", start, "Share of the training after which weights are averaged.", between(0, 1), less_than(1)),
      field("every_n_steps", every_n_steps, "Steps between two weights that are averaged; an epoch where left open.",
            at_least(1)),
      field("lr", lr, "Constant learning rate from the start on; the schedule goes on where left open.", more_than(0)),
      field("anneal_epochs", anneal_epochs, "Epochs in which the rate moves to that one.", at_least(0)),
      field("anneal_strategy", anneal_strategy, "How it moves.", one_of("cos", "linear")),
  };
}

std::vector<Field> MaxNorm::fields() {
  return {
      field("match", match,
            "Regular expression of weights; biases and norms are always left out. All weights where left open.",
            is_expression()),
      field("value", value, "Largest L2 norm of the weights that lead into one unit.", more_than(0)),
  };
}

std::vector<Field> SpectralNormSettings::fields() {
  return {
      field("match", match,
            "Regular expression of weights of networks; biases and norms are always left out. All weights where left "
            "open.",
            is_expression()),
      field("n_power_iterations", n_power_iterations,
            "Steps of the power method in each pass while training; it goes on from where it stood.", at_least(1)),
      field("eps", eps, "Least length of a vector that is divided by its length.", more_than(0)),
  };
}

std::vector<Field> WeightNormSettings::fields() {
  return {
      field("match", match,
            "Regular expression of weights of networks; biases and norms are always left out. All weights where left "
            "open.",
            is_expression()),
      field("dim", dim, "Dimension whose entries have a length each, 0: the outputs; -1: one length for all of it.",
            at_least(-1)),
  };
}

std::vector<Field> Regularization::fields() {
  return {
      field(
          "l1", l1,
          "Weight of the sum of absolute weights that is minimised beside the loss; biases and norms are left out. Its "
          "gradient is added, the loss that is recorded is without it.",
          at_least(0)),
      field("l2", l2,
            "Weight of half the sum of squared weights that is minimised beside the loss; biases and norms are left "
            "out. Its gradient is added, the loss that is recorded is without it.",
            at_least(0)),
      field("dropout", dropout, "Chance of zeroing a unit, for every dropout layer of the network.", between(0, 1),
            less_than(1)),
      field("max_norm", max_norm, "Limits the weights of each unit after each step (Srivastava et al. 2014)."),
      field("spectral_norm", spectral_norm,
            "Weights are divided by their largest singular value (Miyato et al. 2018), as "
            "torch.nn.utils.parametrizations.spectral_norm."),
      field("weight_norm", weight_norm,
            "Weights learn as a length and a direction (Salimans and Kingma 2016), as "
            "torch.nn.utils.parametrizations.weight_norm."),
      field("gradient_clipping", gradient_clipping, "Limits the gradient before each step."),
      field("gradient_noise", gradient_noise,
            "Normal noise on every gradient, behind its limit (Neelakantan et al. 2015)."),
      field("early_stopping", early_stopping, "Stops when validation no longer improves."),
      field(
          "ema", ema,
          "Exponential moving average of the weights, used for validation, test and export; statistics of batch norms "
          "are measured for it."),
      field("swa", swa,
            "Even average of the weights at the end of the training (stochastic weight averaging, Izmailov et al. "
            "2018), used like that of ema."),
  };
}

std::vector<Relation> Regularization::relations() const {
  return {{"swa", "count(ema, swa) < 2", "is one average of the weights and ema another; leave one out"}};
}

}  // namespace dlrun
