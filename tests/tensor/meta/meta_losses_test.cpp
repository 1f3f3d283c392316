// Meta kernels of losses against the real operators.

#include "tensor/meta/cases.h"

namespace dlrun::test::meta_losses_test {

namespace {

const Case cases[] = {
    {"cross_entropy",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::cross_entropy_loss(x[0], to(classes({5}, 8))); },
                        {to(matrix())});
     }},
    {"cross_entropy smoothed and weighted",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::cross_entropy_loss(x[0], to(classes({5}, 8)), to(at::rand({8})), at::Reduction::Mean, -100,
                                           0.1);
           },
           {to(matrix())});
     }},
    {"cross_entropy of pictures",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::cross_entropy_loss(x[0], to(classes({3, 9, 7}, 6)));
           },
           {to(images())});
     }},
    {"nll_loss",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) { return at::nll_loss(x[0], to(classes({5}, 8)), {}, at::Reduction::None); },
           {to(matrix())});
     }},
    {"mse_loss",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::mse_loss(x[0], to(matrix())); }, {to(matrix())});
     }},
    {"mse_loss of each",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::mse_loss(x[0], to(matrix()), at::Reduction::None); },
                        {to(transposed())});
     }},
    {"l1_loss",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::l1_loss(x[0], to(matrix())); }, {to(matrix())});
     }},
    {"bce",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::binary_cross_entropy(x[0], to(matrix())); }, {to(matrix())});
     }},
    {"bce of each",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::binary_cross_entropy(x[0], to(matrix()), to(matrix()), at::Reduction::None);
           },
           {to(matrix())});
     }},
    {"bce with logits",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::binary_cross_entropy_with_logits(x[0], to(matrix()), {}, to(at::rand({1})));
           },
           {to(matrix())});
     }},
    {"huber_loss",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::huber_loss(x[0], to(matrix())); }, {to(matrix())});
     }},
    {"smooth_l1_loss",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::smooth_l1_loss(x[0], to(matrix())); }, {to(matrix())});
     }},
    {"kl_div",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::kl_div(x[0], to(matrix())); }, {to(matrix())});
     }},
    {"multi_margin_loss",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::multi_margin_loss(x[0], to(classes({5}, 8))); },
                        {to(matrix())});
     }},
    {"hinge_embedding",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::hinge_embedding_loss(x[0], to(matrix())); }, {to(matrix())});
     }},
    {"cosine_embedding",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::cosine_similarity(x[0], x[1]); },
                        {to(matrix()), to(matrix())});
     }},
    {"triplet",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::triplet_margin_loss(x[0], x[1], x[2]); },
                        {to(matrix()), to(matrix()), to(matrix())});
     }},
    {"cdist",
     [](const To& to) -> Tensors {
       return {at::_cdist_forward(to(matrix()), to(at::rand({3, 8})), 2.0, {})};
     }},
    {"ctc",
     [](const To& to) -> Tensors {
       return {std::get<0>(
           at::_ctc_loss(to(at::rand({12, 2, 5}).log_softmax(2)), to(classes({2, 4}, 4) + 1), {12, 12}, {4, 3}))};
     }},
};

}  // namespace

TEST_CASE("losses have the shapes, types and strides of the real operators on meta") { compare(cases); }

}  // namespace dlrun::test::meta_losses_test
