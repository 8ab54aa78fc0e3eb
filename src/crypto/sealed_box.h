// Sealing to a public key: how a value reaches Rekey from a person's own machine. Whoever holds the
// public address can seal and not open; a browser can do it with WebCrypto alone.
//
// Ephemeral ECDH over P-256 (NIST SP 800-56A section 5.7.1.2), HKDF-SHA-256 (RFC 5869), AES-256-GCM
// (NIST SP 800-38D). The context (which run, which client id) is part of the key's derivation: a
// value sealed for one run does not open in another.
//
//   address   rkp1.<public key>.<context>
//   sealed    rks1.<key id>.<context id>.<ephemeral public key>.<ciphertext and tag>
//
// Both are one line of base64url parts. The ids only serve clear errors; the tag covers them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rekey::crypto {

// An uncompressed point of P-256 (SEC 1 section 2.3.3): 0x04, X, Y.
using IntakePublicKey = std::array<std::uint8_t, 65>;

inline constexpr std::size_t kMaxIntakeContextBytes = 255;
inline constexpr std::size_t kMaxSealedValueBytes = 4096;
inline constexpr std::size_t kMaxSealedTextBytes = 6 * 1024;

// Where to seal to: what a person is handed. Nothing in it is secret.
struct IntakeAddress {
  IntakePublicKey key{};
  std::string context;  // 1 to kMaxIntakeContextBytes of UTF-8 without hidden characters
  friend bool operator==(const IntakeAddress&, const IntakeAddress&) = default;
};

[[nodiscard]] std::string to_text(const IntakeAddress& address);
// Blanks and line ends around it are passed over. kInvalidArgument where it is no address, or its
// key is no point of the curve.
[[nodiscard]] base::Result<IntakeAddress> intake_address_from_text(std::string_view text);
// 16 hex digits over key and context, in fours, to compare by eye: "1f3a-09bc-77de-0142".
[[nodiscard]] std::string fingerprint_of(const IntakeAddress& address);

// The private half. Movable; one object may be used by several threads that only read it.
class IntakeKey {
 public:
  // The two halves as private_bytes() gave them. kCorrupt where they do not belong together.
  [[nodiscard]] static base::Result<IntakeKey> from_private_bytes(const base::Secret& bytes);
  IntakeKey(IntakeKey&&) noexcept;
  IntakeKey& operator=(IntakeKey&&) noexcept;
  ~IntakeKey();

  // `context`: as IntakeAddress holds it.
  [[nodiscard]] IntakeAddress address(std::string context) const;
  // 97 bytes: the scalar and the public key. To be stored sealed, or not at all.
  [[nodiscard]] base::Secret private_bytes() const;

 private:
  friend IntakeKey make_intake_key();
  friend base::Result<base::Secret> open_sealed(const IntakeKey&, std::string_view,
                                                std::string_view);
  struct State;
  explicit IntakeKey(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

[[nodiscard]] IntakeKey make_intake_key();

// One line. kInvalidArgument where the value is empty or longer than kMaxSealedValueBytes. The text
// shows the value's length to whoever reads it.
[[nodiscard]] base::Result<std::string> seal_to(const IntakeAddress& address,
                                                const base::Secret& value);

// Blanks and line ends around `text` are passed over. kInvalidArgument where it is no sealed value;
// kNotFound where it was sealed to another key; kConflict where it was sealed for another context;
// kCorrupt where it was changed on the way.
[[nodiscard]] base::Result<base::Secret> open_sealed(const IntakeKey& key, std::string_view context,
                                                     std::string_view text);

}  // namespace rekey::crypto
