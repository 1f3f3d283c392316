// Rules that join fields, as data: expressions over the fields of a group.
//
// They are text so that they can be printed, carried in the catalog and checked by a program that has no class of the
// component. An expression is built from
//
//   or  and  not  ( )      of conditions
//   == != < <= > >=        of values; with null only == and != can hold
//   + - * / %              of numbers; null with null, or divided by zero
//   momentum, optimizer.lr a field, dotted into groups and chosen components; null where the way leads nowhere
//   1e-3 'text' true false null
//   given(a)               a value that is there: not null, no empty list or text, a group or component that is set
//   count(a, b, ...)       how many of them are given
//   length(a), rising(a)   items of a list; whether each number of it is above the one before

#pragma once

#include <string>
#include <vector>

#include "spec/field.h"

namespace dlrun {

// `path` names the field the message belongs to ("min_lr", "blocks.1.kernel"); empty means the whole group.
struct Problem {
  std::string path;
  std::string message;
};

// Whether the expression holds for the values `params` has. Throws std::logic_error for what is no expression, and
// for a name that is no field of `params`.
bool holds(const std::string& expression, Params& params);

// The fields an expression names, each once, in order.
std::vector<std::string> fields_of(const std::string& expression);

// What is said about a broken relation: its words, and the values it is about.
std::string message(const Relation& relation, Params& params);

// The relations of this group that do not hold; those of groups inside it are not looked at.
std::vector<Problem> broken_relations(Params& params);

}  // namespace dlrun
