// Integers that follow the sizes of a network's input, found by running it at several sizes.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dlrun {

// The same integer of the program in every recording.
class Integer {
 public:
  Integer(int64_t fixed) : recorded_{fixed} {}  // NOLINT: an integer like any other
  explicit Integer(std::vector<int64_t> recorded);

  bool fixed() const { return recorded_.size() == 1; }
  int64_t value() const { return recorded_.front(); }  // where it is fixed: in every recording
  int64_t in(size_t recording) const { return recorded_[fixed() ? 0 : recording]; }
  size_t recordings() const { return recorded_.size(); }  // 1 where it is fixed
  bool operator==(const Integer& other) const = default;

 private:
  std::vector<int64_t> recorded_;  // one number alone where all are equal
};

Integer operator+(const Integer& a, const Integer& b);
Integer operator*(const Integer& a, const Integer& b);

// A dimension of an input that may have any size.
struct DynamicSize {
  std::string name;  // "batch"
  std::string input;
  int64_t axis = 0;
  std::vector<int64_t> recorded;  // in every recording; no two dimensions follow each other
};

// sum over terms of factor * product of dimensions, plus offset.
struct SizeExpression {
  struct Term {
    int64_t factor = 1;
    std::vector<size_t> dimensions;  // one or two
  };
  std::vector<Term> terms;
  int64_t offset = 0;
};

// The expression that gives the integer in every recording: factor * d + offset, factor * d * e + offset, or
// factor * d + factor * e + offset. Nothing when there is none. Needs four recordings, so that each form is confirmed
// by at least one more than decide it.
std::optional<SizeExpression> fit(const Integer& integer, const std::vector<DynamicSize>& dimensions);

}  // namespace dlrun
