#include "ledger/event_chain.h"

#include <algorithm>

namespace rekey::ledger {
namespace {

constexpr std::string_view kCheckpointLabel = "rekey checkpoint 1";

void add_integer(crypto::Sha256& sum, std::int64_t number) {
  sum.add_number(static_cast<std::uint64_t>(number));
}

void add_text(crypto::Sha256& sum, std::string_view text) {
  sum.add_number(text.size()).add(text);
}

}  // namespace

crypto::Digest hash_of_event(const StreamHead& previous, std::int64_t version,
                             const NewEvent& event) {
  crypto::Sha256 sum;
  sum.add(previous.hash);
  add_text(sum, previous.name);
  add_integer(sum, version);
  add_text(sum, event.type);
  add_integer(sum, event.type_version);
  add_integer(sum, base::to_millis(event.at));
  add_text(sum, event.actor);
  add_text(sum, event.body);
  return sum.finish();
}

crypto::Digest digest_of_checkpoint(const CheckpointContent& content) {
  crypto::Sha256 sum;
  add_text(sum, kCheckpointLabel);
  sum.add(content.previous_digest);
  add_integer(sum, content.number);
  add_integer(sum, content.position);
  add_integer(sum, base::to_millis(content.at));
  sum.add_number(content.changed.size());
  for (const StreamHead& head : content.changed) {
    add_text(sum, head.name);
    add_integer(sum, head.version);
    sum.add(head.hash);
  }
  return sum.finish();
}

std::optional<crypto::Digest> digest_from(std::span<const std::uint8_t> bytes) {
  crypto::Digest digest{};
  if (bytes.size() != digest.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

}  // namespace rekey::ledger
