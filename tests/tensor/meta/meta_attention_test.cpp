// Meta kernels of attention against the real operators.

#include "tensor/meta/cases.h"

namespace dlrun::test::meta_attention_test {

namespace {

const Case cases[] = {
    {"fused attention",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::scaled_dot_product_attention(x[0], x[1], x[2]); },
                        {to(at::rand({2, 4, 6, 8})), to(at::rand({2, 4, 6, 8})), to(at::rand({2, 4, 6, 8}))});
     }},
    {"causal attention",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) { return at::scaled_dot_product_attention(x[0], x[1], x[2], {}, 0.0, true); },
           {to(at::rand({2, 6, 4, 8}).transpose(1, 2)), to(at::rand({2, 6, 4, 8}).transpose(1, 2)),
            to(at::rand({2, 6, 4, 8}).transpose(1, 2))});
     }},
    {"attention to a longer text",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::scaled_dot_product_attention(x[0], x[1], x[2]); },
                        {to(at::rand({2, 4, 6, 8})), to(at::rand({2, 4, 9, 8})), to(at::rand({2, 4, 9, 8}))});
     }},
    {"attention with a mask",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::scaled_dot_product_attention(x[0], x[1], x[2], to(at::rand({6, 6})));
           },
           {to(at::rand({2, 4, 6, 8})), to(at::rand({2, 4, 6, 8})), to(at::rand({2, 4, 6, 8}))});
     }},
    {"attention with a mask of bits",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::scaled_dot_product_attention(x[0], x[1], x[2], to(at::rand({6, 6}).gt(0.2)));
           },
           {to(at::rand({2, 4, 6, 8})), to(at::rand({2, 4, 6, 8})), to(at::rand({2, 4, 6, 8}))});
     }},
    {"attention with dropout",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::scaled_dot_product_attention(x[0], x[1], x[2], {}, 0.5); },
                        {to(at::rand({2, 4, 6, 8})), to(at::rand({2, 4, 6, 8})), to(at::rand({2, 4, 6, 8}))});
     }},
    {"attention of three dimensions",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::scaled_dot_product_attention(x[0], x[1], x[2]); },
                        {to(at::rand({4, 6, 8})), to(at::rand({4, 6, 8})), to(at::rand({4, 6, 8}))});
     }},
};

}  // namespace

TEST_CASE("attention have the shapes, types and strides of the real operators on meta") { compare(cases); }

}  // namespace dlrun::test::meta_attention_test
