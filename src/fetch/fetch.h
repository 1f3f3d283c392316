// Files of a data set, from where they are published to a folder: whole and verified, or not at all.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "fetch/data_sets.h"

namespace dlrun {

struct FetchOptions {
  std::string folder;      // of the set; made where it is not there
  std::string mirror;      // an URL: files are MIRROR/NAME/PATH instead of where the catalog says
  bool overwrite = false;  // files that are there with another content are replaced
  bool progress = true;    // how much is there, how fast it comes and how long it takes still
};

struct Fetched {
  int64_t there = 0;  // files that were there already, as they must be
  int64_t files = 0, bytes = 0;
};

// A file that is there with the right SHA-256 stays. Any other comes as PATH.part, which stays when the transfer is cut
// and is gone on with from where it is; it becomes PATH once its size and SHA-256 are the catalog's. What is not is
// removed, and the next URL is asked. `told` hears of each file, with whether it came now.
//
// Throws UserError: no_input where no URL gives a file, or DLRUN_OFFLINE forbids to ask; bad_data where what came is
// another file; cannot_write where one of another content is in the way, or another process fetches the set; again when
// stop_requested(), with what is kept. Other files are not touched.
Fetched fetch(const DataSet& set, const FetchOptions& options,
              const std::function<void(const DataFile& file, bool came)>& told = {});

}  // namespace dlrun
