// rekey status: every secret, days left, worst first.
#include <fmt/format.h>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/show.h"

namespace rekey::cli {
namespace {

constexpr std::int64_t kDefaultWarnDays = 30;

bool is_live(std::string_view state) {
  return state == "active" || state == "staged" || state == "settling" || state == "superseded";
}

// Days until a secret ends if nothing is done: the earliest of expiry, overlap and dormancy.
std::int64_t days_until_end(const net::JsonValue& secret, base::Instant now) {
  const auto text = secret.string_member_or("ends_at", "");
  const auto ends_at = base::parse_instant(text.value_or(""));
  if (!ends_at || *ends_at <= now) return 0;
  return std::chrono::floor<base::Days>(*ends_at - now).count();
}

// An integration needs a person when its slot's last secret ended, or its active one ends soon.
bool needs_person(const net::JsonValue& secret, std::int64_t warn_days, base::Instant now) {
  if (!secret.boolean_member_or("enabled", true).value_or(true)) return false;
  const auto state = text_or_dash(secret, "state");
  return state == "active" ? days_until_end(secret, now) < warn_days : !is_live(state);
}

// When a secret ends for good; and, where it would fall dormant soon before that, when.
std::string describe_end(const net::JsonValue& secret, std::int64_t warn_days, base::Instant now) {
  const auto is_superseded = text_or_dash(secret, "state") == "superseded";
  auto text = describe_instant(secret.find(is_superseded ? "ends_at" : "expires_at"), now);
  const bool ends_earlier =
      text_or_dash(secret, "ends_at") != text_or_dash(secret, "expires_at") && !is_superseded;
  if (ends_earlier && text_or_dash(secret, "state") == "active" &&
      days_until_end(secret, now) < warn_days) {
    text += fmt::format(", dormant {} unless it is used",
                        describe_instant(secret.find("ends_at"), now));
  }
  return text;
}

Tone tone_of_days(const net::JsonValue& secret, std::int64_t warn_days, base::Instant now) {
  if (!needs_person(secret, warn_days, now)) return Tone::kPlain;
  return days_until_end(secret, now) < 7 ? Tone::kBad : Tone::kWarning;
}

}  // namespace

base::Result<int> run_status(Context& context, const Arguments& arguments) {
  REKEY_TRY(const auto warn_days, arguments.number_or("--within", kDefaultWarnDays, 0, 400));
  REKEY_TRY(auto api, Api::connect(context, arguments));
  REKEY_TRY(const auto reply, api.get("/status"));
  const auto* secrets = reply.json.find("secrets");
  const auto now = context.clock.now();
  std::int64_t needing = 0;
  if (secrets != nullptr) {
    for (const auto& secret : secrets->items()) {
      needing += needs_person(secret, warn_days, now) ? 1 : 0;
    }
  }
  const int code = needing == 0 ? kExitOk : kExitNeedsPerson;
  if (printed_as_json(context, arguments, reply)) return code;

  Table table({"DAYS", "STATE", "PACKAGE", "CLIENT ID", "SLOT", "SECRET", "ENDS", "LAST USED"});
  if (secrets != nullptr) {
    for (const auto& secret : secrets->items()) {
      const auto state = text_or_dash(secret, "state");
      table.add(
          {{is_live(state) ? std::to_string(secret.integer_member_or("days_left", 0).value_or(0))
                           : "-",
            tone_of_days(secret, warn_days, now)},
           {state, tone_of_state(state)},
           {text_or_dash(secret, "package")},
           {text_or_dash(secret, "client_id")},
           {text_or_dash(secret, "slot")},
           {text_or_dash(secret, "secret_id")},
           {describe_end(secret, warn_days, now)},
           {describe_instant(secret.find("last_used_at"), now)}});
    }
  }
  table.print(context);
  if (needing > 0) {
    print_line(context, fmt::format("{} of them need{} somebody: ended, or ending within {} days.",
                                    needing, needing == 1 ? "s" : "", warn_days));
  }
  return code;
}

}  // namespace rekey::cli
