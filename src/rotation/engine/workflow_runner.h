// Runs a workflow once, with one exact secret: a fresh token request with it, then the steps with
// that token, then the clean-up, whatever became of the steps.
//
// One thread at a time. Errors and details hold no secret, no token and no text of a reply that
// could be one of them. Time comes from the clock: tests set it.
#pragma once

#include <memory>

#include "base/secret.h"
#include "platform/clock.h"
#include "rotation/drivers/issuer.h"
#include "rotation/inventory/workflow.h"
#include "rotation/probes/token_request.h"

namespace rekey::rotation {

// The step at which a run of one ends that gets no token.
inline constexpr std::string_view kTokenStep = "token request";

class WorkflowRunner {
 public:
  virtual ~WorkflowRunner() = default;
  // kUnclear: nothing can be said, and the same may give an answer a moment later.
  [[nodiscard]] virtual WorkflowResult run(const Workflow& workflow, const base::Secret& value) = 0;
  // The clean-up alone, after a run that was cut off: steps that need what was captured then are
  // left out. Its outcome is that of the token request: kPassed where the steps were tried.
  [[nodiscard]] virtual WorkflowResult clean_up(const Workflow& workflow,
                                                const base::Secret& value) = 0;
};

// Over HTTP. Clock and issuer outlive it.
[[nodiscard]] std::unique_ptr<WorkflowRunner> make_workflow_runner(
    platform::Clock& clock, const IntegrationFacts& integration, IssuerReader& issuer);
// The same over another way to send, for tests.
[[nodiscard]] std::unique_ptr<WorkflowRunner> make_workflow_runner_over(
    Send transport, platform::Clock& clock, const IntegrationFacts& integration,
    IssuerReader& issuer);

}  // namespace rekey::rotation
