// What the training loop takes batches from.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/loader.h"

namespace dlrun {

// A position in it is a number of steps, whatever the streams behind it are: what comes out after seek(step) is always
// the same. A feed for which that is not enough, because it depends on what was learned on the way, has a state, goes
// nowhere but where its state stands, and gives the same from there on. One thread calls it.
class Feed {
 public:
  virtual ~Feed() = default;
  virtual int64_t steps() const = 0;               // of an epoch
  virtual void seek(int64_t step) = 0;             // next() gives the batch of that step, from 0
  virtual Batch next() = 0;                        // goes on across the ends of epochs
  virtual double waited_seconds() const = 0;       // time next() spent waiting, since construction
  virtual TensorList state() const { return {}; }  // on the CPU; next() goes on writing into them
  virtual void load(const TensorList& saved) {}    // what state() gave. Throws UserError(bad_data) where it is not that
};

// Batches of one loader; of an epoch the first `limit` (0: all). Those of further loaders lie beside them, each behind
// its prefix and cut to as many samples; they begin anew when they are through, in their own time.
class LoaderFeed final : public Feed {
 public:
  using Beside = std::vector<std::pair<std::string, std::unique_ptr<Loader>>>;
  LoaderFeed(std::unique_ptr<Loader> first, Beside beside, int64_t limit);

  int64_t steps() const override { return steps_; }
  void seek(int64_t step) override;
  Batch next() override;
  double waited_seconds() const override;

 private:
  std::unique_ptr<Loader> first_;
  Beside beside_;
  int64_t steps_, step_ = 0;
};

}  // namespace dlrun
