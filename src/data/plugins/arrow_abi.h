// What libdlrun_arrow.so gives: plain C, so that Arrow's types and libraries stay inside it.

#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// A file that is read from front to back, by one thread at a time.
struct dlrun_arrow_reader;

struct dlrun_arrow_column {
  const char* name;
  const char* type;  // as Arrow writes it: "list<item: int64>"
  int read;          // 0: left out, since a cell has no text: lists, structs, binary data, and an index of pandas
  int index;         // 1: an index of pandas
  int64_t large;     // of what next() gave: whole numbers beyond 2^53, of which a double holds not every digit
};

// The next rows. Texts stand one column after the other, those that are read alone; valid until the next call.
struct dlrun_arrow_cells {
  int64_t rows;
  const char* text;
  const uint64_t* ends;  // [columns that are read][rows]: where each text ends
  int64_t bytes_done;    // of the file, as far as these rows go
};

// A column to be written. Of `numbers`, `whole`, `truths` and `text` with `ends` one is there.
struct dlrun_arrow_values {
  const char* name;
  const uint8_t* known;  // 1: has a value
  const double* numbers;
  const int64_t* whole;
  const uint8_t* truths;
  const char* text;
  const uint64_t* ends;
};

enum dlrun_arrow_kind { dlrun_parquet = 0, dlrun_arrow = 1, dlrun_feather = 2 };

// Takes bytes of a file that is written.
typedef void (*dlrun_take_bytes)(void* context, const void* bytes, size_t size);

struct dlrun_arrow_functions {
  int version;        // dlrun_arrow_version of the build
  const char* arrow;  // "25.0.1"
  // Never null. At most `memory` bytes are taken at a time for what is read.
  dlrun_arrow_reader* (*open)(const char* path, int64_t memory);
  // What went wrong last, a sentence about the file; null: nothing.
  const char* (*problem)(const dlrun_arrow_reader* reader);
  // Its columns, in their order; valid until close().
  const dlrun_arrow_column* (*columns)(const dlrun_arrow_reader* reader, size_t* count);
  int64_t (*rows)(const dlrun_arrow_reader* reader);  // of all the file; -1: its head does not say
  // False: there are no more, or problem() says why not.
  bool (*next)(dlrun_arrow_reader* reader, dlrun_arrow_cells* cells);
  void (*close)(dlrun_arrow_reader* reader);
  // Null: written; else a sentence, valid until the next call of the same thread.
  const char* (*write)(dlrun_arrow_kind kind, const dlrun_arrow_values* columns, size_t count, int64_t rows,
                       dlrun_take_bytes take, void* context);
};

}  // extern "C"

constexpr int dlrun_arrow_version = 1;
