// The JSON readers: nothing crashes, both agree, and what was written reads back.
#include <string>

#include "base/assert.h"
#include "net/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using rekey::net::FlatJson;
  using rekey::net::JsonValue;
  std::string padded(reinterpret_cast<const char*>(data), size_bytes);
  padded.append(64, '\0');
  const std::string_view text(padded.data(), size_bytes);

  static FlatJson flat;
  const bool is_flat = flat.parse(text);
  REKEY_ASSERT(is_flat == flat.problem().empty());
  const auto json = rekey::net::parse_json(text);
  if (is_flat && json) {
    for (const auto& [name, content] : json->members()) {
      const FlatJson::Member* member = flat.find(name);
      REKEY_ASSERT(member != nullptr);
      if (content.kind() == JsonValue::Kind::kString) {
        REKEY_ASSERT(member->string == *content.as_string());
      }
      if (content.kind() == JsonValue::Kind::kInteger) {
        REKEY_ASSERT(member->integer == *content.as_integer());
      }
    }
  }
  // FlatJson may refuse more (NUL, 32 members, 64 KiB), never other syntax.
  if (json && json->kind() == JsonValue::Kind::kObject && !is_flat) {
    REKEY_ASSERT(flat.problem() != "malformed JSON" && flat.problem() != "not UTF-8");
  }
  if (!json) REKEY_ASSERT(json.error().code == rekey::base::Code::kInvalidArgument);
  flat.forget();

  std::string written;
  rekey::net::append_json_string(written, text);
  REKEY_ASSERT(rekey::net::parse_json(written).has_value());
  return 0;
}
