// Where in a network the current thread is: the path of the innermost module that runs.

#pragma once

#include <string>

namespace dlrun {

// Names what this thread computes until it is destroyed. Scopes nest. `path` must outlive the scope.
class Scope {
 public:
  explicit Scope(const std::string& path);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  static const std::string& current();  // "" outside of every scope

 private:
  const std::string* outer_;
};

}  // namespace dlrun
