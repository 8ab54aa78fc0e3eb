// rekey refusals: which token requests were refused, why, and from where.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/show.h"

namespace rekey::cli {

base::Result<int> run_refusals(Context& context, const Arguments& arguments) {
  REKEY_TRY(auto api, Api::connect(context, arguments));
  const auto client_id = arguments.argument("CLIENT_ID");
  const auto query =
      client_id.empty() ? std::string{} : "?client_id=" + base::percent_encode(client_id);
  REKEY_TRY(const auto reply, api.get("/refusals" + query));
  if (printed_as_json(context, arguments, reply)) return kExitOk;
  const auto now = context.clock.now();
  Table table({"CLIENT ID", "REASON", "NETWORK", "FIRST SEEN", "LAST SEEN", "COUNT"});
  if (const auto* refusals = reply.json.find("refusals")) {
    for (const auto& row : refusals->items()) {
      table.add({{text_or_dash(row, "client_id")},
                 {text_or_dash(row, "reason")},
                 {text_or_dash(row, "network")},
                 {text_or_dash(row, "first_seen")},
                 {describe_instant(row.find("last_seen"), now)},
                 {std::to_string(row.integer_member_or("count", 0).value_or(0))}});
    }
  }
  table.print(context);
  print_line(context, fmt::format("Complete since {}.",
                                  describe_instant(reply.json.find("complete_since"), now)));
  return kExitOk;
}

}  // namespace rekey::cli
