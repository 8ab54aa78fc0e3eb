// A plan as people and scripts read it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "net/json.h"
#include "rotation/plan.h"

namespace rekey::rotation {
namespace {

void append_list(std::string& out, std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return;
  fmt::format_to(std::back_inserter(out), "\n{}\n", title);
  for (const std::string& item : items) fmt::format_to(std::back_inserter(out), "  - {}\n", item);
}

void put(net::JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

std::int64_t whole_seconds(base::Duration duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

}  // namespace

std::string render_text(const Plan& plan) {
  std::string out;
  const auto to = std::back_inserter(out);
  if (plan.resumes_run.empty()) {
    fmt::format_to(to, "Rotation of {} (client id {}, slot {})\n", plan.package_name,
                   plan.client_id, plan.slot);
  } else {
    fmt::format_to(to, "Open run {} (client id {}, slot {}) goes on from {}\n", plan.resumes_run,
                   plan.client_id, plan.slot, plan.resumes_phase);
  }
  fmt::format_to(to, "Order: {}: {}\n", name_of(plan.order), plan.order_reason);
  fmt::format_to(to, "Plan: {}\n\n", plan.digest);
  int number = 0;
  for (const PlanStep& step : plan.steps) {
    fmt::format_to(to, "{:>3}. {}", ++number, step.what);
    if (step.longest > base::Duration{0}) {
      fmt::format_to(to, " (at most {})", base::format_duration(step.longest));
    }
    out += step.is_point_of_no_return ? "   <- no way back after this\n" : "\n";
  }
  out += "\nConsumers\n";
  for (const PlannedConsumer& planned : plan.consumers) {
    const Consumer& consumer = planned.consumer;
    fmt::format_to(to, "  {}: {}; {} instance{}, {}; seen as {}; interval {}\n", consumer.name,
                   fmt::join(planned.places, " and "), consumer.instances,
                   consumer.instances == 1 ? "" : "s", describe(consumer.reload),
                   describe(consumer.seen_as), describe_interval(consumer, planned.rhythm));
  }
  if (!plan.workflows.empty()) out += "\nWorkflows, and what they touch\n";
  for (const PlannedWorkflow& workflow : plan.workflows) {
    fmt::format_to(to, "  {}: {}\n", workflow.name, workflow.effects);
  }
  fmt::format_to(to, "\nWorst case: {}.", base::format_duration(plan.worst_case));
  const bool needs_people =
      plan.is_by_hand || plan.approvals > 0 ||
      std::any_of(plan.consumers.begin(), plan.consumers.end(), [](const PlannedConsumer& one) {
        return one.consumer.is_by_hand || one.consumer.reload.form() == ReloadForm::kPerson;
      });
  if (needs_people) out += " The time that people take is not in it.";
  if (plan.outgoing_ends_at) {
    fmt::format_to(to, " The present secret ends {} ({}).",
                   base::format_instant(*plan.outgoing_ends_at),
                   base::describe_relative(*plan.outgoing_ends_at, plan.made_at));
  }
  out += '\n';
  append_list(out, "Warnings", plan.warnings);
  append_list(out,
              plan.resumes_run.empty() ? "Problems (nothing can begin before they are mended)"
                                       : "Problems of the open run",
              plan.problems);
  return out;
}

std::string render_json(const Plan& plan) {
  net::JsonWriter json;
  json.begin_object().member("client_id", plan.client_id).member("package", plan.package_name);
  json.member("slot", plan.slot).member("order", name_of(plan.order));
  json.member("order_reason", plan.order_reason).member("runnable", plan.is_runnable());
  json.key("resumes");
  if (plan.resumes_run.empty()) {
    json.null();
  } else {
    json.begin_object().member("run", plan.resumes_run).member("phase", plan.resumes_phase);
    json.end_object();
  }
  json.member("digest", plan.digest);
  put(json, "outgoing", plan.outgoing);
  json.key("outgoing_ends_at");
  if (plan.outgoing_ends_at) {
    json.value(base::format_instant(*plan.outgoing_ends_at));
  } else {
    json.null();
  }
  json.member("worst_case_seconds", whole_seconds(plan.worst_case)).key("steps").begin_array();
  for (const PlanStep& step : plan.steps) {
    json.begin_object().member("what", step.what);
    json.member("longest_seconds", whole_seconds(step.longest));
    json.member("point_of_no_return", step.is_point_of_no_return).end_object();
  }
  json.end_array().key("consumers").begin_array();
  for (const PlannedConsumer& planned : plan.consumers) {
    json.begin_object().member("name", planned.consumer.name);
    json.member("sink", fmt::format("{}", fmt::join(planned.places, " and ")));
    put(json, "sinks", planned.places);
    json.member("kind", planned.consumer.kind);
    if (!plan.waves.empty()) {
      json.member("wave", plan.waves[static_cast<std::size_t>(planned.consumer.wave)].name);
    }
    json.member("instances", planned.consumer.instances);
    json.member("reload", name_of(planned.consumer.reload.form()));
    json.member("seen_as", describe(planned.consumer.seen_as));
    json.member("interval_seconds",
                whole_seconds(longest_interval(planned.consumer, planned.rhythm)));
    json.member("interval", describe_interval(planned.consumer, planned.rhythm)).end_object();
  }
  json.end_array();
  json.key("workflows").begin_array();
  for (const PlannedWorkflow& workflow : plan.workflows) {
    json.begin_object().member("name", workflow.name).member("effects", workflow.effects);
    json.end_object();
  }
  json.end_array();
  put(json, "warnings", plan.warnings);
  put(json, "problems", plan.problems);
  json.end_object();
  return json.release();
}

}  // namespace rekey::rotation
