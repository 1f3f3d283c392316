// Data sets that are fetched by their names: where they are, what they must be, whose licence they are under.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spec/field.h"

namespace dlrun {

struct DataFile final : Params {
  std::string path;  // below the set's folder
  int64_t bytes = 0;
  std::string sha256;
  std::vector<std::string> urls;  // tried in this order
  std::vector<Field> fields() override;
};

struct DataSet final : Params {
  std::string name, about, licence, home;
  List<DataFile> files;
  std::vector<Field> fields() override;
  int64_t bytes() const;  // of all its files
};

struct DataSets final : Params {
  List<DataSet> sets;
  std::vector<Field> fields() override;
  // Throws UserError(usage), with the name that was probably meant.
  const DataSet& find(const std::string& name) const;
};

// Reads a catalog. Throws UserError(no_input), or RecipeError for one that is malformed: a name twice, a path that
// leads out of the folder, a checksum that is none.
void read_data_sets(const std::string& file, DataSets& sets);

}  // namespace dlrun
