#include "documents/key_path.h"

#include <algorithm>

namespace rekey::documents {
namespace {

using base::Code;
using base::fail;
using base::Result;

// RFC 6901 section 3: "~1" is '/', "~0" is '~', and '~' stands nowhere else.
Result<std::string> unescape_pointer_token(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      name += token[i];
      continue;
    }
    const char next = i + 1 < token.size() ? token[i + 1] : '\0';
    if (next != '0' && next != '1') {
      return fail(Code::kInvalidArgument,
                  "in a JSON Pointer '~' must be followed by 0 or 1 (RFC 6901)");
    }
    name += next == '0' ? '~' : '/';
    ++i;
  }
  return name;
}

Result<Path> parse_pointer(std::string_view key) {
  Path path;
  while (!key.empty()) {
    key.remove_prefix(1);
    const auto end = std::min(key.find('/'), key.size());
    REKEY_TRY(auto name, unescape_pointer_token(key.substr(0, end)));
    path.push_back({std::move(name)});
    key.remove_prefix(end);
  }
  return path;
}

// "[member=text]" in front of `key`, which is moved behind it.
Result<Step> take_selector(std::string_view& key) {
  const auto close = key.find(']');
  const auto equals = key.substr(0, close).find('=');
  const bool is_at_an_end =
      close != std::string_view::npos &&
      (close + 1 == key.size() || key[close + 1] == '.' || key[close + 1] == '[');
  if (!is_at_an_end || equals == std::string_view::npos || equals == 1) {
    return fail(Code::kInvalidArgument,
                "in a dotted key '[' begins a selector, such as values[key=secret].value; write "
                "names that hold a bracket as a JSON Pointer, such as /a[0]/b");
  }
  Step step{std::string(key.substr(1, equals - 1)), true,
            std::string(key.substr(equals + 1, close - equals - 1))};
  key.remove_prefix(close + 1);
  return step;
}

Result<Path> parse_dotted(std::string_view key) {
  Path path;
  for (;;) {
    const auto end = std::min(key.find_first_of(".["), key.size());
    const bool is_list_at_the_top = path.empty() && key.starts_with('[');
    if (end == 0 && !is_list_at_the_top) {
      return fail(Code::kInvalidArgument,
                  "a dotted key has an empty step; write it as a JSON Pointer, such as /a/b");
    }
    if (end > 0) path.push_back({std::string(key.substr(0, end))});
    key.remove_prefix(end);
    while (key.starts_with('[')) {
      REKEY_TRY(path.emplace_back(), take_selector(key));
    }
    if (key.empty()) return path;
    key.remove_prefix(1);
  }
}

}  // namespace

Result<Path> parse_path(std::string_view key) {
  return key.starts_with('/') ? parse_pointer(key) : parse_dotted(key);
}

}  // namespace rekey::documents
