// Every key of the schema, misspelt: one letter dropped, one doubled, two swapped. Each must be refused at its place,
// and nearly each with the right suggestion. The keys come from the catalog, so that new components are covered as they
// come.

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "spec/catalog.h"
#include "spec/node_of.h"
#include "spec/read.h"
#include "spec/sample.h"
#include "spec/suggest.h"

namespace dlrun::typo_test {

namespace {

std::set<std::string> typos(const std::string& key) {
  std::set<std::string> words;
  for (size_t i = 0; i < key.size(); ++i) {
    std::string dropped = key, doubled = key, swapped = key;
    words.insert(dropped.erase(i, 1));
    words.insert(doubled.insert(i, 1, key[i]));
    if (i + 1 < key.size()) {
      std::swap(swapped[i], swapped[i + 1]);
      words.insert(swapped);
    }
  }
  words.erase(key);
  words.erase("");
  return words;
}

struct Score {
  int typos = 0, refused = 0, right = 0;
  std::vector<std::string> wrong;
};

// A group of keys, and how its text begins and indents: everything above `keys` is right.
struct Site {
  std::string head;    // lines before
  std::string indent;  // of the keys
  std::string prefix;  // the path of the group, with a dot
  std::vector<std::string> keys;
  std::string only;              // a line that must be there (the type), empty for none
  std::set<std::string> within;  // kinds of the components around it: a task in a task is entered once
};

// `make` gives the recipe; what a misspelt key's value is does not matter.
void try_all(const Site& site, const std::function<std::shared_ptr<Params>()>& make, Score& score) {
  const std::set<std::string> known(site.keys.begin(), site.keys.end());
  for (const std::string& key : site.keys)
    for (const std::string& typo : typos(key)) {
      if (known.count(typo) != 0) continue;  // another key, hence not a typo
      const std::string before = site.head + (key == "type" ? "" : site.only);
      const std::string text = before + site.indent + "\"" + typo + "\": null\n";
      const auto line = std::count(text.begin(), text.end(), '\n');
      const std::string place = "r.yaml:" + std::to_string(line) + ":" + std::to_string(site.indent.size() + 1) + ": " +
                                site.prefix + typo + ": unknown key";
      ++score.typos;
      try {
        read_text(text, "r.yaml", {}, *make());
        score.wrong.push_back(site.prefix + typo + " was accepted");
      } catch (const RecipeError& error) {
        std::string message;
        for (const std::string& problem : error.problems())
          if (problem.starts_with(place)) message = problem;
        if (message.empty()) {
          score.wrong.push_back(place + " was not said, but: " + error.what());
          continue;
        }
        ++score.refused;
        const bool right = message.find("'" + key + "'") != std::string::npos ||
                           message.find(" " + site.prefix + key) != std::string::npos;
        score.right += right;
        if (!right) score.wrong.push_back(message + " (was " + key + ")");
      }
    }
}

std::vector<std::string> names(Params& params) {
  std::vector<std::string> keys;
  for (const Field& field : params.fields()) keys.push_back(field.name);
  return keys;
}

void collect_groups(Params& params, const Site& above, std::vector<Site>& sites) {
  Site here = above;
  here.keys = names(params);
  if (!above.only.empty()) here.keys.push_back("type");
  if (!here.keys.empty()) sites.push_back(here);
  for (const Field& field : params.fields()) {
    Site inner = above;
    inner.head += above.only + above.indent + field.name + ":\n";
    inner.only.clear();
    inner.indent += "  ";
    inner.prefix += field.name + ".";
    if (auto* group = std::get_if<Params*>(&field.slot)) collect_groups(**group, inner, sites);
    if (auto* group = std::get_if<AnyOptional*>(&field.slot)) collect_groups(*(*group)->make(), inner, sites);
    if (auto* list = std::get_if<AnyList*>(&field.slot)) {
      inner.head += inner.indent + "-\n";
      inner.indent += "  ";
      inner.prefix += "0.";
      collect_groups(*(*list)->make(), inner, sites);
    }
    const auto component = [&](const std::string& kind, Site at) {
      if (!at.within.insert(kind).second) return;
      for (const Entry* entry : Catalog::instance().entries(kind)) {
        Site site = at;
        site.only = site.indent + "type: " + entry->name + "\n";
        collect_groups(*entry->make(), site, sites);
      }
    };
    if (auto* choice = std::get_if<AnyChoice*>(&field.slot)) component((*choice)->kind, inner);
    if (auto* list = std::get_if<AnyChoiceList*>(&field.slot)) {
      inner.head += inner.indent + "-\n";
      inner.indent += "  ";
      inner.prefix += "0.";
      component((*list)->kind, inner);
    }
  }
}

Score score_of(const std::function<std::shared_ptr<Params>()>& make) {
  std::vector<Site> sites;
  collect_groups(*make(), {}, sites);
  Score score;
  for (const Site& site : sites) try_all(site, make, score);
  return score;
}

void check(const std::string& what, const Score& score) {
  for (const std::string& wrong : score.wrong) UNSCOPED_INFO(wrong);
  CHECK(score.typos > 0);
  CHECK(score.refused == score.typos);
  CHECK(score.right >= 0.95 * score.typos);
  WARN(what << ": " << score.typos << " typos, " << score.refused << " refused at their place, " << score.right << " ("
            << 100.0 * score.right / score.typos << " %) with the right suggestion");
}

}  // namespace

TEST_CASE("every misspelt key of the sample recipe is refused at its place, with the right suggestion") {
  sample::add_samples();
  check("sample recipe", score_of([] { return std::make_shared<sample::Recipe>(); }));
}

TEST_CASE("every misspelt key of a recipe is refused at its place, with the right suggestion") {
  const Entry* recipe = Catalog::instance().find("recipe", "recipe");
  REQUIRE(recipe);
  check("recipe", score_of(recipe->make));
}

TEST_CASE("every name of other tools leads to a key of the recipe") {
  const Entry* recipe = Catalog::instance().find("recipe", "recipe");
  REQUIRE(recipe);
  for (const auto& [name, paths] : foreign_names()) {
    const std::shared_ptr<Params> root = recipe->make();
    std::vector<std::string> siblings;
    for (const Field& field : root->fields()) siblings.push_back(field.name);
    if (std::find(siblings.begin(), siblings.end(), name) != siblings.end()) continue;  // a name of ours as well
    const std::string message = explain({name, name, "", "", siblings}, *root);
    INFO(name << ": " << message);
    CHECK(message.find("; dlrun calls this ") != std::string::npos);
  }
}

}  // namespace dlrun::typo_test
