// What may be read of an issuer before a run, and what is assumed where it tells nothing or does
// not answer. Each is named, so that nobody takes one for the other. Reads only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rotation/drivers/drivers.h"

namespace rekey::rotation {

// Of a present secret whose end nobody knows, from the beginning of the run.
inline constexpr base::Duration kSupposedLife = base::Days{45};

struct KnownFacts {
  Descriptor rules{};
  // Of the slot; nullopt where nobody told them.
  std::optional<std::vector<IssuedSecret>> secrets{};
  // What the issuer tells of their use; nullopt where it was not asked or tells none.
  std::optional<UsageReport> usage{};
  std::optional<base::Duration> token_life{};
  bool is_enabled = true;
  bool is_engines_own = false;
  std::string refusal{};               // what the issuer said in place of them
  std::vector<std::string> read{};     // what was read of the issuer; parts of a sentence
  std::vector<std::string> assumed{};  // what is taken to be so
};

// Issuers that did not answer. One that swallows packets costs its time-out once, and not for each
// of its integrations.
class AwayIssuers {
 public:
  // What it said, or did not, when it was asked; nullopt where it was not asked or answered.
  [[nodiscard]] std::optional<base::Error> find(const DriverSpec& issuer) const;
  // Keeps an error that says that nobody answered; any other tells nothing of the next question.
  void note(const DriverSpec& issuer, const base::Error& error);

 private:
  std::map<std::string, base::Error> away_;  // by kind and location
};

// Whether the issuer is asked for usage too.
enum class WithUsage { kNo, kYes };

class FactReader {
 public:
  // The drivers outlive it, and so does `away`, where others keep it.
  explicit FactReader(ReaderDrivers& drivers, WithUsage with_usage = WithUsage::kNo,
                      AwayIssuers* away = nullptr)
      : drivers_(drivers), with_usage_(with_usage), away_(away == nullptr ? own_ : *away) {}
  FactReader(const FactReader&) = delete;
  FactReader& operator=(const FactReader&) = delete;

  // An error only where the issuer cannot be asked and its kind has no usual rules. An issuer that
  // did not answer once is not asked again.
  [[nodiscard]] base::Result<KnownFacts> read(const Inventory& inventory);

 private:
  [[nodiscard]] base::Result<KnownFacts> usual_rules(const Inventory& inventory,
                                                     const base::Error& why);
  base::Status ask(const Inventory& inventory, KnownFacts& facts);

  ReaderDrivers& drivers_;
  WithUsage with_usage_;
  AwayIssuers own_;
  AwayIssuers& away_;
};

// Where the inventory does not say when its secret ends, what the issuer tells of the active one.
void fill_in_end(Inventory& inventory, const KnownFacts& facts);

// The same without what an open run has staged: a rehearsal is of the next one.
void leave_out_open_run(KnownFacts& facts, const std::string& run_id);

}  // namespace rekey::rotation
