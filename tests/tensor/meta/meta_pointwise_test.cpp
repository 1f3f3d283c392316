// Meta kernels of pointwise against the real operators.

#include "tensor/meta/cases.h"

namespace dlrun::test::meta_pointwise_test {

namespace {

const Case cases[] = {
    {"abs", [](const To& to) -> Tensors { return {at::abs(to(transposed()))}; }},
    {"abs of whole numbers", [](const To& to) -> Tensors { return {at::abs(to(classes({4}, 3)))}; }},
    {"logical_not", [](const To& to) -> Tensors { return {at::logical_not(to(matrix()))}; }},
    {"logical_and", [](const To& to) -> Tensors { return {at::logical_and(to(matrix()), to(at::rand({8})))}; }},
    {"logical_or", [](const To& to) -> Tensors { return {at::logical_or(to(matrix()), to(matrix()))}; }},
    {"logical_xor", [](const To& to) -> Tensors { return {at::logical_xor(to(matrix()), to(matrix()))}; }},
    {"isnan", [](const To& to) -> Tensors { return {at::isnan(to(transposed()))}; }},
    {"angle", [](const To& to) -> Tensors { return {at::angle(to(matrix()))}; }},
    {"nan_to_num", [](const To& to) -> Tensors { return {at::nan_to_num(to(matrix()))}; }},
    {"floor_divide",
     [](const To& to) -> Tensors {
       return {at::floor_divide(to(matrix()), to(at::rand({5, 1})))};
     }},
    {"floor_divide of whole numbers",
     [](const To& to) -> Tensors { return {at::floor_divide(to(classes({4}, 9)), to(classes({4}, 3) + 1))}; }},
    {"rsub", [](const To& to) -> Tensors { return {at::rsub(to(matrix()), to(at::rand({8})))}; }},
    {"where",
     [](const To& to) -> Tensors {
       return {at::where(to(matrix().gt(0.5)), to(matrix()), to(at::rand({1, 8})))};
     }},
    {"where of two types",
     [](const To& to) -> Tensors {
       return {at::where(to(matrix().gt(0.5)), to(classes({5, 8}, 3)), to(transposed()))};
     }},
    {"where of a number", [](const To& to) -> Tensors { return {at::where(to(matrix().gt(0.5)), to(matrix()), 0.0)}; }},
    {"bernoulli", [](const To& to) -> Tensors { return {at::bernoulli(to(matrix()))}; }},
    {"bernoulli with a chance", [](const To& to) -> Tensors { return {at::bernoulli(to(transposed()), 0.5)}; }},
    {"native_dropout", [](const To& to) { return list(at::native_dropout(to(matrix()), 0.5, true)); }},
    {"dropout",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::dropout(x[0], 0.5, true); }, {to(transposed())});
     }},
    {"feature_dropout",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::feature_dropout(x[0], 0.5, true); }, {to(images())});
     }},
    {"masked_fill",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return x[0].masked_fill(to(matrix().gt(0.5)), 0.0); }, {to(matrix())});
     }},
    {"clamp",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::clamp(x[0], 0.2, 0.8); }, {to(matrix())});
     }},
    {"pow and sqrt",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return (x[0].pow(2) + 1).sqrt(); }, {to(matrix())});
     }},
    {"lerp",
     [](const To& to) {
       return gradients([&](const Tensors& x) { return at::lerp(x[0], x[1], 0.3); }, {to(matrix()), to(matrix())});
     }},
};

}  // namespace

TEST_CASE("pointwise have the shapes, types and strides of the real operators on meta") { compare(cases); }

}  // namespace dlrun::test::meta_pointwise_test
