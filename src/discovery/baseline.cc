#include "discovery/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/json.h"

namespace rekey::discovery {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::int64_t kVersion = 1;

}  // namespace

Baseline::Entry Baseline::entry_of(const Finding& finding) {
  const std::string path = describe({finding.place.path, finding.place.inside});
  return {std::string(without_dot(path)), finding.key_path, finding.fingerprint};
}

Baseline Baseline::of(std::span<const Finding> findings) {
  Baseline baseline;
  for (const Finding& finding : findings) {
    if (counts(finding) || finding.is_known) baseline.entries_.push_back(entry_of(finding));
  }
  auto& entries = baseline.entries_;
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  return baseline;
}

Result<Baseline> Baseline::parse(std::string_view text, std::uint32_t key_id) {
  REKEY_TRY(const net::JsonValue json, net::parse_json(text));
  REKEY_TRY(const std::int64_t version, json.integer_member("version"));
  if (version != kVersion) {
    return fail(Code::kUnsupported,
                fmt::format("a baseline of version {}; this program reads {}", version, kVersion));
  }
  const net::JsonValue* list = json.find("findings");
  if (list == nullptr || list->kind() != net::JsonValue::Kind::kArray) {
    return fail(Code::kInvalidArgument, "a baseline has a list \"findings\"");
  }
  Baseline baseline;
  for (const net::JsonValue& item : list->items()) {
    Entry entry;
    REKEY_TRY(const std::string place, item.string_member("place"));
    entry.place = without_dot(place);
    REKEY_TRY(entry.key_path, item.string_member_or("key_path", ""));
    REKEY_TRY(const std::string fingerprint, item.string_member("fingerprint"));
    REKEY_TRY(entry.fingerprint, base::fingerprint_from_text(fingerprint));
    if (entry.fingerprint.key_id != key_id) {
      return fail(Code::kConflict,
                  "the baseline was made under another key; take the key that belongs to it, or "
                  "write the baseline anew with --write-baseline");
    }
    baseline.entries_.push_back(std::move(entry));
  }
  std::sort(baseline.entries_.begin(), baseline.entries_.end());
  return baseline;
}

std::string Baseline::format() const {
  std::string text = fmt::format("{{\"version\":{},\"findings\":[", kVersion);
  for (const Entry& entry : entries_) {
    net::JsonWriter json;
    json.begin_object()
        .member("place", entry.place)
        .member("key_path", entry.key_path)
        .member("fingerprint", base::to_text(entry.fingerprint))
        .end_object();
    text += &entry == entries_.data() ? "\n" : ",\n";
    text += json.text();
  }
  return text + "\n]}\n";
}

void Baseline::mark(std::vector<Finding>& findings) const {
  for (Finding& finding : findings) {
    finding.is_known = std::binary_search(entries_.begin(), entries_.end(), entry_of(finding));
  }
}

}  // namespace rekey::discovery
