// Columns as a Parquet, Arrow or Feather file.

#pragma once

#include <arrow/status.h>

#include <cstddef>
#include <cstdint>

#include "data/plugins/arrow_abi.h"

// Parquet compressed by snappy, Feather by LZ4, Arrow not at all, as pyarrow writes them.
arrow::Status write_table(dlrun_arrow_kind kind, const dlrun_arrow_values* columns, size_t count, int64_t rows,
                          dlrun_take_bytes take, void* context);
