#include "rotation/rehearsal/memory_journal.h"

#include "crypto/digest.h"

namespace rekey::rotation::rehearsal {

using base::Code;

// The values are made up: nothing has to be kept from a guess.
base::Fingerprint MemoryJournal::fingerprint(const base::Secret& value) {
  return {1, crypto::sha256(value.reveal())};
}

base::Result<std::optional<std::string>> MemoryJournal::find_open_run(const std::string&,
                                                                      const std::string&) {
  if (events_.empty() || is_closing(events_.back().body)) return std::optional<std::string>();
  return std::optional(run_id_);
}

base::Result<std::vector<RunEvent>> MemoryJournal::load(const std::string&) {
  return events_;
}

base::Status MemoryJournal::append(const std::string& run_id, std::int64_t expected_version,
                                   const std::vector<RunEvent>& events,
                                   const std::vector<KeptValue>& values) {
  if (expected_version != static_cast<std::int64_t>(events_.size())) {
    return base::fail(Code::kConflict, "the rehearsal's journal has another writer");
  }
  run_id_ = run_id;
  events_.insert(events_.end(), events.begin(), events.end());
  for (const KeptValue& one : values) kept_.insert_or_assign(one.fingerprint, one.value.clone());
  return {};
}

base::Result<base::Secret> MemoryJournal::value(const std::string&,
                                                const base::Fingerprint& fingerprint) {
  const auto found = kept_.find(fingerprint);
  if (found == kept_.end()) return base::fail(Code::kNotFound, "the value was never kept");
  return found->second.clone();
}

base::Result<bool> MemoryJournal::is_of_closed_run(const std::string&, const std::string&,
                                                   const base::Fingerprint&) {
  return false;
}

}  // namespace rekey::rotation::rehearsal
