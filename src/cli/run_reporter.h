// How a run tells of itself while it goes: JSON lines, or a line an event for people.
#pragma once

#include <string_view>

#include "cli/context.h"
#include "rotation/report/report.h"

namespace rekey::cli {

// What is written where somebody stops a rotation by a signal.
inline constexpr std::string_view kInterrupted =
    "\ninterrupted: nothing is undone; run the same command again and it goes on\n";

// One JSON line an event.
class JsonReporter final : public rotation::Reporter {
 public:
  explicit JsonReporter(const Context& context) : context_(context) {}
  void on_event(const rotation::RunNotice& notice) override;
  void on_progress(const rotation::Progress& progress) override;

 private:
  void print(const std::string& line);
  const Context& context_;
};

// A line an event; what it waits for on the terminal's last line.
class TextReporter final : public rotation::Reporter {
 public:
  explicit TextReporter(const Context& context) : TextReporter(context, context.target) {}
  // `target` of the commands that the run names.
  TextReporter(const Context& context, CommandTarget target);
  ~TextReporter() override { clear_progress(); }
  void on_event(const rotation::RunNotice& notice) override;
  void on_progress(const rotation::Progress& progress) override;

 private:
  // A run that was begun before says so, before anything else.
  void tell_where_it_begins(std::string_view run_id, std::string_view event,
                            std::string_view phase);
  void clear_progress();

  const Context& context_;
  const CommandTarget target_;
  const bool has_live_line_;
  bool is_line_shown_ = false;
  bool has_begun_ = false;
};

}  // namespace rekey::cli
