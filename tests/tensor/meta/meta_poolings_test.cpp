// Meta kernels of poolings against the real operators.

#include "tensor/meta/cases.h"

namespace dlrun::test::meta_poolings_test {

namespace {

const Case cases[] = {
    {"max_pool2d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::max_pool2d(x[0], 3, 2, 1); }, {to(images())});
     }},
    {"avg_pool2d",
     [](const To& to) { return gradients([&](const Tensors& x) { return at::avg_pool2d(x[0], 2); }, {to(images())}); }},
    {"adaptive_avg_pool2d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::adaptive_avg_pool2d(x[0], {3, 2}); }, {to(images())});
     }},
    {"adaptive_avg_pool2d to one pixel",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::adaptive_avg_pool2d(x[0], {1, 1}); }, {to(images())});
     }},
    {"adaptive_max_pool2d",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return std::get<0>(at::adaptive_max_pool2d(x[0], {3, 2}));
           },
           {to(images())});
     }},
    {"reflection_pad2d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::reflection_pad2d(x[0], {1, 2, 3, 0}); }, {to(images())});
     }},
    {"replication_pad2d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::replication_pad2d(x[0], {1, 2, 3, 0}); }, {to(images())});
     }},
    {"upsample nearest",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::upsample_nearest2d(x[0], {18, 14}); }, {to(images())});
     }},
    {"upsample bilinear",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::upsample_bilinear2d(x[0], {18, 14}, false);
           },
           {to(images())});
     }},
    {"max_pool2d channels_last",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::max_pool2d(x[0], 3, 2, 1); }, {to(images(6, last))});
     }},
    {"avg_pool2d channels_last",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::avg_pool2d(x[0], 2); }, {to(images(6, last))});
     }},
    {"adaptive_avg_pool2d channels_last",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::adaptive_avg_pool2d(x[0], {3, 2}); }, {to(images(6, last))});
     }},
    {"adaptive_avg_pool2d to one pixel channels_last",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::adaptive_avg_pool2d(x[0], {1, 1}); }, {to(images(6, last))});
     }},
    {"adaptive_max_pool2d channels_last",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return std::get<0>(at::adaptive_max_pool2d(x[0], {3, 2}));
           },
           {to(images(6, last))});
     }},
    {"reflection_pad2d channels_last",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::reflection_pad2d(x[0], {1, 2, 3, 0});
           },
           {to(images(6, last))});
     }},
    {"upsample nearest channels_last",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::upsample_nearest2d(x[0], {18, 14});
           },
           {to(images(6, last))});
     }},
    {"upsample bilinear channels_last",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::upsample_bilinear2d(x[0], {18, 14}, false);
           },
           {to(images(6, last))});
     }},
    {"max_pool1d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::max_pool1d(x[0], 3); }, {to(at::rand({3, 4, 20}))});
     }},
    {"max_pool3d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::max_pool3d(x[0], 2, {}, 0, 1, true); },
                        {to(at::rand({2, 3, 6, 7, 8}))});
     }},
    {"avg_pool3d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::avg_pool3d(x[0], 2); }, {to(at::rand({2, 3, 6, 7, 8}))});
     }},
    {"adaptive_avg_pool3d",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::adaptive_avg_pool3d(x[0], {2, 3, 2});
           },
           {to(at::rand({2, 3, 6, 7, 8}))});
     }},
    {"adaptive_avg_pool1d",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::adaptive_avg_pool1d(x[0], 5); }, {to(at::rand({3, 4, 20}))});
     }},
    {"constant_pad",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::constant_pad_nd(x[0], {1, 2}, 0); }, {to(images())});
     }},
    {"grid_sampler",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::grid_sampler(x[0], x[1], 0, 0, false); },
                        {to(images()), to(at::rand({3, 4, 5, 2}))});
     }},
    {"pixel_shuffle",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::pixel_shuffle(x[0], 2); }, {to(at::rand({2, 8, 3, 3}))});
     }},
    {"max_unpool2d",
     [](const To& to) -> Tensors {
       return {at::max_unpool2d(to(at::rand({2, 3, 4, 4})), to(at::zeros({2, 3, 4, 4}, at::kLong)), {8, 8})};
     }},
};

}  // namespace

TEST_CASE("poolings have the shapes, types and strides of the real operators on meta") { compare(cases); }

}  // namespace dlrun::test::meta_poolings_test
