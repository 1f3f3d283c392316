// Where a training tells what happened: the stream of metrics, and who listens.

#pragma once

#include <nlohmann/json.hpp>

#include "dist/agreement.h"
#include "run/metrics_stream.h"
#include "train/console.h"

namespace dlrun {

class Journal {
 public:
  // `metrics` is null in a further process of the run, whose first one tells.
  Journal(MetricsStream* metrics, Console& console) : metrics_(metrics), console_(console) {}
  // One record, into metrics.jsonl and, with --json, onto stdout.
  void tell(const nlohmann::ordered_json& record) {
    if (!metrics_) return;
    metrics_->write(record);
    metrics_->flush();
    console_.record(record);
  }
  // A record that one rank of several made, on all of them.
  void tell_of(Group& group, int64_t rank, const nlohmann::ordered_json& record) {
    if (group.size() == 1) return tell(record);
    tell(nlohmann::ordered_json::parse(text_of_rank(group, rank, line_of(record))));
  }
  int64_t position() { return metrics_ ? metrics_->flush() : 0; }  // bytes of what was told
  // Makes what was told durable.
  void commit() {
    if (metrics_) metrics_->commit();
  }

 private:
  MetricsStream* metrics_;
  Console& console_;
};

}  // namespace dlrun
