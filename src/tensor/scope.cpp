// Where in a network the current thread is.

#include "tensor/scope.h"

namespace dlrun {
namespace {

const std::string nowhere;
thread_local const std::string* path = &nowhere;

}  // namespace

Scope::Scope(const std::string& inner) : outer_(path) { path = &inner; }

Scope::~Scope() { path = outer_; }

const std::string& Scope::current() { return *path; }

}  // namespace dlrun
