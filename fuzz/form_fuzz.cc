// The form reader: nothing crashes, and what it takes is what the strict decoder takes.
#include "base/assert.h"
#include "base/text.h"
#include "net/form.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  static rekey::net::FlatForm form;
  const bool is_form = form.parse(text);
  REKEY_ASSERT(is_form == form.problem().empty());
  const auto first = text.substr(0, text.find('&'));
  if (is_form && !first.empty()) {
    const auto equals = first.find('=');
    const auto name = rekey::base::percent_decode_form(first.substr(0, equals));
    REKEY_ASSERT(name && form.find(*name) != nullptr);
    const auto value = rekey::base::percent_decode_form(
        equals == std::string_view::npos ? std::string_view{} : first.substr(equals + 1));
    REKEY_ASSERT(value && form.find(*name)->value == *value);
  }
  form.forget();
  return 0;
}
