// Secrets: values that came from environment variables whose names say so are never written into a file.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dlrun {

// Whether a variable of this name holds a secret: TOKEN, SECRET, PASSWORD, PASSWD, KEY, CREDENTIAL(S) or AUTH as one of
// its words (API_KEY, HF_TOKEN, dbPassword do; MONKEY, KEYBOARD do not).
bool looks_secret(std::string_view variable);

// From now on whoever writes `value` as YAML writes `reference` instead ("${env:HF_TOKEN}"), which reads back as it.
void keep_reference(const std::string& value, const std::string& reference, const std::string& variable);
// What is written instead of a value; empty where it is the value itself.
std::string reference_for(const std::string& value);
// The value, or what is written instead of it.
std::string as_written(const std::string& value);
// The variables whose references are kept, sorted.
std::vector<std::string> secret_variables();

}  // namespace dlrun
