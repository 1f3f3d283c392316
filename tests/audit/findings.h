// Helpers for the tests of findings: a table's audit, and findings by name.

#pragma once

#include <catch2/catch.hpp>

#include "audit/finding.h"
#include "data/components.h"

namespace dlrun::test {

struct Audited {
  Splits splits;
  std::vector<DataFinding> findings;

  // The findings of that name, in order.
  std::vector<DataFinding> named(const std::string& name) const {
    std::vector<DataFinding> found;
    for (const DataFinding& finding : findings)
      if (finding.name == name) found.push_back(finding);
    return found;
  }
  // The one finding of that name.
  DataFinding only(const std::string& name) const {
    const std::vector<DataFinding> found = named(name);
    INFO(name);
    REQUIRE(found.size() == 1);
    return found[0];
  }
  // The names of all findings that are no notes.
  std::set<std::string> alarms() const {
    std::set<std::string> names;
    for (const DataFinding& finding : findings)
      if (finding.gravity != Gravity::note) names.insert(finding.name);
    return names;
  }
};

inline Audited audited(Splits splits, const nlohmann::json& settings = nlohmann::json::object(),
                       std::vector<Unreadable> unreadable = {}) {
  DataCheckSettings chosen;
  fill(chosen, settings);
  Audited result{std::move(splits), {}};
  result.findings = audit({result.splits, chosen, std::move(unreadable)});
  return result;
}

// A table whose rows with "b" in column s are the test split; y is the target.
inline Audited audited_table(const std::string& text, const nlohmann::json& settings = nlohmann::json::object(),
                             bool classification = true, nlohmann::json reader = nlohmann::json::object()) {
  const TempDir dir;
  reader.update({{"path", dir.write("t.csv", text)}, {"target", "y"}, {"test", {{"column", "s"}, {"value", "b"}}}});
  return audited(dataset("csv", reader)->open({.classification = classification, .keep_rows = true}), settings);
}

}  // namespace dlrun::test
