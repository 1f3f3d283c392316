// CoNLL files: one token and its tag on a line, an empty line between sentences. (Tjong Kim Sang and De Meulder 2003)

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "data/input_file.h"
#include "data/token_split.h"
#include "data/tokenizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct ConllSplit final : Params {
  std::string path;
  std::vector<Field> fields() override {
    return {field("path", path, "The file.", required(), not_empty(), is_path())};
  }
};

struct Conll final : Dataset {
  std::string path;
  int64_t token_column = 0;
  int64_t tag_column = -1;
  std::vector<std::string> classes, breaks;
  Choice<Tokenizer> tokenizer;
  Optional<ConllSplit> val, test;

  std::vector<Field> fields() override {
    return {
        field("path", path, "The training file, plain or .gz.", required(), not_empty(), is_path()),
        field("token_column", token_column, "Column of the token, from 0."),
        field("tag_column", tag_column, "Column of the tag; -1 is the last."),
        field("classes", classes, "Tags in order; those of the training file, sorted, where left open."),
        field("breaks", breaks,
              "Lines that stand between sentences, beside empty ones and -DOCSTART-: [<>, end] where each sentence "
              "begins with one and ends with the other."),
        field("tokenizer", tokenizer, "Which tokens are told apart; default: words. They are cut already."),
        field("val", val, "The validation split."),
        field("test", test, "The test split."),
    };
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;
};

struct Sentence {
  std::vector<std::string_view> tokens, tags;
  int64_t line = 0;  // of the first token, from 1
};

struct ConllFile {
  std::string path, text;
  std::vector<Sentence> sentences;
};

// Cells stand between tabs, where a line has one, or else between white space.
std::vector<std::string_view> cells_of(std::string_view line) {
  const bool tabs = line.find('\t') != std::string_view::npos;
  std::vector<std::string_view> cells;
  for (size_t first = 0; first <= line.size();) {
    size_t end = tabs ? line.find('\t', first) : line.find_first_of(" \t", first);
    if (end == std::string_view::npos) end = line.size();
    if (tabs || end > first) cells.push_back(line.substr(first, end - first));
    first = end + 1;
  }
  return cells;
}

size_t place_in(const std::vector<std::string_view>& cells, int64_t column, const char* what,
                const std::string& where) {
  const int64_t count = static_cast<int64_t>(cells.size()), place = column < 0 ? count + column : column;
  if (place < 0 || place >= count)
    bad_data(where, std::string("has ") + std::to_string(count) + " columns, and the " + what + " is to be in column " +
                        std::to_string(column));
  return static_cast<size_t>(place);
}

// `with_tags` false: new sentences, whose lines may hold the token alone.
std::unique_ptr<ConllFile> read(const Conll& data, const std::string& path, bool with_tags) {
  auto file = std::make_unique<ConllFile>(ConllFile{path, load_file(path), {}});
  const std::string_view text = file->text;
  Sentence sentence;
  const auto finish = [&] {
    if (!sentence.tokens.empty()) file->sentences.push_back(std::move(sentence));
    sentence = {};
  };
  int64_t number = 0;
  for (size_t first = 0; first < text.size();) {
    size_t end = std::min(text.find('\n', first), text.size());
    std::string_view line = text.substr(first, end - first);
    first = end + 1;
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool breaks = std::find(data.breaks.begin(), data.breaks.end(), line) != data.breaks.end();
    if (breaks || line.find_first_not_of(" \t") == std::string_view::npos || line.starts_with("-DOCSTART-")) {
      finish();
      continue;
    }
    const std::string where = path + " line " + std::to_string(number);
    const std::vector<std::string_view> cells = cells_of(line);
    if (sentence.tokens.empty()) sentence.line = number;
    const size_t token = place_in(cells, data.token_column, "token", where);
    sentence.tokens.push_back(cells[token]);
    if (!with_tags) continue;
    const size_t tag = place_in(cells, data.tag_column, "tag", where);
    if (tag == token) bad_data(where, "has one column, and no tag beside its token");
    sentence.tags.push_back(cells[tag]);
  }
  finish();
  if (file->sentences.empty()) bad_data(path, "has no sentence");
  return file;
}

std::shared_ptr<Split> split_of(const ConllFile& file, const TextEncoder& encoder,
                                const std::vector<std::string>& classes) {
  std::map<std::string_view, int32_t> ids;
  for (size_t i = 0; i < classes.size(); ++i) ids[classes[i]] = static_cast<int32_t>(i);
  std::vector<TokenSplit::Sample> samples;
  std::vector<int64_t> lines;
  for (const Sentence& sentence : file.sentences) {
    TokenSplit::Sample sample;
    for (const std::string_view token : sentence.tokens) sample.tokens.push_back(encoder.id(token));
    for (size_t i = 0; i < sentence.tags.size(); ++i) {
      const auto id = ids.find(sentence.tags[i]);
      if (id == ids.end())
        bad_data(file.path + " line " + std::to_string(sentence.line + static_cast<int64_t>(i)),
                 "its tag '" + std::string(sentence.tags[i]) + "' is none of the " + std::to_string(classes.size()) +
                     " tags of the training file");
      sample.targets.push_back(id->second);
    }
    samples.push_back(std::move(sample));
    lines.push_back(sentence.line);
  }
  return std::make_shared<TokenSplit>(std::move(samples), true, [path = file.path, lines](int64_t index) {
    return path + " line " + std::to_string(lines.at(static_cast<size_t>(index)));
  });
}

Splits Conll::open(const OpenOptions& options) const {
  if (!options.classification)
    throw UserError(ExitCode::bad_recipe, "data.type: conll gives tags, and the task has no use for them");
  const std::unique_ptr<ConllFile> file = read(*this, path, true);
  const std::shared_ptr<const Tokenizer> cutter = tokenizer_of(tokenizer);
  nlohmann::json fitted = options.fitted;
  if (fitted.is_null()) {
    std::vector<std::string_view> tokens;
    std::set<std::string> tags;
    for (const Sentence& sentence : file->sentences) {
      tokens.insert(tokens.end(), sentence.tokens.begin(), sentence.tokens.end());
      tags.insert(sentence.tags.begin(), sentence.tags.end());
    }
    fitted = {{"tokenizer", cutter->fit_tokens(tokens)},
              {"classes", classes.empty() ? std::vector<std::string>(tags.begin(), tags.end()) : classes}};
  }
  const auto encoder = cutter->encoder(fitted.at("tokenizer"));
  const auto names = fitted.at("classes").get<std::vector<std::string>>();
  Splits splits;
  splits.train = split_of(*file, *encoder, names);
  if (val) splits.val = split_of(*read(*this, val->path, true), *encoder, names);
  if (test) splits.test = split_of(*read(*this, test->path, true), *encoder, names);
  splits.info.fields = {{"input", FieldInfo::Means::tokens, {-1}, encoder->vocabulary()},
                        {"target", FieldInfo::Means::classes, {-1}, names}};
  splits.info.fitted = std::move(fitted);
  return splits;
}

std::shared_ptr<Split> Conll::open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const {
  if (paths.size() != 1) throw UserError(ExitCode::usage, "new sentences are one file; put several into one");
  const auto encoder = tokenizer_of(tokenizer)->encoder(options.fitted.at("tokenizer"));
  return split_of(*read(*this, paths[0], false), *encoder, {});
}

const Registered<Dataset, Conll> conll_entry{"conll", "Sentences with a tag for each token, one token on a line."};

}  // namespace
}  // namespace dlrun
