// HTTP and HTTPS by libcurl, which is loaded when it is first needed: a dlrun without it does everything else.
//
// Proxies, certificates and hosts that need none are libcurl's own variables (https_proxy, no_proxy, SSL_CERT_FILE).

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dlrun {

// Whether DLRUN_OFFLINE asks for no connection to be made: set, and neither empty nor 0. Who calls Http asks first.
bool offline();

// An URL for messages: without user and password, and without what stands behind "?".
std::string shown_url(const std::string& url);

// What an URL may hold in one of its parts: everything but letters, digits and "-._~" becomes %XX.
std::string url_encoded(const std::string& text);

struct HttpAnswer {
  int status = 0;                              // 0: there was none
  std::string problem;                         // why: "could not resolve host: example.org"
  std::map<std::string, std::string> headers;  // names in lower case
  std::string text;                            // what came, where nobody takes it

  bool good() const { return problem.empty() && status >= 200 && status < 300; }
  // "answers 404", "could not resolve host: example.org".
  std::string what() const;
};

struct HttpRequest {
  std::string url;
  std::string method = "GET";
  std::vector<std::string> headers;  // "Content-Type: application/json"
  std::string body;
  std::string upload;             // a file that is the body instead
  double connect_seconds = 15;    // for a connection
  double idle_seconds = 30;       // without a byte, then it is given up
  double seconds = 0;             // for everything; 0: no limit
  uint64_t most_bytes = 1 << 24;  // of HttpAnswer::text
  // Gets the answer's head with each piece of a 2xx answer; may throw, which ends the transfer and is thrown on.
  std::function<void(const HttpAnswer&, std::span<const std::byte>)> take;
  // Asked several times a second, whether anything comes or not; false gives up.
  std::function<bool()> go_on;
};

// Connections that are used again. For one thread at a time.
class Http {
 public:
  Http();  // throws UserError(no_input) where libcurl cannot be loaded
  ~Http();
  HttpAnswer ask(const HttpRequest& request);

 private:
  void* handle_ = nullptr;
};

// Empty, or why libcurl cannot be loaded.
std::string http_problem();

}  // namespace dlrun
