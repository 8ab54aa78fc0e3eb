#include "rotation/journal/journal_turns.h"

#include <utility>

namespace rekey::rotation {
namespace {

class JournalInTurns final : public RunJournal {
 public:
  JournalInTurns(std::unique_ptr<RunJournal> inner, std::mutex& turn)
      : inner_(std::move(inner)), turn_(turn) {}

  [[nodiscard]] base::Fingerprint fingerprint(const base::Secret& value) override {
    return inner_->fingerprint(value);
  }
  [[nodiscard]] base::Result<std::optional<std::string>> find_open_run(
      const std::string& client_id, const std::string& slot) override {
    return inner_->find_open_run(client_id, slot);
  }
  [[nodiscard]] base::Result<std::vector<RunEvent>> load(const std::string& run_id) override {
    return inner_->load(run_id);
  }
  [[nodiscard]] base::Status append(const std::string& run_id, std::int64_t expected_version,
                                    const std::vector<RunEvent>& events,
                                    const std::vector<KeptValue>& values) override {
    const std::lock_guard lock(turn_);
    return inner_->append(run_id, expected_version, events, values);
  }
  [[nodiscard]] base::Result<base::Secret> value(const std::string& run_id,
                                                 const base::Fingerprint& fingerprint) override {
    return inner_->value(run_id, fingerprint);
  }
  [[nodiscard]] base::Status check_turn() override { return inner_->check_turn(); }
  [[nodiscard]] base::Result<bool> is_of_closed_run(const std::string& client_id,
                                                    const std::string& slot,
                                                    const base::Fingerprint& fingerprint) override {
    return inner_->is_of_closed_run(client_id, slot, fingerprint);
  }
  [[nodiscard]] base::Result<std::optional<ParkRequest>> park_request(
      const std::string& run_id) override {
    return inner_->park_request(run_id);
  }

 private:
  std::unique_ptr<RunJournal> inner_;
  std::mutex& turn_;
};

}  // namespace

base::Result<std::unique_ptr<RunJournal>> open_journal_in_turns(platform::Files& files,
                                                                const std::string& folder,
                                                                const Credential& whose,
                                                                base::Instant now,
                                                                std::mutex& turn) {
  const std::lock_guard lock(turn);
  REKEY_TRY(auto journal, open_journal(files, folder, whose, now));
  return std::make_unique<JournalInTurns>(std::move(journal), turn);
}

}  // namespace rekey::rotation
