// rekey status: every secret, days left, worst first.
#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/show.h"

namespace rekey::cli {
namespace {

constexpr std::int64_t kDefaultWarnDays = 30;

using SlotKey = std::pair<std::string, std::string>;

SlotKey slot_of(const net::JsonValue& secret) {
  return {text_or_dash(secret, "client_id"), text_or_dash(secret, "slot")};
}

// A slot needs a person when it has no active secret (what was staged works, and has to be
// activated; what is superseded lapses), or when the active one ends soon.
std::set<SlotKey> slots_that_need_a_person(const net::JsonValue& secrets, std::int64_t warn_days,
                                           base::Instant now) {
  std::set<SlotKey> needing;
  std::set<SlotKey> well;
  for (const auto& secret : secrets.items()) {
    const bool is_enabled = secret.boolean_member_or("enabled", true).value_or(true);
    const bool is_well =
        text_or_dash(secret, "state") == "active" && days_until_end(secret, now) >= warn_days;
    (is_well || !is_enabled ? well : needing).insert(slot_of(secret));
  }
  for (const auto& slot : well) needing.erase(slot);
  return needing;
}

Tone tone_of_days(const net::JsonValue& secret, bool needs_person, base::Instant now) {
  if (!needs_person) return Tone::kPlain;
  return days_until_end(secret, now) < 7 ? Tone::kBad : Tone::kWarning;
}

}  // namespace

base::Result<int> run_status(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto warn_days, arguments.number_or("--within", kDefaultWarnDays, 0, 400));
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, api.get("/status"));
  const auto* secrets = reply.json.find("secrets");
  const auto now = context.clock.now();
  const auto needing =
      secrets == nullptr ? std::set<SlotKey>{} : slots_that_need_a_person(*secrets, warn_days, now);
  const int code = needing.empty() ? kExitOk : kExitNeedsPerson;
  if (printed_as_json(context, arguments, reply)) return code;

  Table table({"DAYS", "STATE", "PACKAGE", "CLIENT ID", "SLOT", "SECRET", "ENDS", "LAST USED"});
  if (secrets != nullptr) {
    for (const auto& secret : secrets->items()) {
      const auto state = text_or_dash(secret, "state");
      table.add(
          {{is_live(state) ? std::to_string(secret.integer_member_or("days_left", 0).value_or(0))
                           : "-",
            tone_of_days(secret, needing.contains(slot_of(secret)), now)},
           {state, tone_of_state(state)},
           {text_or_dash(secret, "package")},
           {text_or_dash(secret, "client_id")},
           {text_or_dash(secret, "slot")},
           {text_or_dash(secret, "secret_id")},
           {describe_end(secret, now)},
           {describe_instant(secret.find("last_used_at"), now)}});
    }
  }
  table.print(context);
  if (!needing.empty()) {
    print_line(
        context,
        fmt::format("{} slot{} need{} somebody: no active secret, or one that ends within {} "
                    "days.",
                    needing.size(), needing.size() == 1 ? "" : "s", needing.size() == 1 ? "s" : "",
                    warn_days));
  }
  return code;
}

}  // namespace rekey::cli
