// A plan as people and scripts read it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "net/json.h"
#include "rotation/machine/workflow_rules.h"
#include "rotation/plan/plan.h"
#include "rotation/plan/plan_search.h"

namespace rekey::rotation {
namespace {

void append_list(std::string& out, std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return;
  fmt::format_to(std::back_inserter(out), "\n{}\n", title);
  for (const std::string& item : items) fmt::format_to(std::back_inserter(out), "  - {}\n", item);
}

void put(net::JsonWriter& json, std::string_view name, const std::optional<base::Instant>& at) {
  json.key(name);
  if (at) {
    json.value(base::format_instant(*at));
  } else {
    json.null();
  }
}

void put(net::JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

std::int64_t whole_seconds(base::Duration duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

std::vector<std::string> names_in_wave(const Plan& plan, std::size_t wave) {
  std::vector<std::string> names;
  for (const PlannedConsumer& planned : plan.consumers) {
    if (static_cast<std::size_t>(planned.consumer.wave) != wave) continue;
    names.push_back(planned.consumer.name);
  }
  return names;
}

bool has_held(const Plan& plan, std::size_t wave) {
  return wave < static_cast<std::size_t>(plan.waves_passed);
}

// Their order, and how long each is watched before the next begins.
std::string wave_lines(const Plan& plan) {
  const auto& waves = plan.rules.waves;
  std::string out;
  for (std::size_t i = 0; i < waves.size(); ++i) {
    const bool is_last = i + 1 == waves.size();
    fmt::format_to(std::back_inserter(out), "  {}: {}{}{}\n", waves[i].name,
                   fmt::join(names_in_wave(plan, i), ", "),
                   is_last || waves[i].hold == base::Duration{0}
                       ? std::string()
                       : fmt::format("; watched for {} before the next begins",
                                     base::format_duration(waves[i].hold)),
                   has_held(plan, i) ? "; has held" : "");
  }
  return out;
}

std::vector<std::string> let_be_lines(const Plan& plan) {
  std::vector<std::string> lines;
  for (const NotConsumer& one : plan.rules.not_consumers) {
    lines.push_back(fmt::format("{}: {} answers for it ({})", one.path, one.by, one.reason));
  }
  return lines;
}

// Whoever approves the plan lets these pass.
std::vector<std::string> waiver_lines(const Plan& plan) {
  std::vector<std::string> lines;
  for (const Waiver& waiver : plan.rules.waivers) {
    lines.push_back(fmt::format("{}: {} answers for it ({})", describe(waiver.seen_as), waiver.by,
                                waiver.reason));
  }
  return lines;
}

void write_waves(net::JsonWriter& json, const Plan& plan) {
  json.key("waves").begin_array();
  for (std::size_t i = 0; i < plan.rules.waves.size(); ++i) {
    json.begin_object().member("name", plan.rules.waves[i].name);
    json.member("hold_seconds", whole_seconds(plan.rules.waves[i].hold));
    put(json, "consumers", names_in_wave(plan, i));
    json.member("has_held", has_held(plan, i)).end_object();
  }
  json.end_array();
}

void write_waivers(net::JsonWriter& json, const Plan& plan) {
  json.key("waivers").begin_array();
  for (const Waiver& waiver : plan.rules.waivers) {
    json.begin_object().member("use", describe(waiver.seen_as)).member("by", waiver.by);
    json.member("reason", waiver.reason).end_object();
  }
  json.end_array();
}

std::vector<std::string> places_of(const std::vector<FoundPlace>& found) {
  std::vector<std::string> places;
  for (const FoundPlace& one : found) places.push_back(one.where);
  return places;
}

void write_search(net::JsonWriter& json, const Plan& plan) {
  json.key("not_consumers").begin_array();
  for (const NotConsumer& one : plan.rules.not_consumers) {
    json.begin_object().member("path", one.path).member("by", one.by);
    json.member("reason", one.reason).end_object();
  }
  json.end_array().key("search");
  if (!plan.search) {
    json.null();
    return;
  }
  json.begin_object();
  put(json, "roots", plan.roots);
  json.member("is_complete", plan.search->is_complete);
  put(json, "uncovered", places_of(plan.search->uncovered));
  put(json, "let_be", places_of(plan.search->let_be));
  put(json, "exposed", places_of(plan.search->exposed));
  json.end_object();
}

// Who tells of the use of secrets; nobody where the issuer does not and nothing stands beside it.
std::vector<std::string> usage_places(const Plan& plan, const RunDrivers& drivers) {
  std::vector<std::string> places;
  if (!plan.is_by_hand) places.emplace_back("the issuer's usage");
  for (const DriverSpec& one : drivers.usage_sources) places.push_back(describe_driver(one));
  return places;
}

// "Issuer: rekey (https://…); proven by a token request; evidence from the issuer's usage"
std::string drivers_line(const Plan& plan) {
  if (!plan.rules.drivers) return {};
  const RunDrivers& drivers = *plan.rules.drivers;
  const auto places = usage_places(plan, drivers);
  return fmt::format("Issuer: {}; proven by {}; evidence from {}\n",
                     describe_driver(drivers.issuer), describe_driver(drivers.probe),
                     places.empty() ? std::string("restarts by the engine and owners' words")
                                    : fmt::format("{}", fmt::join(places, " and ")));
}

void write_driver(net::JsonWriter& json, const DriverSpec& spec) {
  json.begin_object().member("kind", spec.kind).member("place", spec.location).end_object();
}

void write_drivers(net::JsonWriter& json, const Plan& plan) {
  if (!plan.rules.drivers) return;
  json.key("issuer");
  write_driver(json, plan.rules.drivers->issuer);
  json.key("probe");
  write_driver(json, plan.rules.drivers->probe);
  json.key("usage").begin_array();
  for (const DriverSpec& one : plan.rules.drivers->usage_sources) write_driver(json, one);
  json.end_array();
}

bool needs_people(const Plan& plan) {
  return plan.is_by_hand || plan.rules.approvals > 0 ||
         std::any_of(plan.consumers.begin(), plan.consumers.end(), [](const PlannedConsumer& one) {
           return one.consumer.is_by_hand || one.consumer.reload.form() == ReloadForm::kPerson;
         });
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
  out += drivers_line(plan);
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
  if (!plan.rules.waves.empty()) out += "\nWaves\n" + wave_lines(plan);
  if (!plan.workflows.empty()) out += "\nWorkflows, and what they touch\n";
  for (const PlannedWorkflow& workflow : plan.workflows) {
    const bool is_bound = touches_something(workflow.effects) && plan.most_workflow_runs > 0;
    fmt::format_to(to, "  {}: {}{}\n", workflow.name, workflow.effects,
                   is_bound ? fmt::format(" (up to {} times, where it fails or no answer is clear)",
                                          plan.most_workflow_runs)
                            : std::string());
  }
  fmt::format_to(to, "\nWorst case: {}.", base::format_duration(plan.worst_case));
  if (needs_people(plan)) out += " The time that people take is not in it.";
  if (plan.outgoing_ends_at) {
    fmt::format_to(to, " The present secret ends {} ({}).",
                   base::format_instant(*plan.outgoing_ends_at),
                   base::describe_relative(*plan.outgoing_ends_at, plan.made_at));
  }
  if (plan.outgoing_dormant_at) {
    fmt::format_to(to, " Where nobody used it till then, it would fall dormant {}.",
                   base::format_instant(*plan.outgoing_dormant_at));
  }
  out += '\n';
  if (plan.resumes_run.empty()) fmt::format_to(to, "{}.\n", describe_search(plan));
  append_list(out, "Copies of the secret that are let be", let_be_lines(plan));
  append_list(out, "Use of the old secret that is let pass", waiver_lines(plan));
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
  write_drivers(json, plan);
  put(json, "outgoing", plan.outgoing);
  put(json, "outgoing_ends_at", plan.outgoing_ends_at);
  put(json, "outgoing_dormant_at", plan.outgoing_dormant_at);
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
    if (!plan.rules.waves.empty()) {
      json.member("wave", plan.rules.waves[static_cast<std::size_t>(planned.consumer.wave)].name);
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
  write_waves(json, plan);
  write_waivers(json, plan);
  write_search(json, plan);
  put(json, "warnings", plan.warnings);
  put(json, "problems", plan.problems);
  json.end_object();
  return json.release();
}

}  // namespace rekey::rotation
