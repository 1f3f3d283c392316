// libdlrun_arrow.so: Parquet, Arrow and Feather tables by the C++ libraries in the wheel of pyarrow. Loaded only when
// one is met: they are 70 MB.

#include <arrow/config.h>

#include <exception>
#include <string>

#include "data/plugins/arrow/reader.h"
#include "data/plugins/arrow/writer.h"
#include "data/plugins/arrow_abi.h"

namespace {

dlrun_arrow_reader* open_table(const char* path, int64_t memory) { return new dlrun_arrow_reader(path, memory); }

const char* problem_of(const dlrun_arrow_reader* reader) { return reader->problem(); }

const dlrun_arrow_column* columns_of(const dlrun_arrow_reader* reader, size_t* count) {
  *count = reader->columns().size();
  return reader->columns().data();
}

int64_t rows_of(const dlrun_arrow_reader* reader) { return reader->rows(); }

bool next_cells(dlrun_arrow_reader* reader, dlrun_arrow_cells* cells) { return reader->next(*cells); }

void close_table(dlrun_arrow_reader* reader) { delete reader; }

const char* write_columns(dlrun_arrow_kind kind, const dlrun_arrow_values* columns, size_t count, int64_t rows,
                          dlrun_take_bytes take, void* context) {
  thread_local std::string problem;
  try {
    const arrow::Status status = write_table(kind, columns, count, rows, take, context);
    if (status.ok()) return nullptr;
    problem = status.message();
  } catch (const std::exception& error) {
    problem = error.what();
  }
  return problem.c_str();
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const dlrun_arrow_functions* dlrun_arrow_plugin() {
  static const dlrun_arrow_functions functions = {dlrun_arrow_version, ARROW_VERSION_STRING, open_table,
                                                  problem_of,          columns_of,           rows_of,
                                                  next_cells,          close_table,          write_columns};
  return &functions;
}
