// Several files that belong together, put into a folder a person named: all of them or none, and nobody else's harmed.

#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"

namespace dlrun {

// Files are made in staging(), a folder inside; commit() puts them in place. Which files of the folder are dlrun's
// stands in a list beside them (.dlrun-export.json, with sizes and hashes): commit() takes away those of the last time
// and no others. Killed or failing at any moment it leaves the old files whole, or the new ones whole, or for the
// length of a few renames less than either: never some of both. One process at a time; not thread-safe. Throws
// UserError as FileSystem does, and cannot_write while another process writes there.
class OutputFolder {
 public:
  explicit OutputFolder(const std::string& folder);  // creates it; takes away what a killed process left half done
  ~OutputFolder();                                   // what was not committed is gone
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  const std::string& staging() const { return staging_; }
  // Puts the files of these names, all of staging(), in place, one after the other: what makes the others readable (an
  // index, a model whose data lie beside it) comes last. Throws UserError(cannot_write), and changes nothing, where one
  // of them, or weights that would be read with them, is there and not dlrun's.
  void commit(const std::vector<std::string>& names);

  // Takes away what was committed there, and the folder where nothing else is in it; gives how many others there are.
  static int remove_from(const std::string& folder);

 private:
  void refuse_others(const std::vector<std::string>& names) const;

  std::string folder_, staging_;
  std::unique_ptr<FileLock> lock_;
};

}  // namespace dlrun
