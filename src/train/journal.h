// Where a training tells what happened: the stream of metrics, and who listens.

#pragma once

#include <nlohmann/json.hpp>

#include "run/metrics_stream.h"
#include "train/console.h"

namespace dlrun {

class Journal {
 public:
  Journal(MetricsStream& metrics, Console& console) : metrics_(metrics), console_(console) {}
  // One record, into metrics.jsonl and, with --json, onto stdout.
  void tell(const nlohmann::ordered_json& record) {
    metrics_.write(record);
    metrics_.flush();
    console_.record(record);
  }
  // Makes what was told durable; the bytes of it.
  int64_t commit() { return metrics_.commit(); }

 private:
  MetricsStream& metrics_;
  Console& console_;
};

}  // namespace dlrun
