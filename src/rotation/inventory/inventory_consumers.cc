#include "rotation/inventory/inventory_consumers.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

#include "platform/process.h"
#include "rotation/drivers/registry.h"
#include "rotation/inventory/driver_reader.h"

namespace rekey::rotation {
namespace {

namespace keys = inventory_keys;

bool is_same_place(const DriverSpec& a, const DriverSpec& b) {
  return !a.location.empty() && a.kind == b.kind && a.location == b.location;
}

bool is_sharing_a_sink(const Consumer& a, const Consumer& b) {
  return std::any_of(a.sinks.begin(), a.sinks.end(), [&](const DriverSpec& one) {
    return std::any_of(b.sinks.begin(), b.sinks.end(),
                       [&](const DriverSpec& other) { return is_same_place(one, other); });
  });
}

}  // namespace

void ConsumersReader::read(const YAML::Node& consumers, Inventory& one) {
  if (!is_filled_list(consumers, "consumers", keys::kMostItems, problems_)) return;
  std::vector<YAML::Mark> marks;
  for (const YAML::Node& item : consumers) {
    one.consumers.push_back(read_consumer(item));
    marks.push_back(item.Mark());
  }
  for (std::size_t i = 0; i < marks.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) compare(one.consumers[j], one.consumers[i], marks[i]);
  }
}

void ConsumersReader::compare(const Consumer& a, const Consumer& b, const YAML::Mark& mark) {
  if (a.name.empty() || b.name.empty()) return;
  if (a.name == b.name) {
    problems_.add(mark, fmt::format("two consumers are called {}; rename one", a.name));
    return;
  }
  if (is_sharing_a_sink(a, b)) {
    problems_.add(mark, fmt::format("{} and {} have the same sink; declare one consumer with more "
                                    "instances",
                                    a.name, b.name));
  }
  if (check(a.seen_as) && check(b.seen_as) && can_overlap(a.seen_as, b.seen_as)) {
    problems_.add(mark, fmt::format("{} and {} could both match one caller, so usage could not say "
                                    "which of them moved; tell them apart in seen_as",
                                    a.name, b.name));
  }
}

Consumer ConsumersReader::read_consumer(const YAML::Node& node) {
  Consumer consumer;
  TableMapping mapping(node, keys::kConsumer, problems_);
  if (!mapping.is_map()) return consumer;
  consumer.name = mapping.text("name");
  consumer.kind = mapping.text("kind");
  for (const std::string_view key : {"name", "kind"}) {
    const YAML::Node* found = mapping.find(key);
    if (found == nullptr || !found->IsScalar() || is_name(found->Scalar())) continue;
    problems_.add(
        found->Mark(),
        fmt::format("a consumer's {} is 1 to 64 characters of [A-Za-z0-9._-]; rename it", key));
  }
  read_sinks(mapping, consumer);
  consumer.instances = mapping.number("instances", 1);
  if (const YAML::Node* reload = mapping.find("reload")) consumer.reload = read_reload(*reload);
  if (const YAML::Node* seen = mapping.find("seen_as")) {
    consumer.seen_as = read_seen_as(*seen, keys::kSeenAs);
  }
  consumer.interval = mapping.duration("interval");
  consumer.owner = mapping.text("owner");
  consumer.max_length = mapping.number("max_length", 0);
  return consumer;
}

void ConsumersReader::read_sinks(TableMapping& mapping, Consumer& consumer) {
  const YAML::Node* single = mapping.find("sink");
  const YAML::Node* several = mapping.find("sinks");
  if (single == nullptr && several == nullptr) mapping.miss("sink");
  if (single != nullptr && several != nullptr) {
    problems_.add(several->Mark(), "a consumer has sink or sinks; move the one into the other");
    return;
  }
  std::vector<YAML::Node> nodes;
  if (single != nullptr) nodes.push_back(*single);
  if (several != nullptr &&
      is_filled_list(*several, "sinks", find_key(keys::kConsumer, "sinks")->most, problems_)) {
    for (const YAML::Node& item : *several) nodes.push_back(item);
  }
  if (nodes.empty()) return;
  consumer.sinks.clear();
  for (const YAML::Node& node : nodes) {
    DriverSpec sink = read_driver(node, "sink", kinds_of(registry_.sinks), folder_, problems_);
    const SinkKind* kind = find_kind(registry_.sinks, sink.kind);
    consumer.is_by_hand = consumer.is_by_hand || (kind != nullptr && kind->kind.is_by_hand);
    if (std::any_of(consumer.sinks.begin(), consumer.sinks.end(),
                    [&](const DriverSpec& other) { return is_same_place(sink, other); })) {
      problems_.add(node.Mark(), fmt::format("{} has this sink twice; keep one", consumer.name));
    }
    consumer.sinks.push_back(std::move(sink));
  }
  if (consumer.is_by_hand && nodes.size() > 1) {
    problems_.add(several->Mark(),
                  "a sink that a person fills in stands alone; declare a consumer for it and one "
                  "for the others");
  }
}

std::vector<std::string> ConsumersReader::read_command(const YAML::Node& node) {
  const bool is_list =
      node.IsSequence() && node.size() > 0 &&
      std::all_of(node.begin(), node.end(), [](const YAML::Node& word) { return word.IsScalar(); });
  if (!is_list || node.begin()->Scalar().empty()) {
    problems_.add(node.Mark(),
                  "command must be a list: the program and its arguments; write it as [program, "
                  "argument]");
    return {};
  }
  std::vector<std::string> command;
  for (const YAML::Node& word : node) {
    // An argument may be a script of several lines.
    check_visible(word, "command", problems_, command.empty() ? "" : "\n\t");
    command.push_back(word.Scalar());
  }
  // A program without a slash is searched in PATH.
  std::string& program = command.front();
  if (program.find('/') != std::string::npos) program = resolve_path(folder_, program);
  return command;
}

ReloadSpec ConsumersReader::read_reload(const YAML::Node& node) {
  ReloadSpec reload;
  if (node.IsScalar() && node.Scalar() == keys::kPerCall) return reload;
  if (!node.IsMap()) {
    problems_.add(node.Mark(),
                  "reload must be per_call or a mapping with a command, signal, cached or "
                  "schedule; write one of them");
    return reload;
  }
  TableMapping mapping(node, keys::kReload, problems_);
  reload.timeout = mapping.duration("timeout", reload.timeout);
  reload.reads_at_start = !mapping.choice("reads").empty();
  if (const YAML::Node* command = mapping.find("command")) reload.command = read_command(*command);
  reload.signal = mapping.text("signal");
  if (mapping.find("pid_file") != nullptr) {
    reload.pid_file = resolve_path(folder_, mapping.text("pid_file"));
  }
  for (const auto form : {ReloadForm::kCached, ReloadForm::kSchedule}) {
    if (mapping.find(name_of(form)) == nullptr) continue;
    reload.by_itself = form;
    reload.every = mapping.duration(name_of(form));
  }
  if (reload.form() == ReloadForm::kPerCall && reload.reads_at_start) {
    reload.by_itself = ReloadForm::kPerson;
  }
  check_reload(reload, mapping, node);
  return reload;
}

void ConsumersReader::check_reload(const ReloadSpec& reload, TableMapping& mapping,
                                   const YAML::Node& node) {
  const auto forms = std::count_if(keys::kReloadNames.begin(), keys::kReloadNames.end(),
                                   [&](const std::string_view name) {
                                     return name != "reads" && mapping.find(name) != nullptr;
                                   });
  if (forms == 0 && !reload.reads_at_start) mapping.miss("command");
  if (forms > 1) {
    problems_.add(node.Mark(),
                  "reload has one of command, signal, cached and schedule; keep the one that makes "
                  "the consumer use a new secret first");
  }
  if (mapping.find("signal") != nullptr) {
    note_error(*mapping.find("signal"), platform::signal_number(reload.signal),
               "write one of those", problems_);
    if (reload.pid_file.empty()) mapping.miss("pid_file");
  } else if (mapping.find("pid_file") != nullptr) {
    problems_.add(mapping.find("pid_file")->Mark(), "pid_file goes with signal; add it");
  }
}

SeenAs ConsumersReader::read_seen_as(const YAML::Node& node, const KeyTable& table) {
  TableMapping mapping(node, table, problems_);
  if (!mapping.is_map()) return {};
  SeenAs seen;
  seen.network = mapping.optional_text("network");
  seen.user_agent = mapping.optional_text("user_agent");
  seen.slot = mapping.optional_text("slot");
  const bool may_be_other = find_key(table, "other") != nullptr;
  if (const YAML::Node* other = may_be_other ? mapping.find("other") : nullptr) {
    seen.is_other = other->IsScalar() && other->Scalar() == "true";
    if (!seen.is_other || seen.network || seen.user_agent || seen.slot) {
      problems_.add(other->Mark(), "other stands alone; write {other: true}");
    }
  }
  note_error(node, check(seen), "write what tells this caller from all others", problems_);
  return seen;
}

void ConsumersReader::read_waves(const YAML::Node& waves, Inventory& one) {
  if (!waves.IsSequence()) {
    problems_.add(waves.Mark(), "waves must be a list; write each behind a dash");
    return;
  }
  std::vector<bool> is_placed(one.consumers.size());
  for (const YAML::Node& item : waves) read_wave(item, is_placed, one);
  if (one.waves.empty()) return;
  if (std::find(is_placed.begin(), is_placed.end(), false) != is_placed.end()) {
    const auto last = static_cast<int>(one.waves.size());
    one.waves.push_back({"rest", {}});
    for (std::size_t i = 0; i < is_placed.size(); ++i) {
      if (!is_placed[i]) one.consumers[i].wave = last;
    }
  }
  std::stable_sort(one.consumers.begin(), one.consumers.end(),
                   [](const Consumer& a, const Consumer& b) { return a.wave < b.wave; });
}

void ConsumersReader::read_wave(const YAML::Node& node, std::vector<bool>& is_placed,
                                Inventory& one) {
  TableMapping mapping(node, keys::kWave, problems_);
  if (!mapping.is_map()) return;
  Wave wave{mapping.text("name"), mapping.duration("hold")};
  for (const Wave& earlier : one.waves) {
    if (earlier.name != wave.name) continue;
    problems_.add(node.Mark(), fmt::format("two waves are called {}; rename one", wave.name));
  }
  std::vector<std::string_view> known;
  for (const Consumer& consumer : one.consumers) known.emplace_back(consumer.name);
  const YAML::Node* list = mapping.find("consumers");
  if (list != nullptr && list->IsSequence() && list->size() == 0) {
    problems_.add(list->Mark(), "a wave without consumers moves nobody; take it out");
  }
  for (const std::string& name :
       list == nullptr ? std::vector<std::string>{} : read_names(*list, "consumers", problems_)) {
    const auto found = std::find(known.begin(), known.end(), name);
    const auto at = static_cast<std::size_t>(found - known.begin());
    if (found == known.end()) {
      problems_.add(list->Mark(),
                    fmt::format("consumers has no {}{}", name, did_you_mean(name, known)));
    } else if (is_placed[at]) {
      problems_.add(list->Mark(), fmt::format("{} is in two waves; keep one of them", name));
    } else {
      is_placed[at] = true;
      one.consumers[at].wave = static_cast<int>(one.waves.size());
    }
  }
  one.waves.push_back(std::move(wave));
}

void ConsumersReader::read_waivers(const YAML::Node& waivers, Inventory& one) {
  if (!waivers.IsSequence()) {
    problems_.add(waivers.Mark(), "waivers must be a list; write each behind a dash");
    return;
  }
  for (const YAML::Node& item : waivers) {
    TableMapping mapping(item, keys::kWaiver, problems_);
    if (!mapping.is_map()) continue;
    Waiver waiver;
    if (const YAML::Node* seen = mapping.find("seen_as")) {
      waiver.seen_as = read_seen_as(*seen, keys::kWaivedAs);
    }
    waiver.by = mapping.text("by");
    waiver.reason = mapping.text("reason");
    one.waivers.push_back(std::move(waiver));
  }
}

}  // namespace rekey::rotation
