#include "rotation/inventory.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>

#include "base/text.h"
#include "credential/ids.h"
#include "rotation/driver_reader.h"
#include "rotation/registry.h"
#include "rotation/yaml_document.h"
#include "rotation/yaml_mapping.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;

constexpr base::Duration kLongestInterval = base::Days{400};
constexpr base::Duration kLongestReload = std::chrono::hours{1};
constexpr base::Duration kLongestSpan = std::chrono::hours{1};
constexpr std::int64_t kMostRequests = 20;
constexpr std::int64_t kMostInstances = 10'000;

class InventoryReader {
 public:
  InventoryReader(const std::string& path, const DriverRegistry& registry)
      : problems_(path), registry_(registry) {
    inventory_.path = path;
    folder_ = std::filesystem::path(path).parent_path();
  }

  base::Result<Inventory> read(std::string_view text) {
    with_yaml_document(text, problems_, [this](const YAML::Node& root) { read_top(root); });
    if (!problems_.is_empty()) return problems_.as_error();
    return std::move(inventory_);
  }

 private:
  static constexpr std::array<std::string_view, 8> kTopKeys{
      "version", "issuer", "integration", "state", "probe", "proof", "consumers", "waivers"};
  static constexpr std::array<std::string_view, 2> kIntegrationKeys{"client_id", "slot"};
  static constexpr std::array<std::string_view, 2> kProofKeys{"requests", "span"};
  static constexpr std::array<std::string_view, 6> kConsumerKeys{"name",   "sink",    "instances",
                                                                 "reload", "seen_as", "interval"};
  static constexpr std::array<std::string_view, 2> kReloadKeys{"command", "timeout"};
  static constexpr std::array<std::string_view, 3> kSeenAsKeys{"network", "user_agent", "slot"};
  static constexpr std::array<std::string_view, 4> kWaivedAsKeys{"network", "user_agent", "slot",
                                                                 "other"};
  static constexpr std::array<std::string_view, 3> kWaiverKeys{"seen_as", "by", "reason"};

  [[nodiscard]] std::string resolve(const std::string& path) const {
    return resolve_path(folder_, path);
  }
  template <typename Kind>
  DriverSpec read_driver_of(const std::vector<Kind>& kinds, const YAML::Node& node,
                            std::string_view what) {
    std::vector<const DriverKind*> known;
    for (const Kind& one : kinds) known.push_back(&one.kind);
    return read_driver(node, what, known, folder_, problems_);
  }

  void read_top(const YAML::Node& node) {
    Mapping top(node, "the inventory", kTopKeys, problems_);
    if (!top.is_map()) return;
    if (const YAML::Node* version = top.need("version");
        version != nullptr && (!version->IsScalar() || version->Scalar() != "1")) {
      problems_.add(version->Mark(), "version must be 1");
    }
    if (const YAML::Node* issuer = top.need("issuer")) {
      inventory_.issuer = read_driver_of(registry_.issuers, *issuer, "issuer");
    }
    read_probe(top);
    if (const YAML::Node* integration = top.need("integration")) read_integration(*integration);
    inventory_.state_folder = resolve(top.text_or("state", ".rekey"));
    if (const YAML::Node* proof = top.find("proof")) read_proof(*proof);
    if (const YAML::Node* consumers = top.need("consumers")) read_consumers(*consumers);
    if (const YAML::Node* waivers = top.find("waivers")) read_waivers(*waivers);
  }

  // Where none is named it is the issuer's usual one, unless that one has to be told something.
  void read_probe(Mapping& top) {
    const IssuerKind* issuer = find_kind(registry_.issuers, inventory_.issuer.kind);
    const ProbeKind* usual =
        issuer == nullptr ? nullptr : find_kind(registry_.probes, issuer->usual_probe);
    const bool is_told_nothing =
        usual != nullptr && std::none_of(usual->kind.keys.begin(), usual->kind.keys.end(),
                                         [](const KeySpec& key) { return key.is_required; });
    if (const YAML::Node* probe = top.find("probe")) {
      inventory_.probe = read_driver_of(registry_.probes, *probe, "probe");
    } else if (is_told_nothing) {
      inventory_.probe = make_spec(usual->kind, {});
    } else if (issuer != nullptr) {
      static_cast<void>(top.need("probe", "how a value is tried"));
    }
  }

  void read_integration(const YAML::Node& node) {
    Mapping integration(node, "integration", kIntegrationKeys, problems_);
    inventory_.client_id = integration.text("client_id");
    if (!inventory_.client_id.empty()) {
      note_error(*integration.find("client_id"), credential::parse_client_id(inventory_.client_id));
    }
    inventory_.slot = integration.text_or("slot", credential::kDefaultSlot);
    if (const YAML::Node* slot = integration.find("slot")) {
      note_error(*slot, credential::parse_slot_tag(inventory_.slot));
    }
  }

  void read_proof(const YAML::Node& node) {
    Mapping proof(node, "proof", kProofKeys, problems_);
    inventory_.proof.requests =
        static_cast<int>(proof.number_or("requests", inventory_.proof.requests, kMostRequests));
    if (const YAML::Node* span = proof.find("span")) {
      inventory_.proof.span = proof.duration(span, "span", kLongestSpan);
    }
  }

  void read_consumers(const YAML::Node& node) {
    if (!node.IsSequence() || node.size() == 0 || node.size() > kMaxConsumers) {
      problems_.add(node.Mark(), fmt::format("consumers must be a list of 1 to {}", kMaxConsumers));
      return;
    }
    std::vector<YAML::Mark> marks;
    for (const YAML::Node& item : node) {
      inventory_.consumers.push_back(read_consumer(item));
      marks.push_back(item.Mark());
    }
    for (std::size_t i = 0; i < marks.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) compare(j, i, marks[i]);
    }
  }

  void compare(std::size_t earlier, std::size_t later, const YAML::Mark& mark) {
    const Consumer& a = inventory_.consumers[earlier];
    const Consumer& b = inventory_.consumers[later];
    if (a.name.empty() || b.name.empty()) return;
    if (a.name == b.name) {
      problems_.add(mark, fmt::format("two consumers are called {}", a.name));
      return;
    }
    if (!a.sink.location.empty() && a.sink.kind == b.sink.kind &&
        a.sink.location == b.sink.location) {
      problems_.add(mark,
                    fmt::format("{} and {} have the same sink; declare one consumer with more "
                                "instances",
                                a.name, b.name));
    }
    if (check(a.seen_as) && check(b.seen_as) && can_overlap(a.seen_as, b.seen_as)) {
      problems_.add(mark,
                    fmt::format("{} and {} could both match one caller, so usage could not say "
                                "which of them moved; tell them apart in seen_as",
                                a.name, b.name));
    }
  }

  Consumer read_consumer(const YAML::Node& node) {
    Consumer consumer;
    Mapping mapping(node, "a consumer", kConsumerKeys, problems_);
    if (!mapping.is_map()) return consumer;
    consumer.name = mapping.text("name");
    if (!consumer.name.empty() && !is_name(consumer.name)) {
      problems_.add(mapping.find("name")->Mark(),
                    "a consumer's name is 1 to 64 characters of [A-Za-z0-9._-]");
    }
    if (const YAML::Node* sink = mapping.need("sink")) {
      consumer.sink = read_driver_of(registry_.sinks, *sink, "sink");
    }
    consumer.instances = static_cast<int>(mapping.number_or("instances", 1, kMostInstances));
    if (const YAML::Node* reload = mapping.need("reload")) consumer.reload = read_reload(*reload);
    if (const YAML::Node* seen = mapping.need("seen_as")) {
      consumer.seen_as = read_seen_as(*seen, kSeenAsKeys);
    }
    consumer.interval = mapping.duration(mapping.need("interval"), "interval", kLongestInterval);
    return consumer;
  }

  static bool is_name(std::string_view text) {
    return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
             return base::kBase62Alphabet.find(c) != std::string_view::npos || c == '.' ||
                    c == '_' || c == '-';
           });
  }

  ReloadSpec read_reload(const YAML::Node& node) {
    ReloadSpec reload;
    if (node.IsScalar() && node.Scalar() == "per_call") return reload;
    if (!node.IsMap()) {
      problems_.add(node.Mark(), "reload must be per_call or a mapping with a command");
      return reload;
    }
    Mapping mapping(node, "reload", kReloadKeys, problems_);
    if (const YAML::Node* timeout = mapping.find("timeout")) {
      reload.timeout = mapping.duration(timeout, "timeout", kLongestReload);
    }
    const YAML::Node* command = mapping.need("command");
    if (command == nullptr) return reload;
    const bool is_list = command->IsSequence() && command->size() > 0 &&
                         std::all_of(command->begin(), command->end(),
                                     [](const YAML::Node& word) { return word.IsScalar(); });
    if (!is_list || command->begin()->Scalar().empty()) {
      problems_.add(command->Mark(), "command must be a list: the program and its arguments");
      return reload;
    }
    for (const YAML::Node& word : *command) {
      // An argument may be a script of several lines.
      const bool is_program = reload.command.empty();
      check_visible(word, "command", problems_, is_program ? "" : "\n\t");
      reload.command.push_back(word.Scalar());
    }
    // A program without a slash is searched in PATH.
    std::string& program = reload.command.front();
    if (program.find('/') != std::string::npos) program = resolve(program);
    return reload;
  }

  SeenAs read_seen_as(const YAML::Node& node, Names known) {
    Mapping mapping(node, "seen_as", known, problems_);
    if (!mapping.is_map()) return {};
    SeenAs seen;
    seen.network = mapping.optional_text("network");
    seen.user_agent = mapping.optional_text("user_agent");
    seen.slot = mapping.optional_text("slot");
    if (const YAML::Node* other = mapping.find("other")) {
      seen.is_other = other->IsScalar() && other->Scalar() == "true";
      if (!seen.is_other || seen.network || seen.user_agent || seen.slot) {
        problems_.add(other->Mark(), "other stands alone, as: {other: true}");
      }
    }
    note_error(node, check(seen));
    return seen;
  }

  void read_waivers(const YAML::Node& node) {
    if (!node.IsSequence()) {
      problems_.add(node.Mark(), "waivers must be a list");
      return;
    }
    for (const YAML::Node& item : node) {
      Mapping mapping(item, "a waiver", kWaiverKeys, problems_);
      if (!mapping.is_map()) continue;
      Waiver waiver;
      if (const YAML::Node* seen = mapping.need("seen_as")) {
        waiver.seen_as = read_seen_as(*seen, kWaivedAsKeys);
      }
      waiver.by = mapping.text("by");
      waiver.reason = mapping.text("reason");
      inventory_.waivers.push_back(std::move(waiver));
    }
  }

  template <typename T>
  void note_error(const YAML::Node& node, const base::Result<T>& result) {
    if (!result) problems_.add(node.Mark(), result.error().detail);
  }

  Problems problems_;
  const DriverRegistry& registry_;
  Inventory inventory_;
  std::filesystem::path folder_;
};

}  // namespace

base::Result<Inventory> parse_inventory(std::string_view text, const std::string& path,
                                        const DriverRegistry& registry) {
  if (text.size() > static_cast<std::size_t>(kInventoryLimitBytes)) {
    return base::fail(Code::kInvalidArgument, fmt::format("{}: larger than 1 MiB", path));
  }
  if (!base::is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("{}: not UTF-8 text, or holds NUL bytes", path));
  }
  return InventoryReader(path, registry).read(text);
}

}  // namespace rekey::rotation
