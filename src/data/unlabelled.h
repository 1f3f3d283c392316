// Samples of another split whose targets nobody may see.

#pragma once

#include <memory>

#include "data/dataset.h"
#include "data/splits.h"

namespace dlrun {

class UnlabelledSplit final : public Split {
 public:
  explicit UnlabelledSplit(std::shared_ptr<const Split> labelled) : labelled_(std::move(labelled)) {}
  int64_t size() const override { return labelled_->size(); }
  Batch gather(std::span<const int64_t> indices) const override {
    Batch batch = labelled_->gather(indices);
    batch.erase("target");
    return batch;
  }
  std::string describe(int64_t index) const override { return labelled_->describe(index); }
  int64_t length(int64_t index) const override { return labelled_->length(index); }

 private:
  std::shared_ptr<const Split> labelled_;
};

// The field that readers offer it by.
inline Field unlabelled_field(Optional<SplitRule>& rule) {
  return field("unlabelled", rule,
               "Training samples whose targets are hidden, for tasks that learn from such too; taken after the "
               "validation split.");
}

}  // namespace dlrun
