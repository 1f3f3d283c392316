// Meta kernels of convolutions against the real operators.

#include "tensor/meta/cases.h"

namespace dlrun::test::meta_convolutions_test {

namespace {

const Case cases[] = {
    {"conv2d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv2d(x[0], x[1], x[2], 2, 1); },
                        {to(images()), to(at::rand({8, 6, 3, 3})), to(at::rand({8}))});
     }},
    {"conv2d channels_last",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv2d(x[0], x[1], {}, 1, 1); },
                        {to(images(6, last)), to(at::rand({8, 6, 3, 3}))});
     }},
    {"conv2d channels_last weight",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv2d(x[0], x[1], {}, 1, 1); },
                        {to(images(6)), to(at::rand({8, 6, 3, 3}).contiguous(last))});
     }},
    {"conv2d of one channel",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv2d(x[0], x[1], {}, 1, 1); },
                        {to(images(1)), to(at::rand({8, 1, 3, 3}).contiguous(last))});
     }},
    {"conv2d with groups",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv2d(x[0], x[1], x[2], 1, at::IntArrayRef({0}), 2, 3); },
                        {to(images()), to(at::rand({12, 2, 3, 3})), to(at::rand({12}))});
     }},
    {"conv2d 1x1",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv2d(x[0], x[1]); },
                        {to(images(6, last)), to(at::rand({16, 6, 1, 1}))});
     }},
    {"conv2d of one sample",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv2d(x[0], x[1]); },
                        {to(at::rand({6, 9, 7})), to(at::rand({16, 6, 2, 2}))});
     }},
    {"conv1d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv1d(x[0], x[1], x[2], 1, 2); },
                        {to(at::rand({3, 4, 20})), to(at::rand({6, 4, 5})), to(at::rand({6}))});
     }},
    {"conv3d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv3d(x[0], x[1], x[2]); },
                        {to(at::rand({2, 3, 6, 7, 8})), to(at::rand({4, 3, 3, 3, 3})), to(at::rand({4}))});
     }},
    {"conv_transpose2d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv_transpose2d(x[0], x[1], x[2], 2, 1, 1); },
                        {to(images()), to(at::rand({6, 4, 4, 4})), to(at::rand({4}))});
     }},
    {"conv_transpose2d channels_last",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv_transpose2d(x[0], x[1], {}, 2, 1); },
                        {to(images(6, last)), to(at::rand({6, 4, 4, 4}))});
     }},
    {"conv_transpose2d from one pixel",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv_transpose2d(x[0], x[1]); },
                        {to(at::rand({3, 6, 1, 1})), to(at::rand({6, 4, 7, 7}).contiguous(last))});
     }},
    {"conv_transpose1d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::conv_transpose1d(x[0], x[1], {}, 2); },
                        {to(at::rand({3, 4, 20})), to(at::rand({4, 6, 5}))});
     }},
};

}  // namespace

TEST_CASE("convolutions have the shapes, types and strides of the real operators on meta") { compare(cases); }

}  // namespace dlrun::test::meta_convolutions_test
