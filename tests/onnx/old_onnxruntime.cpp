// A library that says it is an onnxruntime of 2021: for the test that refuses it.

#include <cstdint>

namespace {

struct ApiBase {
  const void* (*get_api)(uint32_t version);
  const char* (*version)();
};

const ApiBase base = {[](uint32_t) -> const void* { return nullptr; }, [] { return "1.8.2"; }};

}  // namespace

extern "C" const ApiBase* OrtGetApiBase() { return &base; }
