// rekey notice init: a first notices.yaml.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/notice_example.h"
#include "cli/output.h"

namespace rekey::cli {
namespace {

constexpr mode_t kSettingsMode = 0644;

}  // namespace

base::Result<int> run_notice_init(Context& context, const Arguments& arguments) {
  const auto path = arguments.get_or("--config", "notices.yaml");
  const auto made = context.files.create(path, kFirstNotices, kSettingsMode);
  if (!made && made.error().code == base::Code::kAlreadyExists) {
    return base::fail(base::Code::kAlreadyExists,
                      fmt::format("{} is there already, and is left as it is; name another file "
                                  "with --config FILE",
                                  path));
  }
  if (!made) return tl::unexpected(as_file_away(made.error()));
  print_line(context, fmt::format("{} is written: put your address and your mail server into it, "
                                  "then run `rekey notice test --config {}`",
                                  path, path));
  return kExitOk;
}

}  // namespace rekey::cli
