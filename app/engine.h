// The engine: libdlrun_engine.so, loaded only by verbs that compute, because starting libtorch takes half a second.

#pragma once

namespace dlrun {

// The engine's function of this name. Throws UserError(no_input) when the engine or libtorch cannot be loaded.
void* engine_function(const char* name);

// The same of an engine that is loaded already; null where none is.
void* loaded_engine_function(const char* name);

// Calls the engine's `extern "C" int name(const Options&)`.
template <class Options>
int call_engine(const char* name, const Options& options) {
  return reinterpret_cast<int (*)(const Options&)>(engine_function(name))(options);
}

}  // namespace dlrun
