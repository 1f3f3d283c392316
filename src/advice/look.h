// What data are, for the choice of a network: their kind and size, and what there is to predict.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dlrun {

struct LookOptions {
  std::string path;    // a file or folder
  std::string test;    // a file of its own to test on; empty: a part of the rows is drawn
  std::string target;  // of a table: the column to predict; empty: guessed
  std::string task;    // classification or regression; empty: guessed
};

struct DataLook {
  enum class Kind { table, series, pictures, text };
  Kind kind = Kind::table;
  std::string name;               // of the file, without folders and ending: "adult-train"
  std::vector<std::string> keys;  // of the recipe's `data`, each "key: value", without the splits
  bool has_val = false;           // the data have splits of their own
  std::string test;               // the key of the test split; empty where the data have one
  bool classification = true;

  int64_t samples = 0;                   // before any is held out
  int64_t numeric = 0, categorical = 0;  // columns of a table
  std::vector<int64_t> sizes;            // of a sample; -1 where it varies
  int64_t classes = 0;
  double commonest = 0.0, rarest = 0.0;  // shares of classes among the samples
  std::vector<std::string> guesses;      // what was not said and had to be guessed, for a person
};

// Opens the data once, all as training samples. Throws UserError: usage for what is no data that dlrun would know by
// looking, and what the reader throws.
DataLook look_at_data(const LookOptions& options);

// "a table of 32,561 rows: 6 columns of numbers, 8 of categories; 2 classes, the rarest 24 % of the rows".
std::string sentence_of(const DataLook& look);

}  // namespace dlrun
