// libcurl's functions, loaded by name, and one transfer with them.

#include "base/http.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "base/error.h"
#include "base/text.h"

namespace dlrun {
namespace {

constexpr const char* library_names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};

// By number: libcurl before 7.85 knows no others, newer headers warn of these.
constexpr auto protocols = static_cast<CURLoption>(CURLOPTTYPE_LONG + 181);
constexpr auto protocols_of_redirections = static_cast<CURLoption>(CURLOPTTYPE_LONG + 182);

struct Curl {
  std::string problem;
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) init = nullptr;
  decltype(&curl_easy_reset) reset = nullptr;
  decltype(&curl_easy_setopt) set = nullptr;
  decltype(&curl_easy_perform) perform = nullptr;
  decltype(&curl_easy_getinfo) get = nullptr;
  decltype(&curl_easy_cleanup) cleanup = nullptr;
  decltype(&curl_easy_strerror) text_of = nullptr;
  decltype(&curl_slist_append) append = nullptr;
  decltype(&curl_slist_free_all) free_list = nullptr;

  Curl() {
    void* library = nullptr;
    for (const char* name : library_names) {
      if ((library = dlopen(name, RTLD_NOW | RTLD_LOCAL))) break;
      if (problem.empty()) problem = dlerror();
    }
    if (!library) return;
    problem.clear();
    find(library, "curl_global_init", global_init);
    find(library, "curl_easy_init", init);
    find(library, "curl_easy_reset", reset);
    find(library, "curl_easy_setopt", set);
    find(library, "curl_easy_perform", perform);
    find(library, "curl_easy_getinfo", get);
    find(library, "curl_easy_cleanup", cleanup);
    find(library, "curl_easy_strerror", text_of);
    find(library, "curl_slist_append", append);
    find(library, "curl_slist_free_all", free_list);
    if (problem.empty() && global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) problem = "libcurl does not start";
  }

  template <class Function>
  void find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (!function && problem.empty()) problem = std::string("libcurl has no ") + name;
  }
};

const Curl& curl() {
  static const Curl loaded;
  return loaded;
}

struct Transfer {
  const HttpRequest* request;
  HttpAnswer answer;
  void* handle;
  std::exception_ptr thrown;
  bool given_up = false, too_long = false;
};

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n"), end = text.find_last_not_of(" \t\r\n");
  return begin == std::string_view::npos ? "" : std::string(text.substr(begin, end - begin + 1));
}

size_t take_header(char* data, size_t, size_t size, void* context) {
  Transfer& transfer = *static_cast<Transfer*>(context);
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {  // of a redirection or a proxy the answer before is forgotten
    transfer.answer.headers.clear();
    return size;
  }
  if (const size_t colon = line.find(':'); colon != std::string_view::npos)
    transfer.answer.headers[lower(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
  return size;
}

size_t take_body(char* data, size_t, size_t size, void* context) {
  Transfer& transfer = *static_cast<Transfer*>(context);
  long status = 0;
  curl().get(transfer.handle, CURLINFO_RESPONSE_CODE, &status);
  transfer.answer.status = static_cast<int>(status);
  if (!transfer.request->take || status < 200 || status >= 300) {
    transfer.too_long = transfer.answer.text.size() + size > transfer.request->most_bytes;
    if (transfer.too_long) return 0;
    transfer.answer.text.append(data, size);
    return size;
  }
  try {
    transfer.request->take(transfer.answer, std::as_bytes(std::span(data, size)));
    return size;
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 0;
  }
}

int look(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  Transfer& transfer = *static_cast<Transfer*>(context);
  if (!transfer.request->go_on || transfer.request->go_on()) return 0;
  transfer.given_up = true;
  return 1;
}

size_t give_file(char* data, size_t, size_t size, void* file) {
  return std::fread(data, 1, size, static_cast<std::FILE*>(file));
}

}  // namespace

bool offline() {
  const char* value = std::getenv("DLRUN_OFFLINE");
  return value && *value && std::string_view(value) != "0";
}

std::string shown_url(const std::string& url) {
  const size_t scheme = url.find("://"), begin = scheme == std::string::npos ? 0 : scheme + 3;
  const size_t path = std::min(url.find_first_of("/?#", begin), url.size()), user = url.rfind('@', path);
  std::string shown = url.substr(0, begin);
  shown += user != std::string::npos && user >= begin ? url.substr(user + 1) : url.substr(begin);
  return shown.substr(0, shown.find_first_of("?#"));
}

std::string url_encoded(const std::string& text) {
  std::string encoded;
  for (const unsigned char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
        std::string_view("-._~").find(static_cast<char>(c)) != std::string_view::npos) {
      encoded += static_cast<char>(c);
    } else {
      encoded += '%';
      encoded += "0123456789ABCDEF"[c >> 4];
      encoded += "0123456789ABCDEF"[c & 15];
    }
  }
  return encoded;
}

std::string HttpAnswer::what() const { return problem.empty() ? "answers " + std::to_string(status) : problem; }

std::string http_problem() { return curl().problem; }

Http::Http() {
  if (!curl().problem.empty())
    throw UserError(ExitCode::no_input, "libcurl cannot be loaded, and connections are made by it: " + curl().problem +
                                            "\nInstall it (Debian: libcurl4).");
  handle_ = curl().init();
  if (!handle_) throw UserError(ExitCode::no_resources, "libcurl has no memory for a connection");
}

Http::~Http() { curl().cleanup(handle_); }

HttpAnswer Http::ask(const HttpRequest& request) {
  const Curl& c = curl();
  Transfer transfer{.request = &request, .answer = {}, .handle = handle_, .thrown = nullptr};
  const std::shared_ptr<void> reset(nullptr, [&](void*) { c.reset(handle_); });
  char reason[CURL_ERROR_SIZE] = "";
  curl_slist* list = c.append(nullptr, "User-Agent: dlrun");
  for (const std::string& header : request.headers) list = c.append(list, header.c_str());
  const std::shared_ptr<curl_slist> headers(list, c.free_list);
  std::shared_ptr<std::FILE> file;
  c.set(handle_, CURLOPT_URL, request.url.c_str());
  c.set(handle_, protocols, long{CURLPROTO_HTTP | CURLPROTO_HTTPS});
  c.set(handle_, protocols_of_redirections,
        request.url.starts_with("https:") ? long{CURLPROTO_HTTPS} : long{CURLPROTO_HTTP | CURLPROTO_HTTPS});
  c.set(handle_, CURLOPT_FOLLOWLOCATION, 1L);
  c.set(handle_, CURLOPT_MAXREDIRS, 10L);
  c.set(handle_, CURLOPT_NOSIGNAL, 1L);  // signals are a training's own
  for (const char* name :
       {"CURL_CA_BUNDLE", "SSL_CERT_FILE"})  // which the program curl reads, and the library does not
    if (const char* certificates = std::getenv(name); certificates && *certificates) {
      c.set(handle_, CURLOPT_CAINFO, certificates);
      break;
    }
  c.set(handle_, CURLOPT_ERRORBUFFER, reason);
  c.set(handle_, CURLOPT_HTTPHEADER, headers.get());
  c.set(handle_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_seconds * 1000));
  c.set(handle_, CURLOPT_LOW_SPEED_LIMIT, 1L);
  c.set(handle_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::max(1.0, request.idle_seconds)));
  c.set(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(request.seconds * 1000));
  c.set(handle_, CURLOPT_HEADERFUNCTION, take_header);
  c.set(handle_, CURLOPT_HEADERDATA, &transfer);
  c.set(handle_, CURLOPT_WRITEFUNCTION, take_body);
  c.set(handle_, CURLOPT_WRITEDATA, &transfer);
  c.set(handle_, CURLOPT_XFERINFOFUNCTION, look);
  c.set(handle_, CURLOPT_XFERINFODATA, &transfer);
  c.set(handle_, CURLOPT_NOPROGRESS, 0L);
  if (!request.upload.empty()) {
    file.reset(std::fopen(request.upload.c_str(), "rb"), [](std::FILE* open) {
      if (open) std::fclose(open);
    });
    struct stat status = {};
    if (!file || fstat(fileno(file.get()), &status) != 0) {
      transfer.answer.problem = request.upload + ": cannot be read";
      return transfer.answer;
    }
    c.set(handle_, CURLOPT_UPLOAD, 1L);
    c.set(handle_, CURLOPT_READFUNCTION, give_file);
    c.set(handle_, CURLOPT_READDATA, file.get());
    c.set(handle_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(status.st_size));
  } else if (request.method != "GET") {
    c.set(handle_, CURLOPT_POSTFIELDS, request.body.data());
    c.set(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  if (request.method != "GET") c.set(handle_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  const CURLcode code = c.perform(handle_);
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  long status = 0;
  c.get(handle_, CURLINFO_RESPONSE_CODE, &status);
  transfer.answer.status = static_cast<int>(status);
  if (transfer.given_up)
    transfer.answer.problem = "given up";
  else if (transfer.too_long)
    transfer.answer.problem = "the answer is longer than " + std::to_string(request.most_bytes) + " bytes";
  else if (code != CURLE_OK)
    transfer.answer.problem = *reason ? reason : c.text_of(code);
  return transfer.answer;
}

}  // namespace dlrun
