// Columns of letters, by the C library's tables.

#include "base/width.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace dlrun {
namespace {

// While it lives, this thread's letters are UTF-8, whatever the user's language is.
class Utf8Letters {
 public:
  Utf8Letters() {
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8) before_ = uselocale(utf8);
  }
  ~Utf8Letters() {
    if (before_) uselocale(before_);
  }
  Utf8Letters(const Utf8Letters&) = delete;
  Utf8Letters& operator=(const Utf8Letters&) = delete;

  // Bytes and columns of the first letter; of what is no letter one byte, which takes a column unless it goes on with
  // one.
  std::pair<size_t, int> first(std::string_view text) const {
    wchar_t letter = 0;
    mbstate_t state = {};
    const size_t bytes = before_ ? mbrtowc(&letter, text.data(), text.size(), &state) : static_cast<size_t>(-1);
    if (bytes == 0 || bytes > text.size()) return {1, (text.front() & 0xC0) != 0x80};
    const int columns = wcwidth(letter);
    return {bytes, columns < 0 ? 1 : columns};
  }

 private:
  locale_t before_ = nullptr;
};

bool plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char byte) { return (byte & 0x80) != 0; });
}

}  // namespace

int text_width(std::string_view text) {
  if (plain(text)) return static_cast<int>(text.size());
  const Utf8Letters letters;
  int width = 0;
  while (!text.empty()) {
    const auto [bytes, columns] = letters.first(text);
    width += columns;
    text.remove_prefix(bytes);
  }
  return width;
}

std::string_view first_columns(std::string_view text, int width) {
  const auto most = static_cast<size_t>(std::max(0, width));
  if (plain(text)) return text.substr(0, most);
  const Utf8Letters letters;
  size_t end = 0;
  while (end < text.size()) {
    const auto [bytes, columns] = letters.first(text.substr(end));
    if ((width -= columns) < 0) break;
    end += bytes;
  }
  return text.substr(0, end);
}

}  // namespace dlrun
