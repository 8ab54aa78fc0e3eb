// rekey watch --begin: starts rotations beside the watching, with nobody at a terminal.
#pragma once

#include <memory>
#include <mutex>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "cli/notice_settings.h"
#include "rotation/plan/facts.h"

namespace rekey::cli {

class RunBeginner {
 public:
  // All outlive it. kInvalidArgument where no inventory is named, or a limit is wrong.
  [[nodiscard]] static base::Result<std::unique_ptr<RunBeginner>> make(Context& context,
                                                                       const Arguments& arguments,
                                                                       const NoticeConfig& config);
  ~RunBeginner();
  RunBeginner(const RunBeginner&) = delete;
  RunBeginner& operator=(const RunBeginner&) = delete;

  // Starts what may be started now, and says once of each other one that is due why it is left.
  // `away`: issuers that did not answer at this look.
  void look(rotation::AwayIssuers& away);
  // Returns when every run that was started is over.
  void wait();
  // Shared by all that write into the state folders of the inventories.
  [[nodiscard]] std::mutex& journal_turn() noexcept;

 private:
  class Parts;
  explicit RunBeginner(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace rekey::cli
