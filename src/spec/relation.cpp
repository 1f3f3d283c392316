// Expressions over fields: a recursive descent that computes while it reads.

#include "spec/relation.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "spec/scalar.h"
#include "spec/tree.h"
#include "spec/write.h"

namespace dlrun {
namespace {

struct Null {};
using Value = std::variant<Null, bool, double, std::string, std::vector<double>, std::vector<std::string>,
                           std::shared_ptr<Params>>;

bool is_null(const Value& value) { return std::holds_alternative<Null>(value); }

bool is_given(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return !text->empty();
  if (const auto* numbers = std::get_if<std::vector<double>>(&value)) return !numbers->empty();
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) return !texts->empty();
  return !is_null(value);
}

Value value_of(const bool* slot) { return *slot; }
Value value_of(const int64_t* slot) { return static_cast<double>(*slot); }
Value value_of(const double* slot) { return *slot; }
Value value_of(const std::string* slot) { return *slot; }
template <class T>
Value value_of(const std::optional<T>* slot) {
  return *slot ? value_of(&**slot) : Value(Null{});
}
Value value_of(const std::vector<int64_t>* slot) { return std::vector<double>(slot->begin(), slot->end()); }
Value value_of(const std::vector<double>* slot) { return *slot; }
Value value_of(const std::vector<std::string>* slot) { return *slot; }
Value value_of(Params* slot) {
  return std::shared_ptr<Params>(slot, [](Params*) {});
}
Value value_of(const AnyOptional* slot) { return slot->value ? Value(slot->value) : Value(Null{}); }
Value value_of(const AnyChoice* slot) { return slot->value ? Value(slot->value) : Value(Null{}); }
// Lists of groups count their items.
Value value_of(const AnyList* slot) { return std::vector<double>(slot->values.size()); }
Value value_of(const AnyChoiceList* slot) { return std::vector<double>(slot->values.size()); }

class Reader {
 public:
  using Find = std::function<Value(const std::string& path)>;

  Reader(const std::string& text, Find find) : text_(text), find_(std::move(find)) {}

  Value read() {
    const Value value = either();
    if (skip_spaces() < text_.size()) fail("an operator");
    return value;
  }

  bool condition(const Value& value) const {
    if (const bool* truth = std::get_if<bool>(&value)) return *truth;
    fail("a condition");
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    throw std::logic_error("expected " + expected + " at byte " + std::to_string(at_) + " of the rule \"" + text_ +
                           "\"");
  }

  size_t skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_;
  }

  static bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.'; }

  bool take_word(const std::string& word) {
    skip_spaces();
    if (text_.compare(at_, word.size(), word) != 0) return false;
    if (at_ + word.size() < text_.size() && in_name(text_[at_ + word.size()])) return false;
    return at_ += word.size(), true;
  }
  bool take(const std::string& symbol) {
    skip_spaces();
    if (text_.compare(at_, symbol.size(), symbol) != 0) return false;
    return at_ += symbol.size(), true;
  }
  void need(const std::string& symbol) {
    if (!take(symbol)) fail("'" + symbol + "'");
  }

  Value either() {
    Value left = both();
    while (take_word("or")) {
      const bool first = condition(left), second = condition(both());
      left = first || second;
    }
    return left;
  }

  Value both() {
    Value left = negation();
    while (take_word("and")) {
      const bool first = condition(left), second = condition(negation());
      left = first && second;
    }
    return left;
  }

  Value negation() {
    if (take_word("not")) return !condition(negation());
    return comparison();
  }

  Value comparison() {
    const Value left = sum();
    for (const std::string symbol : {"==", "!=", "<=", ">=", "<", ">"})
      if (take(symbol)) return compare(left, symbol, sum());
    return left;
  }

  Value compare(const Value& left, const std::string& symbol, const Value& right) const {
    if (symbol == "==") return equal(left, right);
    if (symbol == "!=") return !equal(left, right);
    if (is_null(left) || is_null(right)) return false;
    const double a = number(left), b = number(right);
    if (symbol == "<") return a < b;
    if (symbol == "<=") return a <= b;
    return symbol == ">" ? a > b : a >= b;
  }

  bool equal(const Value& left, const Value& right) const {
    if (is_null(left) || is_null(right)) return is_null(left) && is_null(right);
    if (left.index() != right.index()) fail("values of one type");
    if (const auto* text = std::get_if<std::string>(&left)) return *text == std::get<std::string>(right);
    if (const bool* truth = std::get_if<bool>(&left)) return *truth == std::get<bool>(right);
    return number(left) == number(right);
  }

  double number(const Value& value) const {
    if (const double* found = std::get_if<double>(&value)) return *found;
    fail("a number");
  }

  Value sum() {
    Value left = product();
    for (;;) {
      const bool plus = take("+");
      if (!plus && !take("-")) return left;
      left = computed(left, product(), [plus](double a, double b) { return plus ? a + b : a - b; });
    }
  }

  Value product() {
    Value left = primary();
    for (;;) {
      if (take("*"))
        left = computed(left, primary(), [](double a, double b) { return a * b; });
      else if (take("/"))
        left = computed(left, primary(), [](double a, double b) { return a / b; });
      else if (take("%"))
        left = computed(left, primary(), [](double a, double b) { return std::fmod(a, b); });
      else
        return left;
    }
  }

  template <class Compute>
  Value computed(const Value& left, const Value& right, Compute compute) const {
    if (is_null(left) || is_null(right)) return Null{};
    const double result = compute(number(left), number(right));
    return std::isfinite(result) ? Value(result) : Value(Null{});
  }

  Value primary() {
    if (take("(")) {
      const Value inner = either();
      return need(")"), inner;
    }
    if (take("'")) {
      const size_t end = text_.find('\'', at_);
      if (end == std::string::npos) fail("a closing '");
      const std::string text = text_.substr(at_, end - at_);
      return at_ = end + 1, text;
    }
    for (const bool truth : {true, false})
      if (take_word(truth ? "true" : "false")) return truth;
    if (take_word("null")) return Null{};
    if (take_word("given")) return is_given(arguments(1).front());
    if (take_word("count")) {
      const std::vector<Value> values = arguments(1, 100);
      return static_cast<double>(std::count_if(values.begin(), values.end(), is_given));
    }
    if (take_word("length")) return length(arguments(1).front());
    if (take_word("rising")) return rising(arguments(1).front());
    return name_or_number();
  }

  std::vector<Value> arguments(size_t least, size_t most = 1) {
    need("(");
    std::vector<Value> values = {either()};
    while (take(",")) values.push_back(either());
    need(")");
    if (values.size() < least || values.size() > most) fail("fewer arguments");
    return values;
  }

  Value length(const Value& value) const {
    if (const auto* numbers = std::get_if<std::vector<double>>(&value)) return static_cast<double>(numbers->size());
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) return static_cast<double>(texts->size());
    if (is_null(value)) return Null{};
    fail("a list");
  }

  Value rising(const Value& value) const {
    const auto* numbers = std::get_if<std::vector<double>>(&value);
    if (!numbers) fail("a list of numbers");
    return std::adjacent_find(numbers->begin(), numbers->end(), std::greater_equal<>()) == numbers->end();
  }

  Value name_or_number() {
    const size_t start = skip_spaces();
    const bool number =
        at_ < text_.size() && (std::isdigit(static_cast<unsigned char>(text_[at_])) || text_[at_] == '-');
    if (number) ++at_;
    while (at_ < text_.size() && (in_name(text_[at_]) || (number && text_[at_] == '-' && text_[at_ - 1] == 'e'))) ++at_;
    const std::string word = text_.substr(start, at_ - start);
    if (word.empty()) fail("a value");
    if (!number) return find_(word);
    const auto parsed = parse_number(word);
    if (!parsed) fail("a number");
    return *parsed;
  }

  std::string text_;
  size_t at_ = 0;
  Find find_;
};

std::optional<Field> field_named(Params& params, const std::string& name) {
  for (Field& field : params.fields())
    if (field.name == name) return std::move(field);
  return std::nullopt;
}

// The field at a dotted path, its groups kept alive in `keep`; none where a group is absent or its component has no
// such field.
std::optional<Field> field_at(Params& params, const std::string& path, std::vector<std::shared_ptr<Params>>& keep) {
  size_t dot = path.find('.');
  std::optional<Field> field = field_named(params, path.substr(0, dot));
  if (!field) throw std::logic_error("a rule names '" + path + "', which is no field of its group");
  while (dot != std::string::npos && field) {
    const Value group = std::visit([](auto* slot) { return value_of(slot); }, field->slot);
    const auto* inner = std::get_if<std::shared_ptr<Params>>(&group);
    if (!inner) return std::nullopt;
    keep.push_back(*inner);
    const size_t next = path.find('.', dot + 1);
    field = field_named(**inner, path.substr(dot + 1, next == std::string::npos ? next : next - dot - 1));
    dot = next;
  }
  return field;
}

}  // namespace

bool holds(const std::string& expression, Params& params) {
  std::vector<std::shared_ptr<Params>> keep;
  Reader reader(expression, [&](const std::string& path) -> Value {
    const std::optional<Field> field = field_at(params, path, keep);
    return field ? std::visit([](auto* slot) { return value_of(slot); }, field->slot) : Value(Null{});
  });
  return reader.condition(reader.read());
}

std::vector<std::string> fields_of(const std::string& expression) {
  static const std::vector<std::string> words = {"or",   "and",   "not",   "true",   "false",
                                                 "null", "given", "count", "length", "rising"};
  std::vector<std::string> names;
  for (size_t i = 0; i < expression.size();) {
    const unsigned char c = static_cast<unsigned char>(expression[i]);
    if (c == '\'') {
      i = std::min(expression.find('\'', i + 1), expression.size() - 1) + 1;
      continue;
    }
    size_t end = i;
    while (end < expression.size() && (std::isalnum(static_cast<unsigned char>(expression[end])) ||
                                       expression[end] == '_' || expression[end] == '.'))
      ++end;
    const std::string word = expression.substr(i, end - i);
    if (std::isalpha(c) && std::find(words.begin(), words.end(), word) == words.end() &&
        std::find(names.begin(), names.end(), word) == names.end())
      names.push_back(word);
    i = std::max(end, i + 1);
  }
  return names;
}

std::string message(const Relation& relation, Params& params) {
  std::string values;
  for (const std::string& path : fields_of(relation.holds)) {
    std::vector<std::shared_ptr<Params>> keep;
    const std::optional<Field> field = field_at(params, path, keep);
    if (!field) continue;
    const Value value = std::visit([](auto* slot) { return value_of(slot); }, field->slot);
    if (!is_given(value) || std::holds_alternative<std::shared_ptr<Params>>(value)) continue;
    values += (values.empty() ? "" : ", ") + path + " " + value_text(field->slot);
  }
  return values.empty() ? relation.says : relation.says + " (" + values + ")";
}

std::vector<Problem> broken_relations(Params& params) {
  std::vector<Problem> problems;
  for (const Relation& relation : params.relations())
    if (!holds(relation.holds, params)) problems.push_back({relation.at, message(relation, params)});
  return problems;
}

}  // namespace dlrun
