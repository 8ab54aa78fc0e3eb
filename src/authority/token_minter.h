// Access tokens: opaque to clients, not stored, at most 512 characters.
//
// A token is a JWE in compact form (RFC 7516 section 3.1) with alg "dir", enc "A256GCM" and a kid;
// the plaintext is a binary payload, version 1:
//
//   version 1, kind 1, tenant 8, client id 16, integration 8, secret 8, business unit 8, enterprise
//   8, issued at (ms) 8, life (ms) 4, scope bitmap 32        numbers big-endian
//
// No IV is ever used twice under one key: it is the process's instance number (32 bits, from the
// ledger, never given out twice), the minter's lane (8 bits) and the minter's counter (56 bits).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authority/record.h"
#include "authority/token_id.h"
#include "base/secret.h"
#include "base/time.h"
#include "credential/ids.h"
#include "credential/scope.h"
#include "crypto/token_cipher.h"

namespace rekey::authority {

inline constexpr std::size_t kMaxTokenSize = 512;

enum class TokenKind : std::uint8_t { kServerToServer = 1, kAdmin = 2 };

struct TokenClaims {
  TokenKind kind = TokenKind::kServerToServer;
  credential::TenantId tenant_id;
  ClientKey client;
  credential::IntegrationId integration_id;
  credential::SecretId secret_id;  // that the token was minted with
  credential::BusinessUnitId business_unit;
  credential::BusinessUnitId enterprise;
  base::Instant issued_at{};
  base::Instant expires_at{};  // at most 2^32 - 1 ms after issued_at
  credential::ScopeSet scopes;
  friend bool operator==(const TokenClaims&, const TokenClaims&) = default;
};

struct TokenKey {
  std::uint32_t kid = 0;  // shown as 8 hex digits
  base::Secret key;       // 32 bytes
  std::uint32_t instance = 0;
  base::Instant created_at{};
};

// The key that mints and the earlier ones that tokens still name. Any thread.
class TokenKeys {
 public:
  static constexpr base::Duration kMaxKeyAge = std::chrono::hours{24};
  static constexpr std::uint64_t kMaxKeyUses = 1ull << 31;
  static constexpr std::size_t kMaxLanes = 256;

  // `token_lifetime`: how long a key is kept for reading after another took its place.
  explicit TokenKeys(base::Duration token_lifetime) : token_lifetime_(token_lifetime) {}

  // Mints from now on; the former one reads on for a token's life. The kid must be new.
  void add_key(TokenKey key, base::Instant now);
  // Reads only, as after a restart; `readable_until` is its last use plus a token's life.
  void add_earlier_key(std::uint32_t kid, base::Secret key, base::Instant readable_until);
  // Forgets keys that no living token names.
  void drop_unneeded(base::Instant now);

  // True without a key, a day after the current one was made, and after kMaxKeyUses.
  [[nodiscard]] bool needs_new_key(base::Instant now) const;

 private:
  friend class TokenMinter;
  friend class TokenReader;
  struct Entry {
    std::uint32_t kid = 0;
    base::Secret key;
    std::uint32_t instance = 0;
    base::Instant created_at{};
    base::Instant readable_until = base::kFarFuture;
  };
  struct alignas(64) Lane {
    std::atomic<std::uint64_t> uses{0};  // written by its minter only
  };

  [[nodiscard]] std::uint64_t uses_locked() const noexcept;

  const base::Duration token_lifetime_;
  std::atomic<std::uint64_t> generation_{0};  // changes with every change of entries_
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;  // the current one last, where has_current_
  bool has_current_ = false;
  std::uint64_t uses_before_current_ = 0;
  std::atomic<std::size_t> lane_count_{0};
  std::array<Lane, kMaxLanes> lanes_;
};

// One per worker thread; takes a lane of its own (aborts beyond TokenKeys::kMaxLanes).
class TokenMinter {
 public:
  explicit TokenMinter(TokenKeys& keys);
  // Writes the token to `out` (at least kMaxTokenSize characters) and returns its size; 0 where
  // there is no key yet. Allocates nothing unless the key changed.
  [[nodiscard]] std::size_t mint(const TokenClaims& claims, std::span<char> out) noexcept;

 private:
  struct Current {
    crypto::TokenCipher cipher;
    std::uint32_t instance;
    std::string header;
  };
  void refresh();

  TokenKeys& keys_;
  const std::size_t lane_;
  std::uint64_t counter_ = 0;
  std::uint64_t seen_generation_ = 0;
  std::optional<Current> current_;
};

// One per thread.
class TokenReader {
 public:
  explicit TokenReader(TokenKeys& keys) : keys_(keys) {}
  // The claims of a token of ours that has not expired; nullopt for anything else. Says nothing
  // about what happened to the secret since: lets_tokens_live does.
  [[nodiscard]] std::optional<TokenClaims> read(std::string_view token, base::Instant now);
  // What stands for a token that read() gave claims of.
  [[nodiscard]] static TokenId id_of(std::string_view token);
  // Of a token that is not alive: whether it may have been. True too for the shape of a token under
  // a key that is not kept any more.
  [[nodiscard]] bool may_have_lived(std::string_view token);

 private:
  struct Known {
    crypto::TokenCipher cipher;
    std::string header;
  };
  void refresh();
  // nullptr where the token names no key that is kept.
  [[nodiscard]] Known* find_key(std::string_view token);
  [[nodiscard]] std::optional<TokenClaims> decrypt(std::string_view token);

  TokenKeys& keys_;
  std::uint64_t seen_generation_ = 0;
  std::vector<Known> known_;
};

}  // namespace rekey::authority
