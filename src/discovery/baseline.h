// A baseline: findings that are known already, so that a scan tells only what is new.
//
// An entry is the secret's fingerprint, the path (with the members of archives) and the key path;
// not the line, which moves, nor whether it stands in a work tree, the index or the past: what a
// commit edits or takes out stays known in the history. The
// fingerprints are keyed, and the key lies in a file of its own: with the baseline alone nobody can
// find out whether a value that he has is in it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fingerprint.h"
#include "base/result.h"
#include "discovery/finding.h"

namespace rekey::discovery {

class Baseline {
 public:
  // Everything that counts or is known already.
  [[nodiscard]] static Baseline of(std::span<const Finding> findings);
  // kInvalidArgument naming what is wrong; kConflict where its fingerprints are under another key
  // than the one with this id.
  [[nodiscard]] static base::Result<Baseline> parse(std::string_view text, std::uint32_t key_id);
  // JSON, one entry a line, in order.
  [[nodiscard]] std::string format() const;
  // Sets is_known of those that are in it.
  void mark(std::vector<Finding>& findings) const;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::string place;
    std::string key_path;
    base::Fingerprint fingerprint;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };
  static Entry entry_of(const Finding& finding);
  std::vector<Entry> entries_;  // in order, each once
};

}  // namespace rekey::discovery
