// Meta kernels of norms against the real operators.

#include "tensor/meta/cases.h"

namespace dlrun::test::meta_norms_test {

namespace {

const Case cases[] = {
    {"batch_norm",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::batch_norm(x[0], x[1], x[2], to(at::zeros({6})), to(at::ones({6})), true, 0.1, 1e-5, false);
           },
           {to(images()), to(at::rand({6})), to(at::rand({6}))});
     }},
    {"batch_norm channels_last",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::batch_norm(x[0], x[1], x[2], to(at::zeros({6})), to(at::ones({6})), true, 0.1, 1e-5, false);
           },
           {to(images(6, last)), to(at::rand({6})), to(at::rand({6}))});
     }},
    {"batch_norm in evaluation",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::batch_norm(x[0], x[1], x[2], to(at::zeros({6})), to(at::ones({6})), false, 0.1, 1e-5, false);
           },
           {to(images()), to(at::rand({6})), to(at::rand({6}))});
     }},
    {"batch_norm of rows",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) { return at::batch_norm(x[0], x[1], x[2], {}, {}, true, 0.1, 1e-5, false); },
           {to(matrix()), to(at::rand({8})), to(at::rand({8}))});
     }},
    {"native_batch_norm",
     [](const To& to) {
       return list(at::native_batch_norm(to(images()), to(at::rand({6})), to(at::rand({6})), to(at::zeros({6})),
                                         to(at::ones({6})), true, 0.1, 1e-5));
     }},
    {"native_batch_norm in evaluation",
     [](const To& to) {
       return list(at::native_batch_norm(to(images()), to(at::rand({6})), to(at::rand({6})), to(at::zeros({6})),
                                         to(at::ones({6})), false, 0.1, 1e-5));
     }},
    {"layer_norm",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::layer_norm(x[0], {8}, x[1], x[2]); },
                        {to(at::rand({2, 5, 8})), to(at::rand({8})), to(at::rand({8}))});
     }},
    {"layer_norm without parameters",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::layer_norm(x[0], {5, 8}); }, {to(at::rand({2, 5, 8}))});
     }},
    {"layer_norm of a transpose",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::layer_norm(x[0], {8}, x[1], {}); },
                        {to(at::rand({5, 2, 8}).transpose(0, 1)), to(at::rand({8}))});
     }},
    {"native_layer_norm",
     [](const To& to) {
       return list(at::native_layer_norm(to(at::rand({2, 5, 8})), {8}, to(at::rand({8})), to(at::rand({8})), 1e-5));
     }},
    {"group_norm",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::group_norm(x[0], 3, x[1], x[2]); },
                        {to(images()), to(at::rand({6})), to(at::rand({6}))});
     }},
    {"group_norm channels_last",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::group_norm(x[0], 3, x[1], x[2]); },
                        {to(images(6, last)), to(at::rand({6})), to(at::rand({6}))});
     }},
    {"instance_norm",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) { return at::instance_norm(x[0], x[1], x[2], {}, {}, true, 0.1, 1e-5, false); },
           {to(images()), to(at::rand({6})), to(at::rand({6}))});
     }},
    {"weight_norm",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::_weight_norm(x[0], x[1], 0); },
                        {to(matrix()), to(at::rand({5, 1}))});
     }},
    {"softmax",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::softmax(x[0], 1); }, {to(transposed())});
     }},
    {"log_softmax",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::log_softmax(x[0], 1); }, {to(matrix())});
     }},
};

}  // namespace

TEST_CASE("norms have the shapes, types and strides of the real operators on meta") { compare(cases); }

}  // namespace dlrun::test::meta_norms_test
