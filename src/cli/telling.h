// Notices as commands send them: the settings, and the queue, which one process has at a time.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "cli/notice_settings.h"
#include "notice/notifier.h"
#include "rotation/report/report.h"

namespace rekey::cli {

[[nodiscard]] base::Result<NoticeConfig> read_notice_config(const Context& context,
                                                            const std::string& path);
// Waits a while for the queue where another command is sending; kConflict after that.
[[nodiscard]] base::Result<std::unique_ptr<notice::Notifier>> open_notifier(
    Context& context, const NoticeConfig& config);
// What went wrong, to standard error.
void print_failures(const Context& context, const notice::PassReport& report);

// Tells owners and contacts of a run while it goes (--notices): that it waits for somebody, that it
// parked, that the old secret was cut too early. A run never fails because of it.
class RunTeller final : public rotation::Reporter {
 public:
  // All outlive it. kInvalidArgument where the file of --notices is wrong.
  [[nodiscard]] static base::Result<RunTeller> from(Context& context, const Arguments& arguments,
                                                    const std::string& inventory_path);
  // By settings that were read already.
  RunTeller(Context& context, NoticeConfig config, std::string inventory_path)
      : RunTeller(context, std::optional(std::move(config)), std::move(inventory_path)) {}
  // Passes everything on to `inner`.
  void listen_beside(rotation::Reporter& inner) noexcept { inner_ = &inner; }
  void on_event(const rotation::RunNotice& notice) override;
  // Nothing is urgent for the run then, so that there is time to tell.
  void on_progress(const rotation::Progress& progress) override;
  void on_lull() override;
  // Where there are several of them: only one at a time tells. `turn` outlives it.
  void take_turns(std::mutex& turn) noexcept { turn_ = &turn; }
  // Tells what there is to be told of the last run that was heard of.
  void tell();

 private:
  RunTeller(Context& context, std::optional<NoticeConfig> config, std::string inventory_path)
      : context_(context), config_(std::move(config)), inventory_path_(std::move(inventory_path)) {}
  [[nodiscard]] base::Status try_to_tell();

  Context& context_;
  std::optional<NoticeConfig> config_;
  std::string inventory_path_;
  rotation::Reporter* inner_ = nullptr;
  std::mutex* turn_ = nullptr;
  std::string run_id_;
  bool has_news_ = false;
};

}  // namespace rekey::cli
