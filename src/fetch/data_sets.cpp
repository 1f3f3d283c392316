// The catalog of data sets.

#include "fetch/data_sets.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "spec/read.h"

namespace dlrun {
namespace {

[[noreturn]] void refuse(const std::string& file, const std::string& problem) {
  throw UserError(ExitCode::bad_recipe, file + ": " + problem);
}

bool stays_inside(const std::string& path) {
  const std::vector<std::string> names = split(path, '/');
  return std::none_of(names.begin(), names.end(),
                      [](const std::string& name) { return name.empty() || name == "." || name == ".."; });
}

void check(const std::string& file, const DataSet& set) {
  if (!stays_inside(set.name) || set.name.find('/') != std::string::npos)
    refuse(file, "'" + set.name + "' is no name of a folder");
  std::set<std::string> paths;
  for (size_t i = 0; i < set.files.size(); ++i) {
    const DataFile& one = set.files[i];
    if (!stays_inside(one.path)) refuse(file, set.name + ": '" + one.path + "' leads out of the folder of the set");
    if (!paths.insert(one.path).second) refuse(file, set.name + ": " + one.path + " is there twice");
    const bool digits = one.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (one.sha256.size() != 64 || !digits)
      refuse(file, set.name + ": " + one.path + ": sha256 must be 64 digits of 0-9 and a-f, got " + one.sha256);
  }
}

}  // namespace

std::vector<Field> DataFile::fields() {
  return {
      field("path", path, "The file, below the folder of its set.", required(), not_empty()),
      field("bytes", bytes, "Its size.", required(), at_least(0)),
      field("sha256", sha256, "Its SHA-256, 64 digits.", required()),
      field("urls", urls, "Where it is, by HTTPS; tried in this order.", required(), not_empty()),
  };
}

std::vector<Field> DataSet::fields() {
  return {
      field("name", name, "What fetch and the folder are called.", required(), not_empty()),
      field("about", about, "What it is, in a sentence.", required()),
      field("licence", licence, "What allows to fetch and use it.", required(), not_empty()),
      field("home", home, "The page of those who made it.", required()),
      field("files", files, "What comes out.", required(), not_empty()),
  };
}

int64_t DataSet::bytes() const {
  int64_t sum = 0;
  for (size_t i = 0; i < files.size(); ++i) sum += files[i].bytes;
  return sum;
}

std::vector<Field> DataSets::fields() { return {field("sets", sets, "The data sets.", required())}; }

const DataSet& DataSets::find(const std::string& name) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < sets.size(); ++i) {
    if (sets[i].name == name) return sets[i];
    names.push_back(sets[i].name);
  }
  const std::string near = nearest(name, names);
  throw UserError(ExitCode::usage, "dlrun data fetch: no data set is called '" + name + "'" +
                                       (near.empty() ? "" : "; did you mean '" + near + "'?") +
                                       " See dlrun data list.");
}

void read_data_sets(const std::string& file, DataSets& sets) {
  read_file(file, {}, sets);
  std::set<std::string> names;
  for (size_t i = 0; i < sets.sets.size(); ++i) {
    check(file, sets.sets[i]);
    if (!names.insert(sets.sets[i].name).second) refuse(file, sets.sets[i].name + " is there twice");
  }
}

}  // namespace dlrun
