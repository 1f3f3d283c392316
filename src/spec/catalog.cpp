// The catalog of this process.

#include "spec/catalog.h"

#include <algorithm>
#include <set>

namespace dlrun {

Catalog& Catalog::instance() {
  static Catalog catalog;  // Inside a function, so that components of any file may register in any order.
  return catalog;
}

void Catalog::add(Entry entry) {
  // The compiler names the file as the build did; only the part inside the project counts.
  const size_t start = entry.file.rfind("src/");
  if (start != std::string::npos) entry.file = entry.file.substr(start);
  entries_.push_back(std::move(entry));
}

const Entry* Catalog::find(const std::string& kind, const std::string& name) const {
  for (const Entry& entry : entries_)
    if (entry.kind == kind && entry.name == name) return &entry;
  return nullptr;
}

std::vector<const Entry*> Catalog::entries(const std::string& kind) const {
  std::vector<const Entry*> found;
  for (const Entry& entry : entries_)
    if (entry.kind == kind) found.push_back(&entry);
  std::sort(found.begin(), found.end(), [](const Entry* a, const Entry* b) { return a->name < b->name; });
  return found;
}

std::vector<std::string> Catalog::kinds() const {
  std::set<std::string> names;
  for (const Entry& entry : entries_) names.insert(entry.kind);
  return {names.begin(), names.end()};
}

}  // namespace dlrun
