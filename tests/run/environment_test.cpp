// environment.json: what it tells, and what it must not.

#include "run/environment.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "run/processor.h"

namespace dlrun::environment_test {
namespace {

TEST_CASE("the environment tells versions, machine and threads") {
  nlohmann::json found = describe_environment({"dlrun", "train"});
  CHECK(found["libtorch"]["version"].get<std::string>().starts_with("2.11"));
  CHECK_FALSE(found["dlrun"]["version"].get<std::string>().empty());
  CHECK(found["dlrun"].contains("revision"));  // Empty where it was built without git.
  CHECK(found["processor"]["cores"].get<int>() > 0);
  for (const auto& [name, value] : describe_processor().items()) CHECK(found["processor"][name] == value);
  CHECK(found["threads"].get<int>() > 0);
  CHECK(found["memory_bytes"].get<uint64_t>() > (uint64_t{1} << 28));
  CHECK(found["command"] == nlohmann::json{"dlrun", "train"});
}

TEST_CASE("no variable outside the list and no password gets in") {
  setenv("OMP_PROC_BIND", "true", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "swordfish", 1);
  setenv("HF_TOKEN", "swordfish", 1);
  setenv("NCCL_ALGO", "https://me:swordfish@host/x", 1);
  nlohmann::json found = describe_environment({"dlrun", "data.path=https://me:swordfish@host/data"});
  CHECK(found["environment"]["OMP_PROC_BIND"] == "true");
  CHECK(found.dump().find("swordfish") == std::string::npos);
  CHECK(found["command"][1] == "data.path=https://host/data");
  for (const char* name : {"OMP_PROC_BIND", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "NCCL_ALGO"}) unsetenv(name);
}

TEST_CASE("user names and passwords are taken out of URLs") {
  CHECK(without_user_info("https://me:secret@host/x") == "https://host/x");
  CHECK(without_user_info("a=s3://key@bucket b=ftp://u:p@h") == "a=s3://bucket b=ftp://h");
  CHECK(without_user_info("https://me:p@ss@host/a@b") == "https://host/a@b");
  CHECK(without_user_info("https://host/a@b") == "https://host/a@b");
  CHECK(without_user_info("me@host") == "me@host");
}

}  // namespace
}  // namespace dlrun::environment_test
