#include "notice/channels/command.h"

#include <fmt/format.h>

#include <utility>

#include "platform/process.h"

namespace rekey::notice {
namespace {

using base::Code;

// sysexits.h: EX_TEMPFAIL, by which a program says "later".
constexpr int kExitTryAgain = 75;
constexpr std::size_t kMaxShownOutput = 200;

class CommandChannel final : public Channel {
 public:
  explicit CommandChannel(CommandSettings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] base::Status deliver(const Outgoing& outgoing) override {
    const std::string payload = to_json(outgoing.message, outgoing.id, outgoing.now) + "\n";
    REKEY_TRY(const platform::ProcessResult result,
              platform::run_process_with_input(settings_.arguments, payload, settings_.timeout));
    if (result.exit_code == 0) return {};
    std::string_view output = result.output_tail;
    if (output.size() > kMaxShownOutput) output.remove_prefix(output.size() - kMaxShownOutput);
    return base::fail(result.exit_code == kExitTryAgain ? Code::kUnavailable : Code::kRefused,
                      fmt::format("the command \"{}\" ended with {}: {}", settings_.name,
                                  result.exit_code, clean_text(output)));
  }

 private:
  CommandSettings settings_;
};

}  // namespace

void add_commands(Channels& channels, const Settings& settings, platform::Files&) {
  for (const CommandSettings& command : settings.commands) {
    channels.emplace("command/" + command.name, std::make_unique<CommandChannel>(command));
  }
}

}  // namespace rekey::notice
