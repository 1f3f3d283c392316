// Meta kernels of nonlinearities against the real operators.

#include "tensor/meta/cases.h"

namespace dlrun::test::meta_activations_test {

namespace {

const Case cases[] = {
    {"relu", [](const To& to) { return gradients([&](const Tensors& x) { return at::relu(x[0]); }, {to(matrix())}); }},
    {"relu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::relu(x[0]); }, {to(transposed())}); }},
    {"relu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::relu(x[0]); }, {to(images(6, last))}); }},
    {"hardswish",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::hardswish(x[0]); }, {to(matrix())}); }},
    {"hardswish",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::hardswish(x[0]); }, {to(transposed())}); }},
    {"hardswish",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::hardswish(x[0]); }, {to(images(6, last))});
     }},
    {"hardtanh",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::hardtanh(x[0]); }, {to(matrix())}); }},
    {"hardtanh",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::hardtanh(x[0]); }, {to(transposed())}); }},
    {"hardtanh",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::hardtanh(x[0]); }, {to(images(6, last))});
     }},
    {"log_sigmoid",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::log_sigmoid(x[0]); }, {to(matrix())}); }},
    {"log_sigmoid",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::log_sigmoid(x[0]); }, {to(transposed())});
     }},
    {"log_sigmoid",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::log_sigmoid(x[0]); }, {to(images(6, last))});
     }},
    {"sigmoid",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::sigmoid(x[0]); }, {to(matrix())}); }},
    {"sigmoid",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::sigmoid(x[0]); }, {to(transposed())}); }},
    {"sigmoid",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::sigmoid(x[0]); }, {to(images(6, last))});
     }},
    {"tanh", [](const To& to) { return gradients([&](const Tensors& x) { return at::tanh(x[0]); }, {to(matrix())}); }},
    {"tanh",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::tanh(x[0]); }, {to(transposed())}); }},
    {"tanh",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::tanh(x[0]); }, {to(images(6, last))}); }},
    {"gelu", [](const To& to) { return gradients([&](const Tensors& x) { return at::gelu(x[0]); }, {to(matrix())}); }},
    {"gelu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::gelu(x[0]); }, {to(transposed())}); }},
    {"gelu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::gelu(x[0]); }, {to(images(6, last))}); }},
    {"silu", [](const To& to) { return gradients([&](const Tensors& x) { return at::silu(x[0]); }, {to(matrix())}); }},
    {"silu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::silu(x[0]); }, {to(transposed())}); }},
    {"silu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::silu(x[0]); }, {to(images(6, last))}); }},
    {"elu", [](const To& to) { return gradients([&](const Tensors& x) { return at::elu(x[0]); }, {to(matrix())}); }},
    {"elu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::elu(x[0]); }, {to(transposed())}); }},
    {"elu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::elu(x[0]); }, {to(images(6, last))}); }},
    {"leaky_relu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::leaky_relu(x[0]); }, {to(matrix())}); }},
    {"leaky_relu",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::leaky_relu(x[0]); }, {to(transposed())});
     }},
    {"leaky_relu",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::leaky_relu(x[0]); }, {to(images(6, last))});
     }},
    {"relu6",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::relu6(x[0]); }, {to(matrix())}); }},
    {"relu6",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::relu6(x[0]); }, {to(transposed())}); }},
    {"relu6",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::relu6(x[0]); }, {to(images(6, last))}); }},
    {"selu", [](const To& to) { return gradients([&](const Tensors& x) { return at::selu(x[0]); }, {to(matrix())}); }},
    {"selu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::selu(x[0]); }, {to(transposed())}); }},
    {"selu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::selu(x[0]); }, {to(images(6, last))}); }},
    {"softplus",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::softplus(x[0]); }, {to(matrix())}); }},
    {"softplus",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::softplus(x[0]); }, {to(transposed())}); }},
    {"softplus",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::softplus(x[0]); }, {to(images(6, last))});
     }},
    {"mish", [](const To& to) { return gradients([&](const Tensors& x) { return at::mish(x[0]); }, {to(matrix())}); }},
    {"mish",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::mish(x[0]); }, {to(transposed())}); }},
    {"mish",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::mish(x[0]); }, {to(images(6, last))}); }},
    {"hardsigmoid",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::hardsigmoid(x[0]); }, {to(matrix())}); }},
    {"hardsigmoid",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::hardsigmoid(x[0]); }, {to(transposed())});
     }},
    {"hardsigmoid",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::hardsigmoid(x[0]); }, {to(images(6, last))});
     }},
    {"celu", [](const To& to) { return gradients([&](const Tensors& x) { return at::celu(x[0]); }, {to(matrix())}); }},
    {"celu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::celu(x[0]); }, {to(transposed())}); }},
    {"celu",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::celu(x[0]); }, {to(images(6, last))}); }},
    {"logit",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::logit(x[0]); }, {to(matrix())}); }},
    {"logit",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::logit(x[0]); }, {to(transposed())}); }},
    {"logit",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::logit(x[0]); }, {to(images(6, last))}); }},
    {"glu", [](const To& to) { return gradients([&](const Tensors& x) { return at::glu(x[0], 1); }, {to(matrix())}); }},
    {"prelu",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::prelu(x[0], x[1]); }, {to(images()), to(at::rand({6}))});
     }},
    {"gelu tanh",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::gelu(x[0], "tanh"); }, {to(matrix())}); }},
    {"relu_",
     [](const To& to) { return gradients([&](const Tensors& x) { return (x[0] * 2).relu_(); }, {to(matrix())}); }},
    {"hardswish_",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return [&] {
               at::Tensor y = x[0] * 2;
               return at::hardswish_(y);
             }();
           },
           {to(matrix())});
     }},
    {"hardtanh_",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return [&] {
               at::Tensor y = x[0] * 2;
               return at::hardtanh_(y);
             }();
           },
           {to(matrix())});
     }},
    {"tanh_",
     [](const To& to) { return gradients([&](const Tensors& x) { return (x[0] * 2).tanh_(); }, {to(matrix())}); }},
    {"sigmoid_",
     [](const To& to) { return gradients([&](const Tensors& x) { return (x[0] * 2).sigmoid_(); }, {to(matrix())}); }},
    {"leaky_relu_",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return [&] {
               at::Tensor y = x[0] * 2;
               return at::leaky_relu_(y, 0.1);
             }();
           },
           {to(matrix())});
     }},
    {"elu_",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return [&] {
               at::Tensor y = x[0] * 2;
               return at::elu_(y);
             }();
           },
           {to(matrix())});
     }},
};

}  // namespace

TEST_CASE("nonlinearities have the shapes, types and strides of the real operators on meta") { compare(cases); }

}  // namespace dlrun::test::meta_activations_test
