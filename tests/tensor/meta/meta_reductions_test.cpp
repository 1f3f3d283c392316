// Meta kernels of reductions against the real operators.

#include "tensor/meta/cases.h"

namespace dlrun::test::meta_reductions_test {

namespace {

const Case cases[] = {
    {"max", [](const To& to) -> Tensors { return {at::max(to(matrix()))}; }},
    {"min", [](const To& to) -> Tensors { return {at::min(to(classes({7}, 5)))}; }},
    {"median", [](const To& to) -> Tensors { return {at::median(to(matrix()))}; }},
    {"median along", [](const To& to) { return list(at::median(to(matrix()), 1, true)); }},
    {"nanmedian along", [](const To& to) { return list(at::nanmedian(to(matrix()), 0, false)); }},
    {"prod", [](const To& to) -> Tensors { return {at::prod(to(matrix()))}; }},
    {"prod of whole numbers", [](const To& to) -> Tensors { return {at::prod(to(classes({4}, 3).to(at::kInt)))}; }},
    {"nansum", [](const To& to) -> Tensors { return {at::nansum(to(matrix()), {1}, true)}; }},
    {"trace", [](const To& to) -> Tensors { return {at::trace(to(matrix()))}; }},
    {"std", [](const To& to) -> Tensors { return {at::std(to(matrix()), at::IntArrayRef{1}, 1, true)}; }},
    {"var",
     [](const To& to) -> Tensors {
       return {at::var(to(images()), at::IntArrayRef{0, 2}, 1, false)};
     }},
    {"var of all", [](const To& to) -> Tensors { return {at::var(to(matrix()))}; }},
    {"std_mean", [](const To& to) { return list(at::std_mean(to(matrix()), at::IntArrayRef{0})); }},
    {"var_mean",
     [](const To& to) {
       return list(at::var_mean(to(images()), at::IntArrayRef{0, 2, 3}, 1, true));
     }},
    {"count_nonzero", [](const To& to) -> Tensors { return {at::count_nonzero(to(matrix()), at::IntArrayRef{1})}; }},
    {"count_nonzero of all", [](const To& to) -> Tensors { return {at::count_nonzero(to(matrix()))}; }},
    {"kthvalue", [](const To& to) { return list(at::kthvalue(to(matrix()), 2, 1)); }},
    {"mode", [](const To& to) { return list(at::mode(to(matrix()), 1)); }},
    {"cummax", [](const To& to) { return list(at::cummax(to(matrix()), 1)); }},
    {"cummin", [](const To& to) { return list(at::cummin(to(matrix()), 0)); }},
    {"logcumsumexp", [](const To& to) -> Tensors { return {at::logcumsumexp(to(matrix()), 1)}; }},
    {"dot", [](const To& to) -> Tensors { return {at::dot(to(at::rand({7})), to(at::rand({7})))}; }},
    {"vdot", [](const To& to) -> Tensors { return {at::vdot(to(at::rand({7})), to(at::rand({7})))}; }},
    {"topk", [](const To& to) { return list(at::topk(to(matrix()), 3, 1)); }},
    {"sort", [](const To& to) { return list(at::sort(to(matrix()), 1)); }},
    {"stable sort", [](const To& to) { return list(at::sort(to(matrix()), true, 1, true)); }},
    {"argsort", [](const To& to) -> Tensors { return {at::argsort(to(matrix()))}; }},
    {"argmax", [](const To& to) -> Tensors { return {at::argmax(to(matrix()), 1)}; }},
    {"argmin", [](const To& to) -> Tensors { return {at::argmin(to(matrix()))}; }},
    {"any", [](const To& to) -> Tensors { return {to(matrix()).gt(0.5).any(1)}; }},
    {"all", [](const To& to) -> Tensors { return {to(matrix()).gt(0.5).all()}; }},
    {"max along", [](const To& to) { return list(at::max(to(matrix()), 1)); }},
    {"amax",
     [](const To& to) -> Tensors {
       return {at::amax(to(images()), {2, 3})};
     }},
    {"mean",
     [](const To& to) -> Tensors {
       return {at::mean(to(images()), at::IntArrayRef{2, 3})};
     }},
    {"sum", [](const To& to) -> Tensors { return {at::sum(to(matrix()))}; }},
    {"logsumexp", [](const To& to) -> Tensors { return {at::logsumexp(to(matrix()), {1})}; }},
    {"cumsum", [](const To& to) -> Tensors { return {at::cumsum(to(matrix()), 1)}; }},
    {"norm", [](const To& to) -> Tensors { return {at::linalg_vector_norm(to(matrix()))}; }},
    {"norm by row", [](const To& to) -> Tensors { return {at::norm(to(matrix()), 2, {1})}; }},
};

}  // namespace

TEST_CASE("reductions have the shapes, types and strides of the real operators on meta") { compare(cases); }

}  // namespace dlrun::test::meta_reductions_test
