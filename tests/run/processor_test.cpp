// The kind of processor, and what is told when a run goes on on another.

#include "run/processor.h"

#include <ATen/Version.h>

#include <catch2/catch.hpp>

namespace dlrun::processor_test {
namespace {

const nlohmann::json xeon = {{"model", "Intel Xeon"},
                             {"extensions", "avx avx2 avx512f"},
                             {"capability", "AVX512"},
                             {"settings", nlohmann::json::object()}};

TEST_CASE("the processor is described by its model, its vector extensions and what libtorch makes of them") {
  const nlohmann::json& found = describe_processor();
  CHECK(found.at("capability") == at::get_cpu_capability());
  CHECK(found.at("settings").is_object());
  // The same flags, asked of the system in another way.
  const std::string extensions = " " + found.at("extensions").get<std::string>() + " ";
  const auto offers = [&](const char* name) {
    return extensions.find(std::string(" ") + name + " ") != std::string::npos;
  };
  CHECK(offers("avx2") == (__builtin_cpu_supports("avx2") != 0));
  CHECK(offers("fma") == (__builtin_cpu_supports("fma") != 0));
  CHECK(offers("avx512f") == (__builtin_cpu_supports("avx512f") != 0));
}

TEST_CASE("going on on the same kind is no news") { CHECK(processor_change(xeon, xeon).empty()); }

TEST_CASE("where a checkpoint does not say what it was computed on, nothing is claimed") {
  CHECK(processor_change(nullptr, xeon).empty());
}

TEST_CASE("whatever chooses kernels is told, with both kinds") {
  nlohmann::json other = xeon;
  other["model"] = "AMD EPYC";
  CHECK(
      processor_change(xeon, other) ==
      "--resume: this run was computed on Intel Xeon (avx avx2 avx512f; libtorch uses AVX512) and goes on on AMD EPYC "
      "(avx avx2 avx512f; libtorch uses AVX512): from here on its numbers may differ in the last bits from those of a "
      "run that was never stopped");
  other = xeon;
  other["capability"] = "AVX2";
  CHECK_THAT(processor_change(xeon, other), Catch::Contains("libtorch uses AVX512) and goes on on Intel Xeon") &&
                                                Catch::Contains("libtorch uses AVX2)"));
  other = xeon;
  other["extensions"] = "avx avx2";
  CHECK_THAT(processor_change(xeon, other), Catch::Contains("(avx avx2 avx512f;") && Catch::Contains("(avx avx2;"));
  other = xeon;
  other["settings"]["MKL_CBWR"] = "COMPATIBLE";
  CHECK_THAT(processor_change(xeon, other), Catch::Contains("libtorch uses AVX512; MKL_CBWR=COMPATIBLE)"));
  CHECK_THAT(processor_change(other, xeon), Catch::Contains("libtorch uses AVX512; MKL_CBWR=COMPATIBLE)"));
}

}  // namespace
}  // namespace dlrun::processor_test
