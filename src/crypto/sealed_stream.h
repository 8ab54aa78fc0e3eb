// A long content under one key, in pieces, so that neither side holds it whole: AES-256-GCM for
// each piece in the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015,
// section 7).
//
// A piece's nonce is its number (11 bytes, big-endian) and one byte that says whether it is the
// last. So no piece can be changed, left out, moved or taken from another stream, and no stream can
// be cut off. `associated` is authenticated with every piece and not stored.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/token_cipher.h"

namespace rekey::crypto {

// Every piece but the last has this size before it is sealed; sealed, a piece is kTokenTagSize
// larger.
inline constexpr std::size_t kStreamPieceBytes = 64 * 1024;

// The numbers of the pieces; one stream under one key.
class StreamSealer {
 public:
  // `key`: 32 bytes that serve this stream alone.
  StreamSealer(const base::Secret& key, std::string_view associated)
      : cipher_(key), associated_(associated) {}
  // At most kStreamPieceBytes. Nothing may follow the last piece.
  [[nodiscard]] std::string seal(std::string_view piece, bool is_last);

 private:
  TokenCipher cipher_;
  const std::string associated_;
  std::uint64_t next_ = 0;
  bool is_ended_ = false;
};

class StreamOpener {
 public:
  StreamOpener(const base::Secret& key, std::string_view associated)
      : cipher_(key), associated_(associated) {}
  // kCorrupt where it is not what was sealed in this place.
  [[nodiscard]] base::Result<base::Secret> open(std::string_view sealed, bool is_last);

 private:
  TokenCipher cipher_;
  const std::string associated_;
  std::uint64_t next_ = 0;
};

}  // namespace rekey::crypto
