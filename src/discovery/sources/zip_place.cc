#include "discovery/sources/zip_place.h"

#include <endian.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "discovery/sources/zip_mark.h"

namespace rekey::discovery {
namespace {

using base::Result;

// APPNOTE.TXT 4.3.16: the last record, and its longest comment; 4.3.12: an entry of the table.
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kEndRoom = kEndBytes + 65535;
constexpr std::string_view kEntry{"PK\x01\x02"};
constexpr std::size_t kEntryBytes = 46;
constexpr std::uint64_t kLargestTable = std::uint64_t{64} << 20;
constexpr std::uint32_t kElsewhere = 0xffffffff;  // 4.4.1.4: in the record of zip64

std::uint64_t number16(std::string_view bytes, std::size_t at) noexcept {
  std::uint16_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return le16toh(number);
}

std::uint32_t number32(std::string_view bytes, std::size_t at) noexcept {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return le32toh(number);
}

// So many bytes from there.
Result<std::string> bytes_at(ByteStream& stream, std::uint64_t at, std::uint64_t size) {
  REKEY_CHECK(stream.go_to(at));
  std::string bytes(static_cast<std::size_t>(size), '\0');
  const Filled filled = fill(stream, bytes);
  REKEY_CHECK(filled.status);
  bytes.resize(filled.size_bytes);
  return bytes;
}

}  // namespace

Result<std::optional<ZipEnd>> find_zip_end(ByteStream& stream, std::uint64_t size) {
  const std::uint64_t from = size - std::min<std::uint64_t>(size, kEndRoom);
  REKEY_TRY(const std::string last, bytes_at(stream, from, size - from));
  const std::size_t at = last_zip_mark(last);
  if (at == std::string::npos || last.size() - at < kEndBytes) return std::optional<ZipEnd>();
  const std::string_view record = std::string_view(last).substr(at, kEndBytes);
  const std::uint64_t table_bytes = number32(record, 12);
  ZipEnd end;
  end.table_at = from + at - std::min<std::uint64_t>(from + at, table_bytes);
  end.table_offset = number32(record, 16);
  end.comment_at = from + at + kEndBytes;
  end.end = end.comment_at + number16(record, 20);
  return std::optional(end);
}

Result<std::uint64_t> find_zip_begin(ByteStream& stream, const ZipEnd& end) {
  const std::uint64_t table_bytes = end.comment_at - kEndBytes - end.table_at;
  if (end.table_offset > end.table_at || table_bytes > kLargestTable) return 0;
  REKEY_TRY(const std::string table, bytes_at(stream, end.table_at, table_bytes));
  std::uint32_t first = kElsewhere;
  std::string_view left = table;
  while (left.size() >= kEntryBytes && left.starts_with(kEntry)) {
    const std::uint32_t offset = number32(left, 42);
    if (offset == kElsewhere) return 0;
    first = std::min(first, offset);
    const std::uint64_t size =
        kEntryBytes + number16(left, 28) + number16(left, 30) + number16(left, 32);
    left.remove_prefix(static_cast<std::size_t>(std::min<std::uint64_t>(size, left.size())));
  }
  const std::uint64_t begin = end.table_at - end.table_offset + first;
  return first == kElsewhere || begin > end.table_at ? 0 : begin;
}

bool is_end_of_zip(std::string_view last_bytes) noexcept {
  const std::string_view last =
      last_bytes.substr(last_bytes.size() - std::min(last_bytes.size(), kEndRoom));
  const std::size_t at = last_zip_mark(last);
  if (at == std::string_view::npos || last.size() - at < kEndBytes) return false;
  const std::string_view record = last.substr(at);
  return number16(record, 10) != 0 && number16(record, 20) == record.size() - kEndBytes;
}

bool ends_as_zip(std::string_view first_bytes, ByteStream& stream) {
  using namespace std::string_view_literals;
  constexpr std::array kPrograms{"MZ"sv,
                                 "\x7f"
                                 "ELF"sv,
                                 "#!"sv, "\xcf\xfa\xed\xfe"sv, "\xca\xfe\xba\xbe"sv};
  const auto size = stream.size_bytes();
  if (!size || *size < kEndBytes || begins_as_zip(first_bytes)) return false;
  const bool is_program =
      std::any_of(kPrograms.begin(), kPrograms.end(),
                  [&](std::string_view magic) { return first_bytes.starts_with(magic); });
  // Of all other files only the last bytes are looked at.
  const auto last = is_program ? Result<std::string>(std::string())
                               : bytes_at(stream, *size - kEndBytes, kEndBytes);
  const bool may_be = is_program || (last && is_end_of_zip(*last));
  const auto end = may_be ? find_zip_end(stream, *size) : Result<std::optional<ZipEnd>>();
  const bool is_back = stream.go_to(0).has_value();
  // A program that only knows the record's first bytes ends otherwise.
  return may_be && is_back && end && end->has_value() && (*end)->end == *size;
}

}  // namespace rekey::discovery
