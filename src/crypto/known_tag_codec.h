// The tags of a secret as bytes, for keeping and sending: no value, and nothing of the key.
//
// 1 byte version (1), 1 byte number of tags, 1 byte number of forms without a window; then each
// tag: 1 byte form, 4 bytes size of its text, 4 bytes before its window, 8 bytes window hash, 16
// bytes tag; then each form without a window, 1 byte. Numbers are big-endian.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "crypto/known_tags.h"

namespace rekey::crypto {

[[nodiscard]] std::vector<std::uint8_t> encode_tags(const TaggedSecret& tagged);
// kCorrupt where it is no such thing; kUnsupported where a newer version wrote it. Strict: what is
// read gives the same bytes again.
[[nodiscard]] base::Result<TaggedSecret> decode_tags(std::span<const std::uint8_t> bytes);

}  // namespace rekey::crypto
