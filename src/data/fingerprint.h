// Which samples are the same: of rows of a table by what their cells say, of other samples by their bytes.

#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/hash.h"
#include "data/source.h"

namespace dlrun {

// Equal numbers are equal however they are written, all spellings of a missing value are one. `row`: of the table.
Hash128 hash_of_row(const SourceRows& rows, int64_t row);

// The hash of every row of a tensor [B, ...]; of its first `lengths` [B] entries where these are given: padding is no
// part of a sample.
void hash_rows(const at::Tensor& values, const at::Tensor& lengths, Hash128* hashes);

// Numbers samples so that the same ones have the same number: 0 for the first and those like it, and so on.
std::vector<int64_t> number_same(std::span<const Hash128> hashes);
// Of the rows of a tensor [N, ...].
std::vector<int64_t> number_same(const at::Tensor& samples);

}  // namespace dlrun
