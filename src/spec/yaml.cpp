// Builds trees from yaml-cpp's events; YAML::Node is never used, because it hides duplicate keys and follows aliases.

#include "spec/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_set>

#include "base/text.h"
#include "spec/encoding.h"
#include "spec/scalar.h"

namespace dlrun {
namespace {

using YAML::anchor_t;
using YAML::Mark;

class Builder final : public YAML::EventHandler {
 public:
  Builder(const std::string& text, std::shared_ptr<const Source> source, std::vector<Complaint>& complaints)
      : text_(text), lines_(text), source_(std::move(source)), complaints_(complaints) {}

  Place place(const Mark& mark) const {
    const size_t offset = lines_.offset(mark.line, mark.column);
    return {source_, lines_.line(offset), lines_.column(offset)};
  }

  [[noreturn]] void fail(const Place& where, const std::string& message) {
    complaints_.push_back({where, "", message});
    throw_complaints(std::move(complaints_));
    std::abort();  // not reached
  }

  Node take_root() {
    complaints_.insert(complaints_.end(), strange_keys_.begin(), strange_keys_.end());
    return std::move(root_);
  }

  void OnDocumentStart(const Mark& mark) override {
    if (++documents_ > 1) fail(place(mark), "a second document; a recipe is one document, without '---' in the middle");
  }
  void OnDocumentEnd() override {}

  void OnNull(const Mark& mark, anchor_t anchor) override {
    Node node;
    node.place = null_place(mark);
    add(std::move(node), anchor);
  }

  void OnScalar(const Mark& mark, const std::string& tag, anchor_t anchor, const std::string& value) override {
    Node node;
    node.kind = Node::Kind::scalar;
    node.text = value;
    node.place = place(mark);
    if (tag == "!" || tag == "tag:yaml.org,2002:str") {
      node.style = Node::Style::quoted;
      keep_lines(mark);
    } else if (tag != "?") {
      check_tag(tag, {"int", "float", "bool", "null"}, node.place);
      if (is_null_text(value)) node.kind = Node::Kind::null;
    }
    add(std::move(node), anchor);
  }

  void OnAlias(const Mark& mark, anchor_t anchor) override {
    for (const Open& open : open_)
      if (open.anchor == anchor) fail(place(mark), "an alias to the value it stands in; that would never end");
    const Node& target = anchored_.at(anchor);
    size_ += count_nodes(target);
    check_size(mark);
    Node node = target;
    node.key.clear();
    node.place = place(mark);
    add(std::move(node), 0);
  }

  void OnSequenceStart(const Mark& mark, const std::string& tag, anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    start(Node::Kind::list, "seq", mark, tag, anchor, style);
  }
  void OnMapStart(const Mark& mark, const std::string& tag, anchor_t anchor, YAML::EmitterStyle::value style) override {
    start(Node::Kind::map, "map", mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { finish(); }
  void OnMapEnd() override { finish(); }

  // The lines that belong to texts, of those that were read so far; in the order of the text.
  const std::vector<TextLines>& text_lines() const { return text_lines_; }

 private:
  struct Open {
    Node node;
    anchor_t anchor = 0;
    size_t indentation = 0;  // its lines, and those of what is in it, begin with as many spaces
    bool has_key = false;    // in a map: the next value belongs to `key`
    bool left_out = false;   // that value, because something is wrong with its key
    std::string key;
    Place key_place;
    std::unordered_set<std::string> keys;
  };

  // A missing value is reported by yaml-cpp at the token after it; its key is the better place.
  Place null_place(const Mark& mark) const {
    const size_t offset = lines_.offset(mark.line, mark.column);
    const bool written = text_[offset] == '~' || text_[offset] == 'n' || text_[offset] == 'N';
    if (!written && !open_.empty() && open_.back().has_key) return open_.back().key_place;
    return place(mark);
  }

  // A text in quotes, or after '|' or '>': behind the indentation, a tab in its lines is one of its characters.
  void keep_lines(const Mark& mark) {
    const size_t start = lines_.offset(mark.line, mark.column), spaces = open_.empty() ? 0 : open_.back().indentation;
    if (start >= text_.size()) return;
    const bool block = text_[start] == '|' || text_[start] == '>';
    if (block || text_[start] == '"' || text_[start] == '\'')
      text_lines_.push_back({start, block ? end_of_block(start, spaces) : end_of_quote(start, mark), spaces});
  }

  // yaml-cpp takes the end of the text for the missing quote.
  size_t end_of_quote(size_t at, const Mark& mark) {
    const char quote = text_[at];
    while (++at < text_.size()) {
      if (text_[at] == '\\' && quote == '"')
        ++at;
      else if (text_[at] == quote && quote == '\'' && at + 1 < text_.size() && text_[at + 1] == quote)
        ++at;
      else if (text_[at] == quote)
        return at;
    }
    fail(place(mark), "a quote that is never closed");
  }

  // Where the first line begins that is not blank and has fewer spaces.
  size_t end_of_block(size_t at, size_t spaces) const {
    while ((at = text_.find('\n', at)) != std::string::npos) {
      const size_t content = text_.find_first_not_of(' ', ++at);
      if (content == std::string::npos) break;
      if (content - at < spaces && text_[content] != '\n' && text_[content] != '\r') return at;
    }
    return text_.size();
  }

  void check_size(const Mark& mark) {
    if (size_ > max_nodes)
      fail(place(mark), "too many values (more than " + std::to_string(max_nodes) + ", aliases followed)");
  }

  void check_tag(const std::string& tag, const std::vector<std::string>& allowed, const Place& where) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    for (const std::string& name : allowed)
      if (tag == "tag:yaml.org,2002:" + name) return;
    const std::string prefix = "tag:yaml.org,2002:";
    const std::string shown_tag = tag.starts_with(prefix) ? "!!" + tag.substr(prefix.size()) : tag;
    complaints_.push_back({where, "", "unknown tag " + shown_tag + "; values need no tags"});
  }

  void start(Node::Kind kind, const std::string& core_tag, const Mark& mark, const std::string& tag, anchor_t anchor,
             YAML::EmitterStyle::value style) {
    if (open_.size() >= max_depth) fail(place(mark), "nested more than " + std::to_string(max_depth) + " levels deep");
    Open open;
    open.node.kind = kind;
    open.node.place = place(mark);
    open.anchor = anchor;
    open.indentation = style == YAML::EmitterStyle::Block ? static_cast<size_t>(mark.column) + 1
                       : open_.empty()                    ? 0
                                                          : open_.back().indentation;
    check_tag(tag, {core_tag}, open.node.place);
    open_.push_back(std::move(open));
    ++size_;
    check_size(mark);
  }

  void finish() {
    Node node = std::move(open_.back().node);
    const anchor_t anchor = open_.back().anchor;
    open_.pop_back();
    attach(std::move(node), anchor);
  }

  void add(Node node, anchor_t anchor) {
    ++size_;
    if (size_ > max_nodes) fail(node.place, "too many values (more than " + std::to_string(max_nodes) + ")");
    attach(std::move(node), anchor);
  }

  static std::string strange_key(const Node& node) {
    if (node.is_null()) return "a key is missing before ':'";
    if (node.is_list()) return "a key must be plain text, not a list; quote text that starts with '['";
    return "a key must be plain text, not a group; quote text that starts with '{'";
  }

  void take_key(const Node& node) {
    Open& map = open_.back();
    map.has_key = map.left_out = true;
    map.key = node.text;
    map.key_place = node.place;
    if (!node.is_scalar()) {
      strange_keys_.push_back({node.place, "", strange_key(node)});
    } else if (node.text.empty()) {
      complaints_.push_back({node.place, "", "an empty key; a key has a name"});
    } else if (node.text == "<<" && node.style == Node::Style::plain) {
      complaints_.push_back({node.place, "", "'<<' is not supported; write the keys out, or share a file with _base_"});
    } else if (!map.keys.insert(node.text).second) {
      const Node* first = map.node.find(node.text);
      complaints_.push_back({node.place, "",
                             "duplicate key '" + node.text + "'; first given in line " +
                                 std::to_string(first ? first->key_place.line : 0)});
    } else {
      map.left_out = false;
    }
  }

  void attach(Node node, anchor_t anchor) {
    if (anchor != 0) anchored_[anchor] = node;
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_map() && !parent.has_key) return take_key(node);
    if (parent.node.is_map()) {
      parent.has_key = false;
      if (parent.left_out) return;
      node.key = std::move(parent.key);
      node.key_place = parent.key_place;
    }
    parent.node.children.push_back(std::move(node));
  }

  const std::string& text_;
  Lines lines_;
  std::shared_ptr<const Source> source_;
  std::vector<Complaint>& complaints_;
  std::vector<Complaint> strange_keys_;  // Left out where the text breaks off: an unclosed '[' looks like one.
  std::vector<TextLines> text_lines_;
  int documents_ = 0;
  size_t size_ = 0;
  Node root_;
  std::vector<Open> open_;
  std::map<anchor_t, Node> anchored_;
};

// yaml-cpp's messages in plain words, with the mistake that usually causes them.
std::string plain_words(const std::string& message) {
  static const std::pair<const char*, const char*> table[] = {
      {"illegal map value", "a ':' that starts no value here; quote text that holds ': ', or check the line above"},
      {"illegal map key", "a '?' that starts no key here; quote text that starts with '? '"},
      {"illegal block entry", "a '-' that starts no list item here; put it on a line of its own, or quote it"},
      {"illegal flow end", "a closing bracket without its opening one"},
      {"end of map not found",
       "this line does not fit the ones above; check its indentation and the ':' after each key"},
      {"end of sequence not found", "this line does not fit the list above; check its indentation and its '-'"},
      {"end of map flow not found", "a '{' that is never closed by '}'"},
      {"end of sequence flow not found", "a '[' that is never closed by ']'"},
      {"illegal EOF in scalar", "a quote that is never closed"},
      {"illegal document indicator in scalar", "'---' or '...' inside a quoted text"},
      {"illegal character in scalar", "a character that is not allowed here; quote the text"},
      {"illegal tab when looking for indentation", "a tab in the indentation; YAML indents by spaces"},
      {"unknown token", "a character that starts no value; quote the text"},
      {"unknown escape character",
       "an unknown escape in double quotes; write \\\\ for a backslash, or use single quotes"},
      {"bad character found while scanning hex number", "a broken \\x or \\u escape in double quotes"},
      {"invalid unicode", "an escape in double quotes that is no character"},
      {"alias not found after *", "a '*' that names no alias; quote text that starts with '*'"},
      {"illegal character found while scanning alias", "a '*' that names no alias; quote text that starts with '*'"},
      {"the referenced anchor is not defined",
       "an alias to an anchor that is not defined above; quote text that starts with '*'"},
      {"anchor not found after &", "a '&' that names no anchor; quote text that starts with '&'"},
      {"illegal character found while scanning anchor", "a '&' that names no anchor; quote text that starts with '&'"},
      {"aliases can't have any content", "an alias followed by a value"},
      {"unexpected character in block scalar", "after '|' or '>' the text starts on the next line"},
      {"cannot set zero indentation", "the indentation after '|' or '>' cannot be 0"},
  };
  for (const auto& [theirs, ours] : table)
    if (message.starts_with(theirs)) return ours;
  return message;
}

}  // namespace

Node parse_yaml(const std::string& text, const std::shared_ptr<const Source>& source,
                std::vector<Complaint>& complaints) {
  std::string body = text;
  if (body.starts_with("\xEF\xBB\xBF")) body.erase(0, 3);
  Builder builder(body, source, complaints);
  const auto stop_at = [&](const std::optional<TextProblem>& problem) {
    if (!problem) return;
    const Lines lines(body);
    builder.fail({source, lines.line(problem->offset), lines.column(problem->offset)}, problem->message);
  };
  stop_at(check_text(body));
  try {
    std::istringstream stream(body);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    // A tab up to there is why; of what follows nobody knows which lines are text.
    const size_t end = body.find('\n', Lines(body).offset(error.mark.line, error.mark.column));
    stop_at(check_tabs(body.substr(0, end), builder.text_lines()));
    builder.fail(builder.place(error.mark), plain_words(error.msg));
  }
  stop_at(check_tabs(body, builder.text_lines()));
  return builder.take_root();
}

}  // namespace dlrun
