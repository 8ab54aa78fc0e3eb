#include "cli/telling.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>
#include <vector>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/run_subjects.h"
#include "cli/watch_subjects.h"
#include "rotation/inventory/config_tree.h"

namespace rekey::cli {
namespace {

using base::Result;

constexpr int kTriesForQueue = 30;  // a second apart

}  // namespace

Result<NoticeConfig> read_notice_config(const Context& context, const std::string& path) {
  const auto text =
      context.files.read(path, static_cast<std::int64_t>(rotation::kConfigLimitBytes));
  if (!text && text.error().code == base::Code::kNotFound) {
    return base::fail(base::Code::kUnavailable,
                      fmt::format("there is no {}; `rekey notice init --config {}` writes a first "
                                  "one",
                                  path, path));
  }
  if (!text) return tl::unexpected(as_file_away(text.error()));
  return parse_notice_config(text->reveal(), path);
}

Result<std::unique_ptr<notice::Notifier>> open_notifier(Context& context,
                                                        const NoticeConfig& config) {
  for (int tries = 1;; ++tries) {
    auto notifier = notice::Notifier::open(config.settings, context.files, config.state_folder);
    const bool is_busy = !notifier && notifier.error().code == base::Code::kConflict;
    if (!is_busy || tries == kTriesForQueue) return notifier;
    context.clock.sleep_for(std::chrono::seconds{1});
  }
}

void print_failures(const Context& context, const notice::PassReport& report) {
  for (const notice::Attempt& attempt : report.attempts) {
    if (attempt.state == notice::DeliveryState::kDelivered) continue;
    std::fprintf(context.err, "rekey: %s by %s was not delivered: %s\n",
                 attempt.delivery_id.c_str(), attempt.channel.c_str(),
                 printable(attempt.reason).c_str());
  }
  for (const std::string& problem : report.problems) {
    std::fprintf(context.err, "rekey: %s\n", printable(problem).c_str());
  }
}

Result<RunTeller> RunTeller::from(Context& context, const Arguments& arguments,
                                  const std::string& inventory_path) {
  std::optional<NoticeConfig> config;
  if (const auto path = arguments.get("--notices")) {
    REKEY_TRY(config, read_notice_config(context, *path));
  }
  return RunTeller(context, std::move(config), inventory_path);
}

void RunTeller::on_event(const rotation::RunNotice& notice) {
  inner_->on_event(notice);
  run_id_ = notice.run_id;
  has_news_ = has_news_ || notice.is_news;
}

void RunTeller::on_progress(const rotation::Progress& progress) {
  inner_->on_progress(progress);
  run_id_ = progress.run_id;
  if (has_news_) tell();
}

void RunTeller::on_lull() {
  inner_->on_lull();
  if (has_news_) tell();
}

void RunTeller::tell() {
  has_news_ = false;
  if (!config_ || run_id_.empty()) return;
  std::unique_lock<std::mutex> turn;
  if (turn_ != nullptr) turn = std::unique_lock(*turn_);
  if (const auto told = try_to_tell(); !told) {
    std::fprintf(context_.err,
                 "rekey: owners and contacts were not told: %s (`rekey watch` tells them in its "
                 "next pass)\n",
                 printable(told.error().detail).c_str());
  }
}

base::Status RunTeller::try_to_tell() {
  REKEY_TRY(const auto integrations, read_integrations(context_, {inventory_path_}));
  auto [subjects, unread] = read_run_subjects(context_, integrations);
  std::erase_if(subjects, [&](const notice::Subject& subject) {
    return !subject.id.ends_with("/" + run_id_);
  });
  if (subjects.empty() && !unread.empty()) {
    return base::fail(base::Code::kUnavailable, unread.front().detail);
  }
  if (subjects.empty()) return {};
  REKEY_TRY(const auto notifier, open_notifier(context_, *config_));
  REKEY_TRY(const auto report, notifier->tell(context_.clock.now(), subjects));
  print_failures(context_, report);
  return {};
}

}  // namespace rekey::cli
