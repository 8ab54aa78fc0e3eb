#include "rotation/plan/plan_usage.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "rotation/machine/rhythm.h"
#include "rotation/machine/unknown_use.h"

namespace rekey::rotation {
namespace {

using base::Duration;

}  // namespace

UsageReport with_declared_sources(Plan& plan, const PlanRequest& request, UsageReport issuers) {
  std::vector<UsageReport> others;
  for (const DriverSpec& spec : request.inventory.usage_sources) {
    auto reader = request.drivers.usage_reader(spec, request.inventory.client_id);
    auto report = reader ? (*reader)->read() : tl::unexpected(reader.error());
    if (report) {
      others.push_back(*std::move(report));
    } else {
      plan.problems.push_back(fmt::format("usage, {}: {}", spec.kind, report.error().detail));
    }
  }
  return others.empty() ? std::move(issuers) : merge_usage(std::move(issuers), others);
}

std::vector<UnknownUse> unclaimed_use(const Inventory& inventory,
                                      const std::vector<std::string>& outgoing,
                                      const UsageReport& usage) {
  Question question;
  question.outgoing = outgoing;
  for (const Consumer& consumer : inventory.consumers) {
    question.consumers.push_back(
        {consumer.name, consumer.seen_as, consumer.instances, consumer.interval, std::nullopt});
  }
  for (const Waiver& waiver : inventory.waivers) {
    question.waivers.push_back({waiver.seen_as, waiver.by, waiver.reason});
  }
  return evaluate(usage, question).unknown;
}

void warn_about_usage(Plan& plan, const PlanRequest& request, const UsageReport& usage) {
  for (const UnknownUse& use : unclaimed_use(request.inventory, plan.outgoing, usage)) {
    plan.warnings.push_back(
        fmt::format("nobody here claims {}: the gate will stay shut until it is declared as a "
                    "consumer, or let pass under waivers: {}",
                    describe(use), waiver_for(use)));
  }
  const Duration skew = std::chrono::abs(usage.as_of - request.now);
  if (skew > kToleratedSkew) {
    plan.warnings.push_back(
        fmt::format("the issuer's clock and this one differ by {}", base::format_duration(skew)));
  }
}

Inventory find_rhythms(Plan& plan, const PlanRequest& request, const UsageReport& usage,
                       Duration token_life) {
  Inventory effective = request.inventory;
  for (PlannedConsumer& planned : plan.consumers) {
    const Consumer& consumer = planned.consumer;
    planned.rhythm = observe_rhythm(usage, consumer.seen_as, plan.outgoing, token_life);
    const Duration interval = longest_interval(consumer, planned.rhythm);
    for (Consumer& one : effective.consumers) {
      if (one.name == consumer.name) one.interval = interval;
    }
    if (interval == Duration{0}) {
      plan.problems.push_back(fmt::format(
          "consumer {}: it declares no interval, and nobody tells how long its tokens live; give "
          "it the longest time between two of its token requests",
          consumer.name));
    } else if (is_overruled(consumer, *planned.rhythm) && !plan.is_by_hand) {
      plan.warnings.push_back(fmt::format("consumer {}: its interval is taken as {}", consumer.name,
                                          describe_interval(consumer, planned.rhythm)));
    }
  }
  return effective;
}

}  // namespace rekey::rotation
