// Parquet, Arrow and Feather files as cells of text, batch by batch, by the libraries of pyarrow.

#include "data/plugins/arrow/reader.h"

#include <arrow/extension_type.h>
#include <arrow/ipc/reader.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/properties.h>

#include <algorithm>
#include <new>
#include <string_view>

namespace {

constexpr int64_t most_rows = 8192;  // that become text at a time

// Names that pandas gives to an index without one.
bool is_index(std::string_view name) { return name.starts_with("__index_level_") && name.ends_with("__"); }

}  // namespace

template <class Work>
void dlrun_arrow_reader::attempt(Work work) {
  try {
    const arrow::Status status = work();
    if (status.ok()) return;
    problem_ = status.IsOutOfMemory() ? "takes more memory than this machine can give: " + status.message()
               : status.IsCancelled() ? status.message()  // our own sentences
                                      : "cannot be read, being damaged, cut short or encrypted: " + status.message();
  } catch (const std::bad_alloc&) {
    problem_ = "takes more memory than this machine can give";
  } catch (const std::exception& error) {
    problem_ = std::string("cannot be read, being damaged, cut short or encrypted: ") + error.what();
  }
}

dlrun_arrow_reader::dlrun_arrow_reader(const char* path, int64_t memory) : pool_(arrow::system_memory_pool(), memory) {
  attempt([&] { return open(path); });
}

arrow::Status dlrun_arrow_reader::open(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(file_, arrow::io::ReadableFile::Open(path, &pool_));
  ARROW_ASSIGN_OR_RAISE(size_, file_->GetSize());
  uint8_t first[8] = {};
  ARROW_ASSIGN_OR_RAISE(const int64_t got, file_->ReadAt(0, sizeof first, first));
  const std::string_view begin(reinterpret_cast<const char*>(first), static_cast<size_t>(got));
  if (begin.empty()) return arrow::Status::Cancelled("is empty, expected a table");
  if (begin.starts_with("PAR1")) return open_parquet();
  if (begin.starts_with("ARROW1")) return open_file();
  if (begin.starts_with("\xFF\xFF\xFF\xFF")) return open_stream(path);
  if (begin.starts_with("PARE"))
    return arrow::Status::Cancelled("is an encrypted Parquet file; write it without encryption");
  if (begin.starts_with("FEA1"))
    return arrow::Status::Cancelled("is Feather of version 1; pyarrow.feather.write_feather writes it as version 2");
  return arrow::Status::Cancelled("is no Parquet, Arrow or Feather file: its first bytes are none of theirs");
}

std::vector<int> dlrun_arrow_reader::take_schema(const arrow::Schema& schema) {
  std::vector<int> places;
  for (int i = 0; i < schema.num_fields(); ++i) {
    names_.push_back(schema.field(i)->name());
    types_.push_back(schema.field(i)->type()->ToString());
    const bool index = is_index(names_.back()), read = !index && has_text(*schema.field(i)->type());
    columns_.push_back({nullptr, nullptr, read, index, 0});
    if (!read) continue;
    places.push_back(i);
    read_.push_back(static_cast<size_t>(i));
  }
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].name = names_[i].c_str();
    columns_[i].type = types_[i].c_str();
  }
  texts_.resize(read_.size());
  return places;
}

arrow::Status dlrun_arrow_reader::open_parquet() {
  parquet::ReaderProperties bytes(&pool_);
  bytes.enable_buffered_stream();  // a column is read in pieces, not with all of its row group
  bytes.set_buffer_size(1 << 20);
  bytes.set_page_checksum_verification(true);
  parquet::ArrowReaderProperties values(/*use_threads=*/false);
  values.set_pre_buffer(false);
  values.set_batch_size(most_rows);
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(file_, bytes));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<parquet::arrow::FileReader> reader,
                        builder.memory_pool(&pool_)->properties(values)->Build());
  rows_ = reader->parquet_reader()->metadata()->num_rows();
  if (rows_ < 0) return arrow::Status::Invalid("it claims ", rows_, " rows");
  std::shared_ptr<arrow::Schema> schema;
  ARROW_RETURN_NOT_OK(reader->GetSchema(&schema));
  std::vector<int> groups(static_cast<size_t>(reader->num_row_groups())), leaves;
  for (size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<int>(i);
  for (const int place : take_schema(*schema))
    leaves.push_back(reader->manifest().schema_fields.at(static_cast<size_t>(place)).column_index);
  if (leaves.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> batches,
                        reader->GetRecordBatchReader(groups, leaves));
  next_batch_ = [reader, batches] { return batches->Next(); };
  bytes_done_ = [this] {
    const double share = static_cast<double>(rows_done_) / static_cast<double>(std::max<int64_t>(1, rows_));
    return static_cast<int64_t>(share * static_cast<double>(size_));
  };
  return arrow::Status::OK();
}

arrow::Status dlrun_arrow_reader::open_file() {
  using arrow::ipc::RecordBatchFileReader;
  arrow::ipc::IpcReadOptions options;
  options.memory_pool = &pool_;
  options.use_threads = false;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<RecordBatchFileReader> reader, RecordBatchFileReader::Open(file_, options));
  options.included_fields = take_schema(*reader->schema());
  if (read_.empty()) return arrow::Status::OK();
  if (read_.size() < columns_.size()) {
    ARROW_ASSIGN_OR_RAISE(reader, RecordBatchFileReader::Open(file_, options));
  }
  next_batch_ = [reader, number = 0]() mutable -> arrow::Result<Batch> {
    return number < reader->num_record_batches() ? reader->ReadRecordBatch(number++) : Batch();
  };
  bytes_done_ = [this, reader] { return size_ / std::max(1, reader->num_record_batches()) * batches_done_; };
  return arrow::Status::OK();
}

arrow::Status dlrun_arrow_reader::open_stream(const std::string& path) {
  using arrow::ipc::RecordBatchStreamReader;
  arrow::ipc::IpcReadOptions options;
  options.memory_pool = &pool_;
  options.use_threads = false;
  ARROW_RETURN_NOT_OK(file_->Seek(0));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<RecordBatchStreamReader> reader, RecordBatchStreamReader::Open(file_, options));
  options.included_fields = take_schema(*reader->schema());
  if (read_.empty()) return arrow::Status::OK();
  if (read_.size() < columns_.size()) {
    ARROW_ASSIGN_OR_RAISE(file_, arrow::io::ReadableFile::Open(path, &pool_));
    ARROW_ASSIGN_OR_RAISE(reader, RecordBatchStreamReader::Open(file_, options));
  }
  next_batch_ = [reader] { return reader->Next(); };
  bytes_done_ = [this] { return file_->Tell().ValueOr(0); };
  return arrow::Status::OK();
}

arrow::Status dlrun_arrow_reader::read(dlrun_arrow_cells& cells) {
  cells = {};
  if (!next_batch_) return arrow::Status::OK();
  while (!batch_ || at_ == batch_->num_rows()) {
    ARROW_ASSIGN_OR_RAISE(batch_, next_batch_());
    at_ = 0;
    ++batches_done_;
    if (!batch_) {
      if (rows_ >= 0 && rows_done_ != rows_)
        return arrow::Status::Invalid("it holds ", rows_done_, " rows, and its end says ", rows_);
      return arrow::Status::OK();
    }
    if (batch_->num_columns() != static_cast<int>(read_.size()))
      return arrow::Status::Invalid("a batch has ", batch_->num_columns(), " columns of ", read_.size());
    for (int i = 0; i < batch_->num_columns(); ++i) {
      // What a file says of places within its buffers may be anything.
      const arrow::Status valid = batch_->column(i)->ValidateFull();
      if (!valid.ok())
        return valid.WithMessage("column '", names_[read_[static_cast<size_t>(i)]], "': ", valid.message());
    }
  }
  const Batch piece = batch_->Slice(at_, most_rows);
  at_ += piece->num_rows();
  rows_done_ += piece->num_rows();
  cells_.text.clear();
  cells_.ends.clear();
  for (size_t i = 0; i < read_.size(); ++i) {
    texts_[i].append(*piece->column(static_cast<int>(i)), cells_);
    columns_[read_[i]].large = texts_[i].large;
  }
  cells = {piece->num_rows(), cells_.text.data(), cells_.ends.data(), std::min(size_, bytes_done_())};
  return arrow::Status::OK();
}

bool dlrun_arrow_reader::next(dlrun_arrow_cells& cells) {
  attempt([&] { return read(cells); });
  return problem_.empty() && cells.rows > 0;
}
