// Fuzzes the format of client secrets from both ends: any text is read without a crash and without
// the two readers disagreeing, and any entropy makes a value that reads back and bears no mistake.
// Needs no seeds: the second half builds well-formed values itself.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/text.h"
#include "credential/secret_format.h"

namespace {

using namespace rekey;

void read_any_text(std::string_view text) {
  const auto parsed = credential::parse_secret(text);
  REKEY_ASSERT(parsed.has_value() == credential::is_well_formed_secret(text));
  if (!parsed) REKEY_ASSERT(parsed.error().code == base::Code::kInvalidArgument);
  const auto shown = credential::shown_prefix(text);
  REKEY_ASSERT(shown.size() <= credential::kSecretShownSize && text.starts_with(shown));
  const bool is_importable =
      credential::check_importable(text, credential::default_foreign_shapes()).has_value();
  REKEY_ASSERT(is_importable || !parsed.has_value());
}

credential::SecretShape shape_from(std::span<const std::uint8_t, 11> choices) {
  credential::SecretShape shape;
  constexpr std::array kKinds{credential::SecretKind::kProduction, credential::SecretKind::kSandbox,
                              credential::SecretKind::kTest};
  shape.kind = kKinds[choices[0] % kKinds.size()];
  const auto letter = [&](std::size_t at) { return base::kBase62Alphabet[choices[at] % 62]; };
  shape.prefix = {letter(1), letter(2), letter(3), letter(4), '_'};
  std::string tag;
  for (std::size_t at = 5; at < choices.size(); ++at) tag += letter(at);
  if (tag != "000000") shape.slot = credential::SlotTag{tag};
  return shape;
}

void make_and_damage(std::span<const std::uint8_t> data) {
  std::array<std::uint8_t, 11> choices{};
  std::array<std::uint8_t, 90> entropy{};
  std::array<std::uint8_t, 2> damage{};
  const auto take = [&](std::span<std::uint8_t> to) {
    const auto part = data.first(std::min(data.size(), to.size()));
    std::copy(part.begin(), part.end(), to.begin());
    data = data.subspan(part.size());
  };
  take(choices);
  take(damage);
  take(entropy);

  const auto shape = shape_from(choices);
  const auto made = credential::make_secret(shape, entropy);
  if (!made) {
    REKEY_ASSERT(made.error().code == base::Code::kLimitReached);
    return;
  }
  std::string value(made->reveal());
  const auto parsed = credential::parse_secret(value);
  REKEY_ASSERT(parsed.has_value() && parsed->prefix == shape.prefix && parsed->kind == shape.kind);
  REKEY_ASSERT(parsed->slot_tag ==
               (shape.slot == credential::default_slot() ? "000000" : shape.slot.value));
  read_any_text(value);

  char& damaged = value[damage[0] % value.size()];
  const bool changes = damaged != static_cast<char>(damage[1]);
  damaged = static_cast<char>(damage[1]);
  REKEY_ASSERT(credential::is_well_formed_secret(value) != changes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span input(data, size);
  read_any_text(base::text_of(input));
  make_and_damage(input);
  return 0;
}
