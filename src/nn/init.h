// Initial weights: torch.nn.init's functions under their names, and schemes by name for a whole network.
//
// Every draw comes from ATen's default generator in PyTorch's order, so that a network built after the same seed starts
// from PyTorch's very weights. Tensors on `meta` are left alone and draw nothing.

#pragma once

#include <ATen/ATen.h>

#include <string>

#include "nn/module.h"
#include "spec/field.h"

namespace dlrun {

enum class Fan { in, out };

// Inputs (or outputs) that one output (or input) is joined to: a weight is [out, in, kernel...].
int64_t fan(const at::Tensor& weight, Fan which);

void constant_(const at::Tensor& tensor, double value);
void normal_(const at::Tensor& tensor, double mean, double deviation);
void uniform_(const at::Tensor& tensor, double low, double high);
// A normal distribution cut at `low` and `high` (values, not deviations), drawn by inverting its distribution function.
void trunc_normal_(const at::Tensor& tensor, double mean, double deviation, double low, double high);
// Uniform in +-gain sqrt(3 / fan_in), gain = sqrt(2 / (1 + slope^2)): He et al. 2015 for a leaky_relu of that slope.
void kaiming_uniform_(const at::Tensor& weight, double slope = 0.0);
// Normal with deviation sqrt(2 / fan): He et al. 2015.
void kaiming_normal_(const at::Tensor& weight, Fan which = Fan::in);
// Deviation gain sqrt(2 / (fan_in + fan_out)): Glorot and Bengio 2010.
void xavier_uniform_(const at::Tensor& weight, double gain = 1.0);
void xavier_normal_(const at::Tensor& weight, double gain = 1.0);

// What torch.nn.Linear and the convolutions do: weight and bias uniform in +-1 / sqrt(fan_in). `bias` may be undefined.
void default_init_(const at::Tensor& weight, const at::Tensor& bias);

// Schemes a recipe may name. "default" keeps what the layers drew; the others redraw the weight of every linear and
// convolution layer under `network` and set its bias to zero.
Rule init_choice();
void initialise(const Module& network, const std::string& scheme);

}  // namespace dlrun
