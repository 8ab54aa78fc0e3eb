#include <fmt/format.h>

#include <charconv>

#include "base/assert.h"
#include "base/text.h"
#include "ledger/event_chain.h"
#include "ledger/ledger.h"
#include "ledger/rows.h"

namespace rekey::ledger {
namespace {

constexpr std::string_view kAnchorLabel = "rekey-anchor-1";

tl::unexpected<base::Error> not_an_anchor() {
  return base::fail(
      base::Code::kInvalidArgument,
      fmt::format("this is no ledger anchor: one line is expected that begins with {}",
                  kAnchorLabel));
}

base::Result<std::vector<StreamHead>> heads_changed_after(storage::Connection& connection,
                                                          std::int64_t position) {
  REKEY_TRY(auto rows,
            connection.prepare("SELECT name, version, head FROM stream WHERE id IN "
                               "(SELECT stream_id FROM event WHERE position > ?1) ORDER BY id"));
  rows.bind(1, position);
  std::vector<StreamHead> heads;
  for (;;) {
    REKEY_TRY(const bool has_row, rows.step());
    if (!has_row) return heads;
    StreamHead head{.name = rows.text(0), .version = rows.integer(1)};
    const auto hash = digest_from(rows.blob(2));
    if (!hash) {
      return base::fail(base::Code::kCorrupt, "the ledger is damaged: the head of stream " +
                                                  head.name + "; run `rekey ledger verify`");
    }
    head.hash = *hash;
    heads.push_back(std::move(head));
  }
}

base::Status insert(storage::Connection& connection, const Checkpoint& checkpoint) {
  REKEY_TRY(auto statement,
            connection.prepare("INSERT INTO checkpoint(number, position, at, digest, signature) "
                               "VALUES(?1, ?2, ?3, ?4, ?5)"));
  return statement.bind(1, checkpoint.number)
      .bind(2, checkpoint.position)
      .bind(3, base::to_millis(checkpoint.at))
      .bind_blob(4, checkpoint.digest)
      .bind_blob(5, checkpoint.signature)
      .run();
}

// The text up to the next space, which is taken off `rest` with it.
std::string_view take_word(std::string_view& rest) {
  const auto space = rest.find(' ');
  const std::string_view word = rest.substr(0, space);
  rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
  return word;
}

base::Result<std::int64_t> positive_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size() || number < 1) {
    return not_an_anchor();
  }
  return number;
}

base::Status decode_exactly(std::string_view text, std::span<std::uint8_t> out) {
  REKEY_TRY(const std::size_t size, base::base64url_decode_to(text, out));
  if (size != out.size()) return not_an_anchor();
  return {};
}

}  // namespace

base::Result<std::optional<Checkpoint>> latest_checkpoint(storage::Connection& connection) {
  REKEY_TRY(auto row, connection.prepare("SELECT number, position, at, digest, signature "
                                         "FROM checkpoint ORDER BY number DESC LIMIT 1"));
  REKEY_TRY(const bool has_row, row.step());
  if (!has_row) return std::optional<Checkpoint>();
  auto checkpoint = checkpoint_from(row);
  if (!checkpoint) {
    return base::fail(base::Code::kCorrupt,
                      "the newest checkpoint is damaged; run `rekey ledger verify`");
  }
  return checkpoint;
}

base::Result<std::optional<Checkpoint>> seal_checkpoint(storage::Connection& connection,
                                                        const crypto::SigningKey& key,
                                                        base::Instant now) {
  REKEY_ASSERT(connection.is_in_transaction());
  REKEY_TRY(const auto latest, latest_checkpoint(connection));
  const Checkpoint before = latest.value_or(Checkpoint{});
  REKEY_TRY(const std::int64_t position, last_position(connection));
  if (position <= before.position) return std::optional<Checkpoint>();

  CheckpointContent content{.previous_digest = before.digest,
                            .number = before.number + 1,
                            .position = position,
                            .at = now};
  REKEY_TRY(content.changed, heads_changed_after(connection, before.position));
  Checkpoint sealed{.number = content.number,
                    .position = content.position,
                    .at = content.at,
                    .digest = digest_of_checkpoint(content)};
  sealed.signature = key.sign(sealed.digest);
  REKEY_CHECK(insert(connection, sealed));
  return std::optional(sealed);
}

std::string format_anchor(const Checkpoint& checkpoint) {
  return fmt::format("{} {} {} {} {} {}\n", kAnchorLabel, checkpoint.number, checkpoint.position,
                     base::format_instant(checkpoint.at), base::base64url_encode(checkpoint.digest),
                     base::base64url_encode(checkpoint.signature));
}

base::Result<Checkpoint> parse_anchor(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (take_word(text) != kAnchorLabel) return not_an_anchor();
  Checkpoint checkpoint;
  REKEY_TRY(checkpoint.number, positive_number(take_word(text)));
  REKEY_TRY(checkpoint.position, positive_number(take_word(text)));
  REKEY_TRY(checkpoint.at, base::parse_instant(take_word(text)));
  REKEY_CHECK(decode_exactly(take_word(text), checkpoint.digest));
  REKEY_CHECK(decode_exactly(text, checkpoint.signature));
  return checkpoint;
}

}  // namespace rekey::ledger
