#include "authority/backup_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "authority/json_fields.h"
#include "base/assert.h"
#include "base/text.h"
#include "crypto/key_line.h"
#include "crypto/random.h"
#include "net/json.h"

namespace rekey::authority {

namespace {

using base::Code;
using base::Result;

constexpr std::string_view kMark = "rekey-backup-1\n";
constexpr std::string_view kAnyMark = "rekey-backup-";
constexpr std::size_t kHeadLimitBytes = std::size_t{16} * 1024;
constexpr std::int64_t kSmallPartLimitBytes = 4096;

constexpr std::int64_t kPieceBytes = crypto::kStreamPieceBytes;
constexpr std::int64_t kTagBytes = crypto::kTokenTagSize;

std::int64_t pieces_of(std::int64_t content_bytes) {
  return (content_bytes + kPieceBytes - 1) / kPieceBytes;
}

// A key that is made of a fresh salt wraps one message, so its IV may be all zeros.
std::string wrap(const base::Secret& wrapping_key, const base::Secret& key) {
  crypto::TokenCipher cipher(wrapping_key);
  std::vector<std::uint8_t> wrapped(key.size_bytes() + crypto::kTokenTagSize);
  cipher.encrypt({}, {}, base::bytes_of(key.reveal()), wrapped.data(),
                 std::span(wrapped).last<crypto::kTokenTagSize>());
  return base::base64url_encode(wrapped);
}

tl::unexpected<base::Error> does_not_open(std::string_view why) {
  return base::fail(Code::kUnauthenticated, std::string(why));
}

Result<base::Secret> unwrap(const base::Secret& wrapping_key, std::string_view text) {
  const auto wrapped = base::base64url_decode(text);
  if (!wrapped || wrapped->size() != crypto::kKeySize + crypto::kTokenTagSize) {
    return base::fail(Code::kCorrupt, "the backup's head is damaged: its wrapped key");
  }
  crypto::TokenCipher cipher(wrapping_key);
  const std::span<const std::uint8_t> bytes = *wrapped;
  std::string key(crypto::kKeySize, '\0');
  if (!cipher.decrypt({}, {}, bytes.first(key.size()), bytes.last<crypto::kTokenTagSize>(),
                      reinterpret_cast<std::uint8_t*>(key.data()))) {
    return does_not_open("this passphrase does not open the backup; was it made with another?");
  }
  return base::Secret::take(std::move(key));
}

// What of the head says how the content's key is wrapped.
Result<BackupHead> wrap_key(const BackupFacts& facts, const BackupSeal& seal,
                            const base::Secret& key) {
  BackupHead head;
  head.facts = facts;
  if (const auto* address = std::get_if<crypto::IntakeAddress>(&seal)) {
    head.sealed_to = BackupSealedTo::kRecipient;
    head.recipient = crypto::fingerprint_of(*address);
    REKEY_TRY(head.wrapped_key, crypto::seal_to(*address, key));
    return head;
  }
  crypto::fill_random(head.salt);
  REKEY_TRY(const base::Secret wrapping_key,
            crypto::key_from_passphrase(std::get<base::Secret>(seal), head.salt, head.cost));
  head.wrapped_key = wrap(wrapping_key, key);
  return head;
}

std::string head_text_of(const BackupHead& head) {
  const BackupFacts& facts = head.facts;
  net::JsonWriter json;
  json.begin_object().member("tenant", facts.tenant);
  write_instant(json, "made_at", facts.made_at);
  json.member("made_by", facts.made_by)
      .member("root_key_id", fmt::format("{:08x}", facts.root_key_id))
      .member("ledger_position", facts.position);
  write_instant(json, "latest_event_at", facts.latest_event_at);
  json.member("checkpoint_number", facts.checkpoint_number)
      .member("checkpoint_position", facts.checkpoint_position)
      .member("root_key_bytes", facts.sizes.root_key_bytes)
      .member("anchor_bytes", facts.sizes.anchor_bytes)
      .member("database_bytes", facts.sizes.database_bytes);
  if (head.sealed_to == BackupSealedTo::kPassphrase) {
    json.member("sealed_to", "passphrase")
        .member("scrypt_log2_n", std::int64_t{head.cost.log2_n})
        .member("salt", base::base64url_encode(head.salt));
  } else {
    json.member("sealed_to", "recipient").member("recipient", head.recipient);
  }
  json.member("wrapped_key", head.wrapped_key).end_object();
  return fmt::format("{}{}\n", kMark, json.text());
}

Result<std::uint32_t> key_id_member(const net::JsonValue& json) {
  REKEY_TRY(const std::string text, json.string_member("root_key_id"));
  REKEY_TRY(const auto bytes, base::hex_decode(text));
  if (bytes.size() != 4) return base::fail(Code::kInvalidArgument, "root_key_id: 8 hex digits");
  std::uint32_t id = 0;
  for (const std::uint8_t byte : bytes) id = (id << 8) | byte;
  return id;
}

Result<BackupSizes> read_sizes(const net::JsonValue& json) {
  BackupSizes sizes;
  REKEY_TRY(sizes.root_key_bytes, json.integer_member("root_key_bytes"));
  REKEY_TRY(sizes.anchor_bytes, json.integer_member("anchor_bytes"));
  REKEY_TRY(sizes.database_bytes, json.integer_member("database_bytes"));
  const auto is_small = [](std::int64_t size, std::int64_t least) {
    return size >= least && size <= kSmallPartLimitBytes;
  };
  constexpr std::int64_t kMost = std::int64_t{1} << 50;
  if (is_small(sizes.root_key_bytes, 1) && is_small(sizes.anchor_bytes, 0) &&
      sizes.database_bytes > 0 && sizes.database_bytes < kMost) {
    return sizes;
  }
  return base::fail(Code::kInvalidArgument, "sizes that no backup has");
}

Result<BackupFacts> read_facts(const net::JsonValue& json) {
  BackupFacts facts;
  REKEY_TRY(facts.tenant, json.string_member("tenant"));
  REKEY_TRY(facts.made_by, json.string_member("made_by"));
  REKEY_TRY(facts.made_at, instant_member(json, "made_at"));
  REKEY_TRY(facts.root_key_id, key_id_member(json));
  REKEY_TRY(facts.position, json.integer_member("ledger_position"));
  REKEY_TRY(facts.latest_event_at, optional_instant_member(json, "latest_event_at"));
  REKEY_TRY(facts.checkpoint_number, json.integer_member("checkpoint_number"));
  REKEY_TRY(facts.checkpoint_position, json.integer_member("checkpoint_position"));
  REKEY_TRY(facts.sizes, read_sizes(json));
  return facts;
}

Result<BackupHead> read_head(std::string_view line) {
  REKEY_TRY(const net::JsonValue json, net::parse_json(line));
  BackupHead head;
  REKEY_TRY(head.facts, read_facts(json));
  REKEY_TRY(head.wrapped_key, json.string_member("wrapped_key"));
  REKEY_TRY(const std::string sealed_to, json.string_member("sealed_to"));
  if (sealed_to == "recipient") {
    head.sealed_to = BackupSealedTo::kRecipient;
    REKEY_TRY(head.recipient, json.string_member("recipient"));
    return head;
  }
  if (sealed_to != "passphrase") {
    return base::fail(Code::kInvalidArgument, "sealed_to: passphrase or recipient was expected");
  }
  REKEY_TRY(const std::int64_t log2_n, json.integer_member("scrypt_log2_n"));
  if (log2_n < crypto::kLeastLog2N || log2_n > crypto::kMostLog2N) {
    return base::fail(Code::kInvalidArgument, "scrypt_log2_n: out of bounds");
  }
  head.cost.log2_n = static_cast<int>(log2_n);
  REKEY_TRY(const std::string salt, json.string_member("salt"));
  REKEY_TRY(const std::size_t size, base::base64url_decode_to(salt, head.salt));
  if (size != head.salt.size()) return base::fail(Code::kInvalidArgument, "salt: 16 bytes");
  return head;
}

}  // namespace

Result<BackupWriter> BackupWriter::create(const std::string& path, const BackupFacts& facts,
                                          const BackupSeal& seal) {
  const base::Secret key = crypto::random_key();
  REKEY_TRY(const BackupHead head, wrap_key(facts, seal, key));
  const std::string text = head_text_of(head);
  REKEY_TRY(platform::NewFile file, platform::NewFile::create(path, 0600));
  REKEY_CHECK(file.append(text));
  return BackupWriter(std::move(file), crypto::StreamSealer(key, text), facts.sizes.total_bytes());
}

base::Status BackupWriter::append(std::string_view content) {
  while (!content.empty()) {
    if (piece_.size() == crypto::kStreamPieceBytes) REKEY_CHECK(flush(false));
    const auto portion = content.substr(0, crypto::kStreamPieceBytes - piece_.size());
    // Grown once, so that no shorter copy of the root key stays behind in freed memory.
    piece_.reserve(crypto::kStreamPieceBytes);
    piece_.append(portion);
    content.remove_prefix(portion.size());
  }
  return {};
}

base::Status BackupWriter::flush(bool is_last) {
  left_bytes_ -= static_cast<std::int64_t>(piece_.size());
  auto written = file_.append(sealer_.seal(piece_, is_last));
  base::wipe(piece_.data(), piece_.size());
  piece_.clear();
  return written;
}

base::Status BackupWriter::finish() {
  REKEY_CHECK(flush(true));
  if (left_bytes_ != 0) {
    return base::fail(Code::kInternal,
                      "the copy of the database changed its size while it was "
                      "sealed");
  }
  return file_.finish();
}

Result<ParsedBackupHead> parse_backup_head(std::string_view start) {
  if (!start.starts_with(kAnyMark)) {
    return base::fail(Code::kInvalidArgument,
                      "this is no backup: it does not begin as `rekey backup` writes one");
  }
  if (!start.starts_with(kMark)) {
    return base::fail(Code::kUnsupported, "a newer rekey made it; restore it with that one");
  }
  const std::size_t end = start.find('\n', kMark.size());
  if (end == std::string_view::npos) {
    return base::fail(Code::kCorrupt, "it is cut off in its head; take another copy of it");
  }
  Result<BackupHead> head = read_head(start.substr(kMark.size(), end - kMark.size()));
  if (head) return ParsedBackupHead{*std::move(head), end + 1};
  return base::fail(Code::kCorrupt, fmt::format("its head is damaged: {}; take another copy of it",
                                                head.error().detail));
}

Result<BackupReader> BackupReader::open(const std::string& path) {
  REKEY_TRY(platform::LargeFileReader file, platform::LargeFileReader::open(path));
  std::string start(kHeadLimitBytes, '\0');
  REKEY_TRY(const std::size_t size, file.read(start));
  start.resize(size);
  Result<ParsedBackupHead> parsed = parse_backup_head(start);
  if (!parsed) return tl::unexpected(base::with_context(path, std::move(parsed).error()));
  const std::int64_t content = parsed->head.facts.sizes.total_bytes();
  const std::int64_t expected =
      static_cast<std::int64_t>(parsed->size_bytes) + content + pieces_of(content) * kTagBytes;
  if (file.size_bytes() != expected) {
    return base::fail(Code::kCorrupt,
                      fmt::format("{} has {} bytes, and its head tells of {}: it is not whole; "
                                  "take another copy of it",
                                  path, file.size_bytes(), expected));
  }
  start.resize(parsed->size_bytes);
  REKEY_CHECK(file.seek(static_cast<std::int64_t>(start.size())));
  return BackupReader(path, std::move(file), std::move(parsed->head), std::move(start));
}

base::Status BackupReader::unlock(const BackupOpener& opener) {
  base::Secret key;
  if (const auto* passphrase = std::get_if<base::Secret>(&opener)) {
    if (head_.sealed_to != BackupSealedTo::kPassphrase) {
      return does_not_open("the backup is sealed to the key " + head_.recipient +
                           ", and not with a passphrase; name that key's file with --backup-key");
    }
    REKEY_TRY(const base::Secret wrapping_key,
              crypto::key_from_passphrase(*passphrase, head_.salt, head_.cost));
    REKEY_TRY(key, unwrap(wrapping_key, head_.wrapped_key));
  } else {
    if (head_.sealed_to != BackupSealedTo::kRecipient) {
      return does_not_open("the backup is sealed with a passphrase, and not to a key");
    }
    Result<base::Secret> opened =
        crypto::open_sealed(std::get<crypto::IntakeKey>(opener), kBackupContext, head_.wrapped_key);
    if (!opened && opened.error().code == Code::kNotFound) {
      return does_not_open(
          fmt::format("the backup is sealed to the key {}, and this is another", head_.recipient));
    }
    if (!opened || opened->size_bytes() != crypto::kKeySize) {
      return base::fail(Code::kCorrupt, "the backup's head is damaged: its wrapped key");
    }
    key = *std::move(opened);
  }
  opener_.emplace(key, head_text_);
  return {};
}

base::Status BackupReader::next_piece() {
  REKEY_ASSERT(opener_.has_value());
  const std::int64_t size = std::min(left_bytes_, kPieceBytes);
  std::string sealed(static_cast<std::size_t>(size + kTagBytes), '\0');
  REKEY_TRY(const std::size_t read, file_.read(sealed));
  sealed.resize(read);
  left_bytes_ -= size;
  Result<base::Secret> piece = opener_->open(sealed, left_bytes_ == 0);
  if (!piece) return tl::unexpected(base::with_context(path_, std::move(piece).error()));
  piece_ = *std::move(piece);
  used_bytes_ = 0;
  return {};
}

Result<base::Secret> BackupReader::take(std::int64_t size_bytes) {
  REKEY_ASSERT(size_bytes >= 0 && size_bytes <= kSmallPartLimitBytes);
  std::string taken;
  taken.reserve(static_cast<std::size_t>(size_bytes));
  while (std::cmp_less(taken.size(), size_bytes)) {
    if (used_bytes_ == piece_.size_bytes()) REKEY_CHECK(next_piece());
    const auto portion =
        piece_.reveal().substr(used_bytes_, static_cast<std::size_t>(size_bytes) - taken.size());
    taken.append(portion);
    used_bytes_ += portion.size();
  }
  return base::Secret::take(std::move(taken));
}

base::Status BackupReader::take_rest(const std::function<base::Status(std::string_view)>& use) {
  for (;;) {
    REKEY_CHECK(use(piece_.reveal().substr(used_bytes_)));
    used_bytes_ = piece_.size_bytes();
    if (left_bytes_ == 0) return {};
    REKEY_CHECK(next_piece());
  }
}

}  // namespace rekey::authority
