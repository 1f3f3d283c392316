// Meta kernels of indexing against the real operators.

#include "tensor/meta/cases.h"

namespace dlrun::test::meta_indexing_test {

namespace {

const Case cases[] = {
    {"index_select", [](const To& to) -> Tensors { return {at::index_select(to(matrix()), 1, to(classes({4}, 8)))}; }},
    {"index_select channels_last",
     [](const To& to) -> Tensors { return {at::index_select(to(images(6, last)), 0, to(classes({2}, 3)))}; }},
    {"embedding",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::embedding(x[0], to(classes({4, 6}, 5))); }, {to(matrix())});
     }},
    {"take",
     [](const To& to) -> Tensors {
       return {at::take(to(matrix()), to(classes({2, 3}, 40)))};
     }},
    {"flip", [](const To& to) -> Tensors { return {at::flip(to(transposed()), {0})}; }},
    {"flip channels_last", [](const To& to) -> Tensors { return {at::flip(to(images(6, last)), {3})}; }},
    {"roll", [](const To& to) -> Tensors { return {at::roll(to(matrix()), {1}, {0})}; }},
    {"searchsorted", [](const To& to) -> Tensors { return {at::searchsorted(to(at::arange(9.0)), to(matrix()))}; }},
    {"searchsorted int32",
     [](const To& to) -> Tensors { return {at::searchsorted(to(at::arange(9.0)), to(matrix()), true)}; }},
    {"searchsorted a number", [](const To& to) -> Tensors { return {at::searchsorted(to(at::arange(9.0)), 3.5)}; }},
    {"bucketize", [](const To& to) -> Tensors { return {at::bucketize(to(matrix()), to(at::arange(9.0)))}; }},
    {"unfold",
     [](const To& to) { return gradients([&](const Tensors& x) { return x[0].unfold(1, 3, 2); }, {to(matrix())}); }},
    {"im2col",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::im2col(x[0], {3, 2}, {1, 1}, {1, 0}, {2, 1});
           },
           {to(images())});
     }},
    {"col2im",
     [](const To& to) {
       return gradients(
           [&](const Tensors& x) {
             return at::col2im(x[0], {9, 7}, {3, 1}, {1, 1}, {1, 0}, {1, 1});
           },
           {to(at::rand({2, 6, 63}))});
     }},
    {"multinomial", [](const To& to) -> Tensors { return {at::multinomial(to(matrix()), 3)}; }},
    {"multinomial of one row", [](const To& to) -> Tensors { return {at::multinomial(to(at::rand({9})), 3)}; }},
    {"channel_shuffle", [](const To& to) -> Tensors { return {at::channel_shuffle(to(images()), 3)}; }},
    {"gather",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::gather(x[0], 1, to(classes({5, 2}, 8))); }, {to(matrix())});
     }},
    {"scatter",
     [](const To& to) -> Tensors {
       return {at::scatter(to(matrix()), 1, to(classes({5, 2}, 8)), 1.0)};
     }},
    {"index_add",
     [](const To& to) -> Tensors {
       return {at::index_add(to(matrix()), 0, to(classes({3}, 5)), to(at::rand({3, 8})))};
     }},
    {"index",
     [](const To& to) -> Tensors {
       return {at::index(to(matrix()), {to(classes({3}, 5)), to(classes({3}, 8))})};
     }},
    {"one_hot", [](const To& to) -> Tensors { return {at::one_hot(to(classes({4}, 5)), 5)}; }},
    {"cat",
     [](const To& to) -> Tensors {
       return {at::cat({to(matrix()), to(transposed())})};
     }},
    {"stack",
     [](const To& to) -> Tensors {
       return {at::stack({to(matrix()), to(matrix())}, 1)};
     }},
    {"tril", [](const To& to) -> Tensors { return {at::tril(to(matrix()))}; }},
};

}  // namespace

TEST_CASE("indexing have the shapes, types and strides of the real operators on meta") { compare(cases); }

}  // namespace dlrun::test::meta_indexing_test
