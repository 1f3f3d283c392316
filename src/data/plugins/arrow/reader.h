// Parquet, Arrow and Feather files as cells of text, batch by batch.

#pragma once

#include <arrow/io/file.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/plugins/arrow/cells.h"
#include "data/plugins/arrow_abi.h"

// What is wrong with a file is a sentence in problem(), and nothing is thrown.
struct dlrun_arrow_reader {
 public:
  dlrun_arrow_reader(const char* path, int64_t memory);

  const char* problem() const { return problem_.empty() ? nullptr : problem_.c_str(); }
  const std::vector<dlrun_arrow_column>& columns() const { return columns_; }
  int64_t rows() const { return rows_; }
  bool next(dlrun_arrow_cells& cells);

 private:
  using Batch = std::shared_ptr<arrow::RecordBatch>;

  template <class Work>
  void attempt(Work work);  // what `work` throws, or the status that it returns, becomes the problem
  arrow::Status open(const std::string& path);
  arrow::Status open_parquet();
  arrow::Status open_file();
  arrow::Status open_stream(const std::string& path);
  // The columns of the file; which of them are read, by their places.
  std::vector<int> take_schema(const arrow::Schema& schema);
  arrow::Status read(dlrun_arrow_cells& cells);

  arrow::CappedMemoryPool pool_;
  std::shared_ptr<arrow::io::ReadableFile> file_;
  int64_t size_ = 0, rows_ = -1;
  std::vector<std::string> names_, types_;
  std::vector<dlrun_arrow_column> columns_;
  std::vector<size_t> read_;  // of columns_
  std::vector<ColumnText> texts_;
  std::function<arrow::Result<Batch>()> next_batch_;  // null at the end
  std::function<int64_t()> bytes_done_;
  Batch batch_;
  int64_t at_ = 0;                            // rows of batch_ that were given
  int64_t rows_done_ = 0, batches_done_ = 0;  // of the file
  CellTexts cells_;
  std::string problem_;
};
