#include "rotation/inventory/inventory.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "credential/ids.h"
#include "platform/time_zone.h"
#include "rotation/drivers/registry.h"
#include "rotation/inventory/driver_reader.h"
#include "rotation/inventory/inventory_consumers.h"
#include "rotation/inventory/inventory_discovery.h"
#include "rotation/inventory/inventory_keys.h"
#include "rotation/inventory/inventory_workflows.h"
#include "rotation/inventory/table_mapping.h"
#include "rotation/inventory/yaml_document.h"

namespace rekey::rotation {
namespace {

using base::Code;

namespace keys = inventory_keys;

// Of which time a zone's offsets are asked: that of the windows of runs, past ones among them.
constexpr base::Instant kFirstOffset{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
constexpr base::Instant kLastOffset{std::chrono::sys_days{std::chrono::year{2038} / 1 / 1}};

class InventoryReader {
 public:
  InventoryReader(const std::string& path, const DriverRegistry& registry)
      : problems_(path),
        registry_(registry),
        folder_(std::filesystem::path(path).parent_path()),
        consumers_(registry, folder_, problems_) {
    file_.path = path;
  }

  base::Result<InventoryFile> read(std::string_view text) {
    with_yaml_document(text, problems_, [this](const YAML::Node& root) { read_top(root); });
    if (!problems_.is_empty()) return problems_.as_error();
    introduce_siblings();
    return std::move(file_);
  }

 private:
  [[nodiscard]] std::string resolve(const std::string& path) const {
    return resolve_path(folder_, path);
  }
  template <typename Kind>
  DriverSpec read_driver_of(const std::vector<Kind>& kinds, const YAML::Node& node,
                            std::string_view what) {
    return read_driver(node, what, kinds_of(kinds), folder_, problems_);
  }

  void read_top(const YAML::Node& node) {
    const bool has_several = node.IsMap() && (node["issuers"] || node["integrations"]);
    const KeyTable& table = has_several ? keys::kListFile : keys::kSingleFile;
    TableMapping top(node, table, problems_, has_several ? &keys::kSingleFile : &keys::kListFile);
    if (!top.is_map()) return;
    if (const YAML::Node* version = top.find("version");
        version != nullptr && (!version->IsScalar() || version->Scalar() != "1")) {
      problems_.add(version->Mark(), "version must be 1; write version: 1");
    }
    state_folder_ = resolve(top.text("state", ".rekey"));
    if (const YAML::Node* proof = top.find("proof")) proof_ = read_proof(*proof, proof_);
    if (const YAML::Node* discovery = top.find("discovery")) {
      file_.discovery = read_discovery(*discovery, folder_, problems_);
    }
    if (has_several) {
      read_several(top);
    } else {
      read_single(top);
    }
  }

  void read_single(TableMapping& top) {
    Inventory one = fresh_integration();
    if (const YAML::Node* issuer = top.find("issuer")) {
      one.issuer = read_driver_of(registry_.issuers, *issuer, "issuer");
    }
    read_probe(top, one);
    if (const YAML::Node* usage = top.find("usage")) read_usage_sources(*usage, one);
    if (const YAML::Node* integration = top.find("integration")) {
      TableMapping mapping(*integration, keys::kIntegration, problems_);
      read_facts(mapping, one);
    }
    if (const YAML::Node* consumers = top.find("consumers")) read_consumers(*consumers, one);
    if (const YAML::Node* waivers = top.find("waivers")) consumers_.read_waivers(*waivers, one);
    if (const YAML::Node* list = top.find("workflows")) {
      one.workflows = read_workflows(*list, problems_);
    }
    file_.integrations.push_back(std::move(one));
  }

  void read_several(TableMapping& top) {
    for (const InventoryKey& key : keys::kSingleFileKeys) {
      const YAML::Node* found = top.find_of_sister(key.name);
      if (found == nullptr || find_key(keys::kListFile, key.name) != nullptr) continue;
      problems_.add(found->Mark(),
                    fmt::format("{} goes with a single integration; move it into each item of "
                                "integrations{}",
                                key.name, key.name == "issuer" ? ", by its name in issuers" : ""));
    }
    if (const YAML::Node* issuers = top.find("issuers")) read_issuers(*issuers);
    const YAML::Node* list = top.find("integrations");
    if (list == nullptr || is_empty(*list) ||
        !is_filled_list(*list, "integrations", keys::kMostItems, problems_))
      return;
    for (const YAML::Node& item : *list) {
      file_.integrations.push_back(read_listed(item));
      compare_integrations(item.Mark());
      compare_sinks(item.Mark());
    }
  }

  void read_issuers(const YAML::Node& node) {
    if (!node.IsMap() || node.size() == 0) {
      problems_.add(node.Mark(),
                    "issuers must be a mapping from a name of your own to an issuer; write it as "
                    "{mce: {kind: marketing-cloud, …}}");
      return;
    }
    for (const auto& entry : node) {
      const std::string name = entry.first.Scalar();
      if (!is_name(name) || name.empty()) {
        problems_.add(entry.first.Mark(),
                      "an issuer's name is 1 to 64 characters of [A-Za-z0-9._-]; rename it");
        continue;
      }
      const auto [place, is_new] = file_.issuers.try_emplace(
          name, read_driver_of(registry_.issuers, entry.second, "issuer"));
      if (!is_new)
        problems_.add(entry.first.Mark(),
                      fmt::format("two issuers are called {}; rename one", name));
      issuer_names_.push_back(place->first);
    }
  }

  Inventory read_listed(const YAML::Node& item) {
    Inventory one = fresh_integration();
    TableMapping mapping(item, keys::kListed, problems_);
    if (!mapping.is_map()) return one;
    choose_issuer(mapping, one);
    if (mapping.find("name") == nullptr && mapping.find("client_id") == nullptr) {
      mapping.miss("client_id");
    }
    read_facts(mapping, one);
    read_probe(mapping, one);
    if (const YAML::Node* usage = mapping.find("usage")) read_usage_sources(*usage, one);
    if (mapping.find("state") != nullptr) one.state_folder = resolve(mapping.text("state"));
    if (const YAML::Node* proof = mapping.find("proof")) one.proof = read_proof(*proof, one.proof);
    const YAML::Node* consumers = mapping.find("consumers");
    // That nobody has looked for them yet is what an import leaves.
    if (consumers != nullptr && !is_empty(*consumers)) read_consumers(*consumers, one);
    if (const YAML::Node* waivers = mapping.find("waivers")) consumers_.read_waivers(*waivers, one);
    if (const YAML::Node* list = mapping.find("workflows")) {
      one.workflows = read_workflows(*list, problems_);
    }
    return one;
  }

  void choose_issuer(TableMapping& mapping, Inventory& one) {
    const YAML::Node* named = mapping.find("issuer");
    if (named == nullptr && file_.issuers.size() == 1) {
      one.issuer_name = file_.issuers.begin()->first;
    } else if (named == nullptr) {
      mapping.miss("issuer");
      return;
    } else {
      one.issuer_name = mapping.text("issuer");
    }
    const auto found = file_.issuers.find(one.issuer_name);
    if (found != file_.issuers.end()) {
      one.issuer = found->second;
    } else if (!one.issuer_name.empty()) {
      problems_.add(named->Mark(), fmt::format("issuers has no {}{}", one.issuer_name,
                                               did_you_mean(one.issuer_name, issuer_names_)));
    }
  }

  void compare_integrations(const YAML::Mark& mark) {
    const Inventory& later = file_.integrations.back();
    for (std::size_t i = 0; i + 1 < file_.integrations.size(); ++i) {
      const Inventory& earlier = file_.integrations[i];
      if (!later.client_id.empty() && earlier.client_id == later.client_id &&
          earlier.slot == later.slot) {
        problems_.add(mark, fmt::format("{} slot {} is there twice ({} and {}); keep one",
                                        later.client_id, later.slot, earlier.name, later.name));
      } else if (!later.name.empty() && earlier.name == later.name && earlier.slot == later.slot) {
        problems_.add(mark, fmt::format("two integrations are called {}; rename one", later.name));
      }
    }
  }

  // Within one integration read_consumers tells it.
  void compare_sinks(const YAML::Mark& mark) {
    const std::size_t last = file_.integrations.size() - 1;
    for (const Consumer& consumer : file_.integrations[last].consumers) {
      for (const DriverSpec& sink : consumer.sinks) compare_sink(sink, consumer.name, last, mark);
    }
  }

  void compare_sink(const DriverSpec& sink, const std::string& consumer, std::size_t last,
                    const YAML::Mark& mark) {
    if (sink.location.empty()) return;
    const auto [place, is_new] =
        sinks_.try_emplace({sink.kind, sink.location}, SinkUser{last, consumer});
    if (is_new || place->second.integration == last) return;
    problems_.add(mark, fmt::format("{} of {} and {} of {} have the same sink, which holds one "
                                    "secret only; give one of them another sink",
                                    place->second.consumer,
                                    file_.integrations[place->second.integration].name, consumer,
                                    file_.integrations[last].name));
  }

  void introduce_siblings() {
    auto siblings = std::make_shared<std::vector<Sibling>>();
    // A client with several slots is one.
    std::set<std::pair<std::string_view, std::string_view>> known;
    for (const Inventory& one : file_.integrations) {
      if (one.client_id.empty() || !known.emplace(one.issuer.kind, one.client_id).second) continue;
      siblings->push_back({one.name, one.client_id, one.issuer.kind, one.issuer.location});
    }
    for (Inventory& one : file_.integrations) one.siblings = siblings;
  }

  [[nodiscard]] Inventory fresh_integration() const {
    Inventory one;
    one.path = file_.path;
    one.state_folder = state_folder_;
    one.proof = proof_;
    one.discovery = file_.discovery;
    return one;
  }

  // Where none is named it is the issuer's usual one, unless that one has to be told something.
  void read_probe(TableMapping& mapping, Inventory& one) {
    const IssuerKind* issuer = find_kind(registry_.issuers, one.issuer.kind);
    const ProbeKind* usual =
        issuer == nullptr ? nullptr : find_kind(registry_.probes, issuer->usual_probe);
    const bool is_told_nothing =
        usual != nullptr && std::none_of(usual->kind.keys.begin(), usual->kind.keys.end(),
                                         [](const KeySpec& key) { return key.is_required; });
    if (const YAML::Node* probe = mapping.find("probe")) {
      one.probe = read_driver_of(registry_.probes, *probe, "probe");
    } else if (is_told_nothing) {
      one.probe = make_spec(usual->kind, {});
    } else if (issuer != nullptr) {
      mapping.miss("probe");
    }
  }

  void read_usage_sources(const YAML::Node& node, Inventory& one) {
    constexpr std::size_t kMost = static_cast<std::size_t>(keys::kUsage.most);
    if (!node.IsSequence() || node.size() > kMost) {
      problems_.add(
          node.Mark(),
          fmt::format("usage must be a list of at most {}; write each behind a dash", kMost));
      return;
    }
    for (const YAML::Node& item : node) {
      one.usage_sources.push_back(
          read_driver_of(registry_.usage_sources, item, "a source of usage"));
    }
  }

  // It names a lock in the state folder, so not all that RFC 6749 (appendix A.1) allows is taken.
  void check_client_id(const YAML::Node& node, const Inventory& one) {
    const IssuerKind* kind = find_kind(registry_.issuers, one.issuer.kind);
    if (kind == nullptr || !kind->has_own_client_ids) {
      note_error(node, credential::parse_client_id(one.client_id),
                 "copy it again from the API integration");
      return;
    }
    const bool is_taken = one.client_id.size() <= 128 && one.client_id.front() != '.' &&
                          std::all_of(one.client_id.begin(), one.client_id.end(), [](char c) {
                            return is_name(std::string_view(&c, 1)) || c == '~';
                          });
    if (is_taken) return;
    problems_.add(
        node.Mark(),
        "a client id is 1 to 128 characters of [A-Za-z0-9._~-], and does not begin with a "
        "dot; copy it again from the issuer");
  }

  // Whose secret it is, and what people know of it.
  void read_facts(TableMapping& mapping, Inventory& one) {
    if (!mapping.is_map()) return;
    one.client_id = mapping.text("client_id");
    if (!one.client_id.empty()) check_client_id(*mapping.find("client_id"), one);
    one.slot = mapping.text("slot", credential::kDefaultSlot);
    if (const YAML::Node* slot = mapping.find("slot")) {
      note_error(*slot, credential::parse_slot_tag(one.slot), "write it so, or leave it out");
    }
    one.name = mapping.text("name", one.client_id);
    one.owner = mapping.text("owner");
    if (const YAML::Node* contacts = mapping.find("contacts")) {
      one.contacts = read_names(*contacts, "contacts", problems_);
    }
    one.documentation = mapping.text("documentation");
    one.generated_at = read_instant(mapping, "generated_at");
    one.expires_at = read_instant(mapping, "expires_at");
    const IssuerKind* kind = find_kind(registry_.issuers, one.issuer.kind);
    if (one.generated_at && !one.expires_at && kind != nullptr && kind->usual_end) {
      const base::Instant end = kind->usual_end(one.issuer, *one.generated_at);
      if (end != base::kFarFuture) one.expires_at = end;
    }
    if (one.generated_at && one.expires_at && *one.expires_at <= *one.generated_at) {
      problems_.add(mapping.find("expires_at")->Mark(),
                    "expires_at is not after generated_at; mend the one that is wrong");
    }
    one.approvals = mapping.number("approvals", 0);
    if (const YAML::Node* approvers = mapping.find("approvers")) {
      one.approvers = read_names(*approvers, "approvers", problems_);
    }
    check_approvers(mapping, one);
    // Read with the consumers, which may stand elsewhere.
    if (const YAML::Node* waves = mapping.find("waves")) waves_ = *waves;
    if (mapping.find("begin") != nullptr) one.lead = mapping.duration("begin");
    if (mapping.find("jitter") != nullptr) one.jitter = mapping.duration_or_none("jitter");
    if (const YAML::Node* freezes = mapping.find("freezes")) {
      for (const std::string& text : read_names(*freezes, "freezes", problems_)) {
        const auto freeze = parse_freeze(text);
        note_error(*freezes, freeze, "mend it");
        if (freeze) one.freezes.push_back(*freeze);
      }
    }
    if (const YAML::Node* node = mapping.find("window")) {
      auto window = parse_window(mapping.text("window"));
      note_error(*node, window, "write it so");
      if (window) one.window = in_its_zone(*node, *std::move(window));
    }
    if (!one.window) return;
    for (Freeze& freeze : one.freezes) freeze = in_zone_of(freeze, *one.window);
  }

  void check_approvers(TableMapping& mapping, const Inventory& one) {
    if (one.approvers.empty()) return;
    const std::set<std::string> people(one.approvers.begin(), one.approvers.end());
    const YAML::Mark mark = mapping.find("approvers")->Mark();
    if (people.size() != one.approvers.size()) {
      problems_.add(mark, "an approver stands twice in approvers; keep one");
    } else if (one.approvals == 0) {
      problems_.add(mark, "approvers without approvals approve nothing; add approvals: 1");
    } else if (static_cast<int>(people.size()) < one.approvals) {
      problems_.add(mark, fmt::format("{} approvals cannot come from {} people; name more of them",
                                      one.approvals, people.size()));
    }
  }

  Window in_its_zone(const YAML::Node& node, Window window) {
    if (window.zone.empty()) return window;
    const auto offsets = platform::utc_offsets(window.zone, kFirstOffset, kLastOffset);
    note_error(node, offsets, "or write an offset");
    if (!offsets) return window;
    for (const auto& one : *offsets) window.zone_offsets.push_back({one.from, one.minutes});
    return window;
  }

  std::optional<base::Instant> read_instant(TableMapping& mapping, std::string_view key) {
    const YAML::Node* node = mapping.find(key);
    if (node == nullptr || node->IsNull()) return std::nullopt;
    const auto parsed = base::parse_instant(mapping.text(key));
    if (parsed) return *parsed;
    problems_.add(node->Mark(),
                  fmt::format("{} is a date or a time in UTC; write it as 2026-09-30 or "
                              "2026-09-30T14:05:00Z",
                              key));
    return std::nullopt;
  }

  ProofSpec read_proof(const YAML::Node& node, ProofSpec spec) {
    TableMapping proof(node, keys::kProof, problems_);
    spec.requests = proof.number("requests", spec.requests);
    spec.span = proof.duration("span", spec.span);
    return spec;
  }

  void read_consumers(const YAML::Node& node, Inventory& one) {
    consumers_.read(node, one);
    if (waves_) consumers_.read_waves(*std::exchange(waves_, std::nullopt), one);
  }

  static bool is_empty(const YAML::Node& list) {
    return list.IsNull() || (list.IsSequence() && list.size() == 0);
  }

  template <typename T>
  void note_error(const YAML::Node& node, const base::Result<T>& result, std::string_view mend) {
    rotation::note_error(node, result, mend, problems_);
  }

  Problems problems_;
  const DriverRegistry& registry_;
  std::filesystem::path folder_;
  ConsumersReader consumers_;
  std::optional<YAML::Node> waves_;  // of the integration that is being read
  InventoryFile file_;
  std::string state_folder_;
  ProofSpec proof_;
  std::vector<std::string_view> issuer_names_;
  struct SinkUser {
    std::size_t integration = 0;
    std::string consumer;
  };
  std::map<std::pair<std::string, std::string>, SinkUser> sinks_;  // by kind and location
};

// The first NUL, or byte that does not belong to UTF-8 text.
std::optional<std::size_t> find_strange_byte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t size = 1;
    while (size <= 4 && !base::is_valid_utf8(text.substr(at, size))) ++size;
    if (size > 4 || text[at] == '\0') return at;
    at += size;
  }
  return std::nullopt;
}

}  // namespace

base::Result<Inventory> parse_inventory(std::string_view text, const std::string& path,
                                        const DriverRegistry& registry) {
  REKEY_TRY(InventoryFile file, parse_inventory_file(text, path, registry));
  return choose_integration(std::move(file), {});
}

base::Result<Inventory> choose_integration(InventoryFile file, const std::string& wanted) {
  std::vector<std::string> names;
  for (Inventory& one : file.integrations) {
    names.push_back(one.name);
    const bool is_wanted = wanted.empty() ? file.integrations.size() == 1
                                          : one.name == wanted || one.client_id == wanted;
    if (is_wanted) return std::move(one);
  }
  if (names.empty()) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("{} has no integration yet; add one to its integrations, or "
                                  "bring them in with `rekey inventory import`",
                                  file.path));
  }
  if (wanted.empty()) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("{} has {} integrations; say which one with -i NAME: {}",
                                  file.path, names.size(), fmt::join(names, ", ")));
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string_view nearest = base::nearest_word(wanted, known);
  return base::fail(Code::kInvalidArgument,
                    fmt::format("{} has no integration {}; it has {}{}", file.path, wanted,
                                fmt::join(names, ", "),
                                nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

base::Result<InventoryFile> parse_inventory_file(std::string_view text, const std::string& path,
                                                 const DriverRegistry& registry) {
  if (text.size() > static_cast<std::size_t>(kInventoryLimitBytes)) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("{}: larger than 1 MiB; split it into several files", path));
  }
  if (const auto strange = find_strange_byte(text)) {
    const std::string_view before = text.substr(0, *strange);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    return base::fail(
        Code::kInvalidArgument,
        fmt::format("{}:{}:{}: a byte that is not text in UTF-8; save the file as UTF-8", path,
                    line, *strange - (before.rfind('\n') + 1) + 1));
  }
  return InventoryReader(path, registry).read(text);
}

}  // namespace rekey::rotation
