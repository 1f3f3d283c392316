// The kind of processor a run computes on. libtorch, MKL and oneDNN choose their kernels by it, and kernels differ in
// the last bits: a run that is resumed has the bits of one never stopped on the same kind only.

#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace dlrun {

// "model"; "extensions": the vector extensions it offers, in the system's words; "capability": the one libtorch's own
// kernels use (ATEN_CPU_CAPABILITY counts); "settings": the environment variables that choose other kernels in MKL,
// oneDNN and the C library, with their values, where they are set. Read once: libtorch and MKL look once too.
// Thread-safe.
const nlohmann::json& describe_processor();

// What to tell when a run goes on on `now`, both as describe_processor() gives them. Empty when the kind is the same,
// and when `before` is null: nothing is known.
std::string processor_change(const nlohmann::json& before, const nlohmann::json& now);

}  // namespace dlrun
