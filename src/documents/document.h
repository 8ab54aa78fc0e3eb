// Configuration files as bytes: find a value by its key path, replace exactly its bytes, prove that
// nothing else changed.
//
// Pure. An editor never re-emits a document: it finds the byte span of one scalar, encodes the new
// value for that spot, splices, reads the result again, and checks that every other byte is the
// same and that the value reads back equal. Adding a format: one file pair, one line in
// registry.cc.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::documents {

// Where a scalar's text lies, quotes included, and what it reads as.
struct Located {
  std::size_t begin = 0;  // byte offset
  std::size_t end = 0;
  base::Secret value;  // decoded
};

class Format {
 public:
  virtual ~Format() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;  // "dotenv", "json", …

  // `key`: in the format's own language, see docs/documents.md. kInvalidArgument where it is no
  // key; kNotFound naming it; kConflict where it occurs twice; kCorrupt with line and column where
  // the document does not parse; kUnsupported where the value is not one string, or not one that
  // every reader reads alike. No error holds a value.
  [[nodiscard]] virtual base::Result<Located> locate(std::string_view document,
                                                     std::string_view key) const = 0;

  // The key of the value whose text holds the byte at `offset`, in the form that locate takes; what
  // it finds by that key may be another place where the document says one thing twice. kNotFound
  // where no value's text is there; kCorrupt as of locate.
  [[nodiscard]] virtual base::Result<std::string> key_at(std::string_view document,
                                                         std::size_t offset) const = 0;

  // The text for that spot, quotes included, in the style that stands there now where it can carry
  // the value. kInvalidArgument where no style can.
  [[nodiscard]] virtual base::Result<base::Secret> encode(std::string_view document,
                                                          const Located& spot,
                                                          std::string_view value) const = 0;
};

// nullptr where there is no such format.
[[nodiscard]] const Format* find_format(std::string_view name) noexcept;
[[nodiscard]] std::span<const std::string_view> format_names() noexcept;
// By the file's name, as in the table of docs/documents.md; empty where unknown.
[[nodiscard]] std::string_view guess_format(std::string_view path) noexcept;

// Both refuse (kUnsupported) a value that is ciphertext or a placeholder for one kept elsewhere.
[[nodiscard]] base::Result<base::Secret> read_value(const Format& format, std::string_view document,
                                                    std::string_view key);

// The document with that one value replaced, checked as said above.
[[nodiscard]] base::Result<base::Secret> replace_value(const Format& format,
                                                       std::string_view document,
                                                       std::string_view key,
                                                       std::string_view value);

}  // namespace rekey::documents
