// What YAML readers let through and this one does not: each trap is refused, in plain words, with its place, at once.

#include "spec/yaml.h"

#include <catch2/catch.hpp>
#include <ctime>

#include "spec/sample.h"

namespace dlrun::yaml_test {

using sample::problems_of;

namespace {

struct Trap {
  const char* name;
  std::string text;
  std::string problems;
};

std::string repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string alias_bomb() {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + repeat(", " + before, 9) + "]\n";
  }
  return text;
}

std::string reference_bomb() {
  std::string text = "name: a\narchitecture: mlp\na0: [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "\"${a" + std::to_string(i - 1) + "}\"";
    text += "a" + std::to_string(i) + ": [" + before + repeat(", " + before, 9) + "]\n";
  }
  return text;
}

// k0 refers to k1, that to k2, and so on; the last one is a number.
std::string reference_chain(int length) {
  std::string text = "name: a\narchitecture: mlp\noutput_dir: ${k0}\n";
  for (int i = 0; i < length; ++i) text += "k" + std::to_string(i) + ": ${k" + std::to_string(i + 1) + "}\n";
  return text + "k" + std::to_string(length) + ": 1\n";
}

const std::string line_does_not_fit =
    "this line does not fit the ones above; check its indentation and the ':' after each key";
const std::string stray_colon = "a ':' that starts no value here; quote text that holds ': ', or check the line above";

std::vector<Trap> traps() {
  return {
      {"duplicate key", "name: a\narchitecture: mlp\nname: b\n",
       "bad.yaml:3:1: duplicate key 'name'; first given in line 1"},
      {"duplicate key, quoted", "name: a\narchitecture: mlp\n\"name\": b\n",
       "bad.yaml:3:1: duplicate key 'name'; first given in line 1"},
      {"duplicate key, nested", "name: a\narchitecture: mlp\ntrainer:\n  epochs: 1\n  epochs: 2\n",
       "bad.yaml:5:3: duplicate key 'epochs'; first given in line 4"},
      {"cycle", "name: &a [*a]\n", "bad.yaml:1:11: an alias to the value it stands in; that would never end"},
      {"cycle of groups", "data: &a {path: {x: *a}}\n",
       "bad.yaml:1:21: an alias to the value it stands in; that would never end"},
      {"undefined alias", "name: *a\n",
       "bad.yaml:1:7: an alias to an anchor that is not defined above; quote text that starts with '*'"},
      {"glob that is an alias", "name: *.png\n",
       "bad.yaml:1:7: an alias to an anchor that is not defined above; quote text that starts with '*'"},
      {"merge key", "name: a\narchitecture: mlp\ndata: &d {path: x}\ntrainer:\n  <<: *d\n",
       "bad.yaml:5:3: '<<' is not supported; write the keys out, or share a file with _base_"},
      {"quoted merge key", "name: a\narchitecture: mlp\ntrainer:\n  '<<': {epochs: 2}\n",
       "bad.yaml:4:3: trainer.<<: unknown key"},
      {"merge key at the top, quoted", "name: a\n\"<<\": 1\narchitecture: mlp\n", "bad.yaml:2:1: <<: unknown key"},
      {"empty key", "name: a\narchitecture: mlp\n\"\": 5\n", "bad.yaml:3:1: an empty key; a key has a name"},
      {"empty key, nested", "name: a\narchitecture: mlp\noptimizer: {type: sgd, '': {lr: 9}}\n",
       "bad.yaml:3:24: an empty key; a key has a name"},
      {"empty key in a list",
       "name: a\narchitecture: mlp\naugmentation:\n  - type: random_crop\n    \"\": 1\n    size: 2\n",
       "bad.yaml:5:5: an empty key; a key has a name"},
      {"empty key through an alias", "name: a\narchitecture: mlp\ndata: {path: &e \"\"}\ntrainer: {*e : 1}\n",
       "bad.yaml:4:11: an empty key; a key has a name"},
      {"unknown tag", "name: !secret a\narchitecture: mlp\n", "bad.yaml:1:7: unknown tag !secret; values need no tags"},
      {"unknown core tag", "name: !!binary a\narchitecture: mlp\n",
       "bad.yaml:1:7: unknown tag !!binary; values need no tags"},
      {"Python tag", "name: a\narchitecture: mlp\ndata: {columns: !!python/object:os.system [x]}\n",
       "bad.yaml:3:17: unknown tag !!python/object:os.system; values need no tags"},
      {"two documents", "name: a\n---\nname: b\n",
       "bad.yaml:2:1: a second document; a recipe is one document, without '---' in the middle"},
      {"empty file", "", "bad.yaml:1:1: nothing is written here; see dlrun describe recipe"},
      {"comments only", "# hello\n\n", "bad.yaml:1:1: nothing is written here; see dlrun describe recipe"},
      {"a scalar", "hello\n", "bad.yaml:1:1: expected keys with values, as in 'name: first'"},
      {"a list", "- a\n- b\n", "bad.yaml:1:1: expected keys with values, as in 'name: first'"},
      {"tab", "trainer:\n\tepochs: 1\n", "bad.yaml:2:1: a tab in the indentation; YAML indents by spaces"},
      {"tab after spaces", "trainer:\n  \tepochs: 1\n",
       "bad.yaml:2:3: a tab in the indentation; YAML indents by spaces"},
      {"tab in the indentation of a quoted text", "name: \"a\n\tb\"\narchitecture: mlp\n",
       "bad.yaml:2:1: a tab in the indentation; YAML indents by spaces"},
      {"tab in the indentation of a nested quoted text", "data:\n  path: 'a\n  \tb'\n",
       "bad.yaml:3:3: a tab in the indentation; YAML indents by spaces"},
      {"tab after a quoted text", "name: \"a\n  b\"\n\tarchitecture: mlp\n",
       "bad.yaml:3:1: a tab in the indentation; YAML indents by spaces"},
      {"tab after an apostrophe", "name: it's\ntrainer:\n  \tepochs: 1 # it's\n",
       "bad.yaml:3:3: a tab in the indentation; YAML indents by spaces"},
      {"a mistake before a tab in a quoted text", "name: [a\nseed: 1\ndata: {path: \"a\n  \tb\"}\n",
       "bad.yaml:2:5: a '[' that is never closed by ']'"},
      {"invalid UTF-8", "name: caf\xE9\n", "bad.yaml:1:10: byte 0xE9 is not UTF-8; save the file as UTF-8"},
      {"overlong UTF-8", "name: \xC0\xAF\n", "bad.yaml:1:7: byte 0xC0 is not UTF-8; save the file as UTF-8"},
      {"surrogate", "name: \xED\xA0\x80\n", "bad.yaml:1:7: byte 0xED is not UTF-8; save the file as UTF-8"},
      {"UTF-16", std::string("\xFF\xFEn\0a\0", 6), "bad.yaml:1:1: is UTF-16; save it as UTF-8"},
      {"NUL", std::string("name: a\0b\n", 10),
       "bad.yaml:1:8: invisible character 0x00; write \"\\x00\" in double quotes"},
      {"escape character", "name: \x1B[31m\n",
       "bad.yaml:1:7: invisible character 0x1B; write \"\\x1B\" in double quotes"},
      {"unclosed bracket", "name: [a, b\nseed: 1\n", "bad.yaml:2:5: a '[' that is never closed by ']'"},
      {"unclosed brace", "name: a\ntrainer: {epochs: 1\n", "bad.yaml:3:1: a '{' that is never closed by '}'"},
      {"unclosed quote", "name: \"a\nseed: 1\n", "bad.yaml:1:7: a quote that is never closed"},
      {"missing colon", "trainer\n  epochs: 5\n", "bad.yaml:2:9: " + stray_colon},
      {"colon in text", "name: a: b\n", "bad.yaml:1:8: " + stray_colon},
      {"bad indentation", "trainer:\n    epochs: 1\n  batch_size: 2\n", "bad.yaml:3:3: " + line_does_not_fit},
      {"list among keys", "name: a\n- b\n", "bad.yaml:2:1: " + line_does_not_fit},
      {"unclosed single quote", "name: 'it''s\nseed: 1\n", "bad.yaml:1:7: a quote that is never closed"},
      {"unknown escape", "name: \"C:\\data\"\n",
       "bad.yaml:1:12: an unknown escape in double quotes; write \\\\ for a backslash, or use single quotes"},
      {"group as key", "{a: 1}: b\n",
       "bad.yaml:1:1: a key must be plain text, not a group; quote text that starts with '{'\n"
       "bad.yaml:1:1: name: required, but not given\n"
       "bad.yaml:1:1: architecture: required, but not given"},
      {"missing key", "name: a\narchitecture: mlp\n: b\n", "bad.yaml:3:1: a key is missing before ':'"},
      {"yes", "name: a\narchitecture: mlp\ntrainer: {shuffle: yes}\n",
       "bad.yaml:3:20: trainer.shuffle: expected true or false, got \"yes\"; YAML 1.2 writes true"},
      {"octal", "name: a\narchitecture: mlp\nseed: 010\n",
       "bad.yaml:3:7: seed: expected an integer, got 010; no leading zeros: write 10, or 0o10 for octal"},
      {"alias bomb", alias_bomb(), "bad.yaml:5:10: too many values (more than 20000, aliases followed)"},
      {"reference bomb", reference_bomb(), "bad.yaml:7:6: a4.0: too many values (references followed)"},
      {"a chain of references", reference_chain(6000),
       "bad.yaml:67:6: k63: more than 64 references, each of which leads to the next"},
      {"defaults in defaults",
       "name: a\narchitecture: mlp\noutput_dir: \"" + repeat("${env:DLRUN_TEST_UNSET,", 10000) + repeat("}", 10000) +
           "\"\n",
       "bad.yaml:3:13: output_dir: more than 64 references, each of which leads to the next"},
      {"text that doubles",
       [] {
         std::string text = "name: a\narchitecture: mlp\noutput_dir: ${k40}\nk0: ${name}${name}\n";
         for (int i = 1; i <= 40; ++i) {
           const std::string before = "${k" + std::to_string(i - 1) + "}";
           text += "k" + std::to_string(i) + ": " + before + before + "\n";
         }
         return text;
       }(),
       "bad.yaml:23:6: k19: too much text (references followed)"},
      {"deep lists", "name: " + repeat("[", 20000), "bad.yaml:1:39: nested more than 64 levels deep"},
      {"deep groups", "name: " + repeat("{a: ", 20000), "bad.yaml:1:259: nested more than 64 levels deep"},
      {"many keys",
       [] {
         std::string text;
         for (int i = 0; i < 12000; ++i) text += "k" + std::to_string(i) + ": 1\n";
         return text;
       }(),
       "bad.yaml:10000:8: too many values (more than 20000)"},
      {"many wrong keys",
       [] {
         std::string text = "name: a\narchitecture: mlp\n";
         for (int i = 0; i < 5000; ++i) text += "k" + std::to_string(i) + ": 1\n";
         return text;
       }(),
       "bad.yaml:3:1: k0: unknown key"},
      {"long file", "# " + repeat("x", 300 * 1024) + "\nname: a\n",
       "bad.yaml:1:1: is longer than the 256 KiB a recipe may have"},
      {"long plain text", "name: " + repeat("a ", 100000) + ": b", "bad.yaml:1:200007: "},
      {"many anchors",
       [] {
         std::string text;
         for (int i = 0; i < 9000; ++i) text += "k" + std::to_string(i) + ": &a" + std::to_string(i) + " 1\n";
         return text;
       }(),
       "bad.yaml:1:1: k0: unknown key"},
  };
}

}  // namespace

TEST_CASE("every trap of YAML is refused in plain words, with its place, in less than 50 ms") {
  sample::add_samples();
  double slowest = 0;
  std::string slowest_name;
  for (const Trap& trap : traps()) {
    INFO(trap.name);
    const std::clock_t start = std::clock();
    const std::string problems = problems_of(trap.text);
    const double milliseconds = 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    const bool begins = trap.problems.ends_with(": unknown key") || trap.problems.ends_with(": ");
    CHECK((begins ? problems.substr(0, trap.problems.size()) : problems) == trap.problems);
    CHECK(milliseconds < 500);  // ten times the bar: sanitizers and busy machines
    if (milliseconds > slowest) {
      slowest = milliseconds;
      slowest_name = trap.name;
    }
  }
  WARN("slowest trap: " << slowest_name << ", " << slowest << " ms");
}

TEST_CASE("what YAML 1.2 allows is read") {
  CHECK(sample::read("\xEF\xBB\xBFname: a\narchitecture: mlp\n").name == "a");  // byte-order mark
  CHECK(sample::read("%YAML 1.2\n---\nname: a\narchitecture: mlp\n...\n").name == "a");
  CHECK(sample::read("name: a\r\narchitecture: mlp\r\ntrainer:\r\n  epochs: 3\r\n").trainer.epochs == 3);
  CHECK(sample::read("name: no\narchitecture: mlp\n").name == "no");
  CHECK(sample::read("name: !!str 5\narchitecture: mlp\n").name == "5");
  CHECK(sample::read("name: |\n  a\n  b\narchitecture: mlp\n").name == "a\nb\n");
  CHECK(sample::read("name: >-\n  a\n  b\narchitecture: mlp\n").name == "a b");
  CHECK(sample::read("name: \"\\x41\\u00e9\\0\"\narchitecture: mlp\n").name == std::string("A\xC3\xA9\0", 4));
  CHECK(sample::read("name:\ta\narchitecture: mlp # \t\n\t\n").name == "a");
  // Behind its indentation a tab is a character of the text: folded away in quotes, kept after '|'.
  CHECK(sample::read("name: \"a\n  \tb\tc\"\narchitecture: mlp\n").name == "a b\tc");
  CHECK(sample::read("name: 'a\n \t\n  \tit''s'\narchitecture: mlp\n").name == "a\nit's");
  CHECK(sample::read("name: |\n  a\n  \tb\narchitecture: mlp\n").name == "a\n\tb\n");
  CHECK(sample::read("{name: \"a\n\tb\", architecture: mlp}\n").name == "a b");
  CHECK(sample::read("architecture: mlp\naugmentation:\n- {type: random_crop, size: 1}\nname: \"x\n \ty\"\n").name ==
        "x y");
  CHECK(sample::read("name: ${data.path}\narchitecture: mlp\ndata: {path: \"${output_dir}\"}\noutput_dir: o\n").name ==
        "o");
  const sample::Recipe recipe =
      sample::read("name: a\narchitecture: mlp\noptimizer: {type: sgd, lr: &x 0.5, momentum: *x}\n");
  CHECK(static_cast<sample::Sgd&>(*recipe.optimizer).momentum == 0.5);
}

TEST_CASE("columns count characters, not bytes") {
  CHECK(problems_of("name: \"äöü\"\narchitecture: mlp\ndata: {path: \"äö\", x: 1}\n").substr(0, 24) ==
        "bad.yaml:3:20: data.x: u");
}

}  // namespace dlrun::yaml_test
