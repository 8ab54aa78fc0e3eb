// The editors: nothing crashes, and an edit that is made reads back and can be undone.
//
// The input is a key, a new value and a document, split at the first two NUL bytes.
#include <algorithm>
#include <string>

#include "base/assert.h"
#include "documents/document.h"

namespace {

std::string_view take_part(std::string_view& input) {
  const auto end = std::min(input.find('\0'), input.size());
  const auto part = input.substr(0, end);
  input.remove_prefix(std::min(end + 1, input.size()));
  return part;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  namespace documents = rekey::documents;
  using rekey::base::Code;
  std::string_view input(reinterpret_cast<const char*>(data), size_bytes);
  const auto key = take_part(input);
  const auto value = take_part(input);
  for (const auto name : documents::format_names()) {
    const documents::Format& format = *documents::find_format(name);
    const auto before = documents::read_value(format, input, key);
    const auto edited = documents::replace_value(format, input, key, value);
    // kInternal is the check after the edit: it must never have to speak.
    REKEY_ASSERT(edited.has_value() || edited.error().code != Code::kInternal);
    if (!edited) continue;
    REKEY_ASSERT(before.has_value());
    const auto after = documents::read_value(format, edited->reveal(), key);
    REKEY_ASSERT(after.has_value() && after->reveal() == value);
    const auto undone = documents::replace_value(format, edited->reveal(), key, before->reveal());
    if (undone) {
      const auto again = documents::read_value(format, undone->reveal(), key);
      REKEY_ASSERT(again.has_value() && *again == *before);
    }
  }
  return 0;
}
