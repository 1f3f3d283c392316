// What was found out about data files before, so that it need not be found out again before every training.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/contents.h"
#include "audit/overlap.h"
#include "spec/field.h"

namespace dlrun {

struct KnownData {
  std::vector<Overlap> overlaps;
  Contents contents;
};

// One answer, in a file of its own below $XDG_CACHE_HOME or ~/.cache. It holds as long as the parameters of the reader
// are the same and every file they name (in a folder: every file of it) has the same size, inode and time of last
// change. A cache that cannot be read or written is no error: the answer is worked out again.
class OverlapCache {
 public:
  // `reader`: the type of the component and its parameters. `options`: what else decides the splits.
  OverlapCache(const std::string& type, Params& reader, const OpenOptions& options);

  std::optional<KnownData> load() const;
  void store(const KnownData& known) const;
  const std::string& path() const { return path_; }  // empty: nothing is kept

 private:
  std::string path_;
};

}  // namespace dlrun
