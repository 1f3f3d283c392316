// Columns as a Parquet, Arrow or Feather file.

#include "data/plugins/arrow/writer.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/feather.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <string_view>
#include <vector>

namespace {

constexpr int64_t rows_of_group = 1 << 20;

// Gives on what is written.
class GivingStream final : public arrow::io::OutputStream {
 public:
  GivingStream(dlrun_take_bytes take, void* context) : take_(take), context_(context) {}

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return given_; }
  arrow::Status Write(const void* bytes, int64_t size) override {
    take_(context_, bytes, static_cast<size_t>(size));
    given_ += size;
    return arrow::Status::OK();
  }
  using arrow::io::OutputStream::Write;

 private:
  dlrun_take_bytes take_;
  void* context_;
  int64_t given_ = 0;
  bool closed_ = false;
};

template <class Builder, class Value>
arrow::Result<std::shared_ptr<arrow::Array>> build(const dlrun_arrow_values& column, int64_t rows, Value value) {
  Builder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(rows));
  for (int64_t row = 0; row < rows; ++row)
    ARROW_RETURN_NOT_OK(column.known[row] ? builder.Append(value(row)) : builder.AppendNull());
  return builder.Finish();
}

arrow::Result<std::shared_ptr<arrow::Array>> array_of(const dlrun_arrow_values& column, int64_t rows) {
  if (column.numbers) return build<arrow::DoubleBuilder>(column, rows, [&](int64_t i) { return column.numbers[i]; });
  if (column.whole) return build<arrow::Int64Builder>(column, rows, [&](int64_t i) { return column.whole[i]; });
  if (column.truths)
    return build<arrow::BooleanBuilder>(column, rows, [&](int64_t i) { return column.truths[i] != 0; });
  return build<arrow::StringBuilder>(column, rows, [&](int64_t i) {
    const uint64_t begin = i == 0 ? 0 : column.ends[i - 1];
    return std::string_view(column.text + begin, column.ends[i] - begin);
  });
}

}  // namespace

arrow::Status write_table(dlrun_arrow_kind kind, const dlrun_arrow_values* columns, size_t count, int64_t rows,
                          dlrun_take_bytes take, void* context) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t i = 0; i < count; ++i) {
    ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::Array> array, array_of(columns[i], rows));
    fields.push_back(arrow::field(columns[i].name, array->type()));
    arrays.push_back(array);
  }
  const std::shared_ptr<arrow::Table> table = arrow::Table::Make(arrow::schema(fields), arrays, rows);
  const auto stream = std::make_shared<GivingStream>(take, context);
  if (kind == dlrun_parquet) {
    const auto properties = parquet::WriterProperties::Builder().compression(arrow::Compression::SNAPPY)->build();
    return parquet::arrow::WriteTable(*table, arrow::system_memory_pool(), stream, rows_of_group, properties);
  }
  if (kind == dlrun_feather) return arrow::ipc::feather::WriteTable(*table, stream.get());
  ARROW_ASSIGN_OR_RAISE(const auto writer, arrow::ipc::MakeFileWriter(stream, table->schema()));
  ARROW_RETURN_NOT_OK(writer->WriteTable(*table));
  return writer->Close();
}
