// Terminals: the rules for colour and width, tables, and the live line as a terminal receives it.

#include "base/terminal.h"
#include "base/clock.h"
#include "base/width.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <string>

#include "base/log.h"
#include "base/written.h"

namespace dlrun::terminal_test {
namespace {

Terminal of(bool is_terminal, int columns, std::map<std::string, std::string> variables) {
  return terminal(is_terminal, columns, [&](const char* name) -> const char* {
    auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

using test::written;

TEST_CASE("colour follows the terminal, NO_COLOR, CLICOLOR_FORCE and TERM") {
  CHECK(of(true, 80, {{"TERM", "xterm"}}).color);
  CHECK_FALSE(of(false, 0, {{"TERM", "xterm"}}).color);
  CHECK_FALSE(of(true, 80, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}).color);
  CHECK(of(true, 80, {{"TERM", "xterm"}, {"NO_COLOR", ""}}).color);  // no-color.org: only when not empty
  CHECK(of(false, 0, {{"CLICOLOR_FORCE", "1"}}).color);
  CHECK_FALSE(of(false, 0, {{"CLICOLOR_FORCE", "0"}}).color);
  CHECK_FALSE(of(false, 0, {{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}).color);
  CHECK_FALSE(of(true, 80, {{"TERM", "dumb"}}).color);
  CHECK_FALSE(of(true, 80, {{"TERM", "dumb"}}).live);
  CHECK_FALSE(of(true, 80, {}).live);
  CHECK(of(true, 80, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}).live);
}

TEST_CASE("the width is COLUMNS, else the terminal's, else 80") {
  CHECK(of(true, 120, {{"TERM", "xterm"}}).width == 120);
  CHECK(of(true, 120, {{"TERM", "xterm"}, {"COLUMNS", "50"}}).width == 50);
  CHECK(of(false, 120, {}).width == 80);
  CHECK(of(true, 120, {{"COLUMNS", "wide"}}).width == 120);
  CHECK(of(true, 0, {{"COLUMNS", "-1"}}).width == 80);
}

TEST_CASE("columns are counted as a terminal shows letters, without escape sequences") {
  CHECK(columns_of("abc") == 3);
  CHECK(columns_of("größe") == 5);
  CHECK(columns_of(styled({.color = true}, Style::red, "abc")) == 3);
  CHECK(styled({.color = false}, Style::red, "abc") == "abc");
  // East Asian Wide and Fullwidth, as Unicode's UAX 11 has them, marks on other letters, and what is no letter.
  CHECK(columns_of("猫と犬") == 6);
  CHECK(columns_of("한국어 이름") == 11);
  CHECK(columns_of("Ａ１") == 4);
  CHECK(columns_of("e\u0301") == 1);
  CHECK(columns_of("русский") == 7);
  CHECK(columns_of("😀") == 2);
  CHECK(columns_of("a\xff"
                   "b") == 3);
  CHECK(columns_of(styled({.color = true}, Style::red, "猫")) == 2);
}

TEST_CASE("wide letters are whole or not there") {
  CHECK(first_columns("猫と犬", 6) == "猫と犬");
  CHECK(first_columns("猫と犬", 5) == "猫と");
  CHECK(first_columns("a猫", 2) == "a");
  CHECK(first_columns("größe", 4) == "größ");
  CHECK(first_columns("abc", -1).empty());
  Table table({{"class"}, {"n", Table::Align::right}});
  table.row({"猫と犬の写真", "5"});
  table.row({"dog", "12"});
  CHECK(table.text() ==
        "class          n\n"
        "------------  --\n"
        "猫と犬の写真   5\n"
        "dog           12\n");
  CHECK(table.text(12) ==
        "class      n\n"
        "--------  --\n"
        "猫と...    5\n"
        "dog       12\n");
}

TEST_CASE("a table aligns its columns") {
  Table table({{"layer"}, {"parameters", Table::Align::right}, {"note"}});
  table.row({"größe", "1,000"});
  table.row({"b", "10", "x"});
  CHECK(table.text() ==
        "layer  parameters  note\n"
        "-----  ----------  ----\n"
        "größe       1,000\n"
        "b              10  x\n");
}

TEST_CASE("a table that is too wide cuts its widest text column") {
  Table table({{"name"}, {"n", Table::Align::right}});
  table.row({"a.very.long.name.of.a.layer", "12345"});
  table.line();
  table.row({"short", "1"});
  CHECK(table.text(20) ==
        "name               n\n"
        "-------------  -----\n"
        "a.very.lon...  12345\n"
        "-------------  -----\n"
        "short              1\n");
}

TEST_CASE("without a terminal progress is plain lines at its pace, never a carriage return") {
  std::string text = written(false, [] {
    const double start = monotonic_seconds();
    Progress progress(0.05);
    for (int i = 0; i < 30; ++i) {
      progress.show("step " + std::to_string(i));
      usleep(10000);
    }
    log_info("done " + std::to_string(monotonic_seconds() - start));
  });
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find('\033') == std::string::npos);
  auto lines = std::count(text.begin(), text.end(), '\n');
  CHECK(lines >= 3);
  const size_t done = text.rfind("done ");
  REQUIRE(done != std::string::npos);
  CHECK(static_cast<double>(lines) <= std::stod(text.substr(done + 5)) / 0.05 + 2);
}

TEST_CASE("on a terminal progress is one line in place, cut to the width, and log lines stand above it") {
  std::string text = written(true, [] {
    Progress progress;
    progress.show("first");
    log_info("a message");
    log_warning("careful");
    usleep(120000);
    progress.show(std::string(100, 'x'));
  });
  CHECK(text ==
        "\rfirst\033[K"
        "\r\033[Ka message\r\nfirst"
        "\r\033[K\033[33mwarning: \033[0mcareful\r\nfirst"
        "\r" +
            std::string(39, 'x') +
            "\033[K"
            "\r\033[K");
}

TEST_CASE("a line that is too wide loses whole parts, never half a number or its unit") {
  const auto last_line = [](const std::string& line) {
    const std::string text = written(true, [&] { Progress().show(line); });  // 40 columns
    return text.substr(1, text.find("\033[K") - 1);
  };
  const std::string line = "step 1234/56789 (2 %)  12 samples/s  ETA 1234 s";
  CHECK(last_line(line) == "step 1234/56789 (2 %)  12 samples/s");
  CHECK(last_line("step 1234/56789 (2 %)  123456 samples/s  ETA 12 min") == "step 1234/56789 (2 %)  123456 samples/s");
  CHECK(last_line("step 1234/56789 (2 %)  123456.7 samples/s  ETA 12 min") == "step 1234/56789 (2 %)");
  CHECK(last_line("evaluating 1234567890123/1234567890123456789") == "evaluating");
  CHECK(last_line("short  line") == "short  line");
}

TEST_CASE("progress is redrawn at most ten times a second, and not at all when it is off") {
  std::string text = written(true, [] {
    Progress progress;
    for (int i = 0; i < 1000; ++i) progress.show("again");
  });
  CHECK(std::count(text.begin(), text.end(), 'g') == 1);
  CHECK(written(true, [] { Progress(10, false).show("hidden"); }).empty());
}

TEST_CASE("names cannot move the cursor, change colours or turn the writing round") {
  CHECK(visible("plain, Größe, 数, tab\tand\nline") == "plain, Größe, 数, tab\tand\nline");
  CHECK(visible("two\nlines", false) == "two\\x0Alines");
  CHECK(visible("\033[31mred\033[0m\r\a\x7f") == "\\x1B[31mred\\x1B[0m\\x0D\\x07\\x7F");
  CHECK(visible("\xC2\x9B"
                "31m") == "\\x9B31m");  // CSI of C1
  CHECK(visible("a\xE2\x80\xAE"
                "gnp.exe") == "a\\u202Egnp.exe");  // right to left from here on
  CHECK(visible("\xFF\xFE ok \xE2\x80") == "\\xFF\\xFE ok \\xE2\\x80");
  CHECK(visible(std::string_view("nul\0", 4)) == "nul\\x00");
  Table table({{"name"}, {"size", Table::Align::right}});
  table.row({"\033]0;title\a\nx", "1"});
  CHECK(table.text().find('\033') == std::string::npos);
  CHECK(table.text().find("\\x1B]0;title\\x07\\x0Ax") != std::string::npos);
}

}  // namespace
}  // namespace dlrun::terminal_test
