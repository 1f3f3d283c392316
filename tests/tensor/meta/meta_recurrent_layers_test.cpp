// Meta kernels of recurrent layers against the real operators.

#include "tensor/meta/cases.h"

namespace dlrun::test::meta_recurrent_layers_test {

namespace {

const Case cases[] = {
    {"lstm",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return std::get<0>(at::lstm(x[0], {to(at::zeros({1, 3, 4})), to(at::zeros({1, 3, 4}))},
                                         {x[1], x[2], x[3], x[4]}, true, 1, 0.0, true, false, false));
           },
           {to(at::rand({5, 3, 6})), to(at::rand({16, 6})), to(at::rand({16, 4})), to(at::rand({16})),
            to(at::rand({16}))});
     }},
    {"gru",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return std::get<0>(
                 at::gru(x[0], to(at::zeros({1, 3, 4})), {x[1], x[2], x[3], x[4]}, true, 1, 0.0, true, false, false));
           },
           {to(at::rand({5, 3, 6})), to(at::rand({12, 6})), to(at::rand({12, 4})), to(at::rand({12})),
            to(at::rand({12}))});
     }},
};

}  // namespace

TEST_CASE("recurrent layers have the shapes, types and strides of the real operators on meta") { compare(cases); }

}  // namespace dlrun::test::meta_recurrent_layers_test
