// What comes from a variable whose name looks secret is written as the reference it was.

#include "spec/secrets.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "spec/read.h"
#include "spec/write.h"

namespace dlrun::secrets_test {
namespace {

struct Group final : Params {
  std::string url, token, plain, again;
  std::vector<Field> fields() override {
    return {field("url", url, "Where."), field("token", token, "Who."), field("plain", plain, "What."),
            field("again", again, "Who, again.")};
  }
};

TEST_CASE("names that say so are secret, names that contain the letters are not") {
  for (const char* name : {"HF_TOKEN", "API_KEY", "KEY", "DB_PASSWORD", "dbPassword", "AWS_SECRET_ACCESS_KEY",
                           "GOOGLE_CREDENTIALS", "MY_AUTH", "secret", "OPENAI_APIKEY"})
    CHECK(looks_secret(name));
  for (const char* name : {"HOME", "MONKEY", "KEYBOARD", "TOKENIZER", "DATA_ROOT", "PWD", "USER", "AUTHOR", ""})
    CHECK_FALSE(looks_secret(name));
}

TEST_CASE("the text written keeps the reference, and reads back as the value") {
  setenv("DLRUN_TEST_TOKEN", "hunter2-of-the-test", 1);
  setenv("DLRUN_TEST_ROOT", "data", 1);
  const std::string recipe =
      "url: https://me:${env:DLRUN_TEST_TOKEN}@host/x\ntoken: ${env:DLRUN_TEST_TOKEN}\nplain: ${env:DLRUN_TEST_ROOT}\n"
      "again: ${token}\n";
  Group group;
  read_text(recipe, "r.yaml", {}, group);
  CHECK(group.token == "hunter2-of-the-test");
  CHECK(group.url == "https://me:hunter2-of-the-test@host/x");
  const std::string written = write_yaml(group);
  CHECK(written.find("hunter2") == std::string::npos);
  CHECK(written ==
        "url: \"https://me:${env:DLRUN_TEST_TOKEN}@host/x\"\ntoken: \"${env:DLRUN_TEST_TOKEN}\"\nplain: data\n"
        "again: \"${env:DLRUN_TEST_TOKEN}\"\n");
  Group back;
  read_text(written, "stored.yaml", {}, back);
  CHECK(back.url == group.url);
  CHECK(back.token == group.token);
  CHECK(back.again == group.again);
  CHECK(write_yaml(back) == written);
  const std::vector<std::string> variables = secret_variables();
  CHECK(std::find(variables.begin(), variables.end(), "DLRUN_TEST_TOKEN") != variables.end());
  CHECK(std::find(variables.begin(), variables.end(), "DLRUN_TEST_ROOT") == variables.end());
}

}  // namespace
}  // namespace dlrun::secrets_test
