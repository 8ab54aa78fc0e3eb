#include "rotation/inventory.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <sstream>
#include <utility>

#include "base/text.h"
#include "credential/ids.h"
#include "documents/document.h"
#include "rotation/issuers/registry.h"
#include "rotation/sinks/registry.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Duration;
using Names = std::span<const std::string_view>;

constexpr base::Duration kLongestInterval = base::Days{400};
constexpr base::Duration kLongestReload = std::chrono::hours{1};
constexpr base::Duration kLongestSpan = std::chrono::hours{1};
constexpr std::int64_t kMostRequests = 20;
constexpr std::int64_t kMostInstances = 10'000;
constexpr std::size_t kMostProblems = 50;

// Everything that is wrong, in the order of the file.
class Problems {
 public:
  explicit Problems(const std::string& path) : path_(path) {}

  void add(const YAML::Mark& mark, const std::string& what) {
    if (lines_.size() >= kMostProblems) return;
    lines_.push_back(
        mark.is_null() ? fmt::format("{}: {}", path_, what)
                       : fmt::format("{}:{}:{}: {}", path_, mark.line + 1, mark.column + 1, what));
  }
  [[nodiscard]] bool is_empty() const { return lines_.empty(); }
  [[nodiscard]] tl::unexpected<base::Error> as_error() const {
    return base::fail(Code::kInvalidArgument, fmt::format("{}", fmt::join(lines_, "\n")));
  }

 private:
  const std::string& path_;
  std::vector<std::string> lines_;
};

std::string did_you_mean(std::string_view word, Names known) {
  const std::string_view nearest = base::nearest_word(word, known);
  if (!nearest.empty()) return fmt::format("; did you mean {}?", nearest);
  return fmt::format("; known here: {}", fmt::join(known, ", "));
}

// One mapping of the file: its known keys, each at most once.
class Mapping {
 public:
  Mapping(const YAML::Node& node, std::string what, Names known, Problems& problems)
      : node_(node), what_(std::move(what)), problems_(problems) {
    if (!node.IsMap()) {
      problems.add(node.Mark(), fmt::format("{} must be a mapping", what_));
      return;
    }
    is_map_ = true;
    for (const auto& entry : node) note(entry.first, entry.second, known);
  }

  [[nodiscard]] bool is_map() const { return is_map_; }
  [[nodiscard]] YAML::Mark mark() const { return node_.Mark(); }

  [[nodiscard]] const YAML::Node* find(std::string_view key) const {
    for (const auto& [name, value] : entries_) {
      if (name == key) return &value;
    }
    return nullptr;
  }
  const YAML::Node* need(std::string_view key) {
    const YAML::Node* found = find(key);
    if (found == nullptr && is_map_) {
      problems_.add(node_.Mark(), fmt::format("{} lacks the key {}", what_, key));
    }
    return found;
  }

  std::string text(std::string_view key) { return text_of(need(key), key); }
  std::string text_or(std::string_view key, std::string_view fallback) {
    const YAML::Node* found = find(key);
    return found == nullptr ? std::string(fallback) : text_of(found, key);
  }
  std::optional<std::string> optional_text(std::string_view key) {
    const YAML::Node* found = find(key);
    return found == nullptr ? std::nullopt : std::optional(text_of(found, key));
  }
  std::string one_of(std::string_view key, Names known) {
    const YAML::Node* found = need(key);
    std::string value = text_of(found, key);
    if (!value.empty() && std::find(known.begin(), known.end(), value) == known.end()) {
      problems_.add(found->Mark(),
                    fmt::format("{} {} is not known{}", key, value, did_you_mean(value, known)));
    }
    return value;
  }
  std::int64_t number_or(std::string_view key, std::int64_t fallback, std::int64_t most) {
    const YAML::Node* found = find(key);
    if (found == nullptr) return fallback;
    std::int64_t number = 0;
    if (!found->IsScalar() || !YAML::convert<std::int64_t>::decode(*found, number) || number < 1 ||
        number > most) {
      problems_.add(found->Mark(),
                    fmt::format("{} must be a whole number from 1 to {}", key, most));
      return fallback;
    }
    return number;
  }
  Duration duration(const YAML::Node* found, std::string_view key, Duration longest) {
    if (found == nullptr) return {};
    const auto parsed = base::parse_duration(text_of(found, key));
    if (!parsed || *parsed <= Duration{0} || *parsed > longest) {
      problems_.add(found->Mark(), fmt::format("{} must be a time such as 2s or 5m, at most {}",
                                               key, base::format_duration(longest)));
      return {};
    }
    return *parsed;
  }

 private:
  void note(const YAML::Node& key, const YAML::Node& value, Names known) {
    if (!key.IsScalar()) {
      problems_.add(key.Mark(), fmt::format("a key of {} is not a plain word", what_));
      return;
    }
    const std::string& name = key.Scalar();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      problems_.add(key.Mark(),
                    fmt::format("unknown key {} in {}{}", name, what_, did_you_mean(name, known)));
    } else if (find(name) != nullptr) {
      problems_.add(key.Mark(), fmt::format("the key {} stands twice in {}", name, what_));
    } else {
      entries_.emplace_back(name, value);
    }
  }
  std::string text_of(const YAML::Node* found, std::string_view key) {
    if (found == nullptr) return {};
    if (!found->IsScalar() || found->Scalar().empty()) {
      problems_.add(found->Mark(), fmt::format("{} must be a text that is not empty", key));
      return {};
    }
    return found->Scalar();
  }

  YAML::Node node_;
  std::string what_;
  Problems& problems_;
  bool is_map_ = false;
  std::vector<std::pair<std::string, YAML::Node>> entries_;
};

// Walks through the file once before it is built up: yaml-cpp's LoadAll never returns from some
// broken files, and its Load does not look at what follows the first document.
class Screening final : public YAML::EventHandler {
 public:
  [[nodiscard]] const YAML::Mark& first_alias() const { return first_alias_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    if (first_alias_.is_null()) first_alias_ = mark;
  }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  YAML::Mark first_alias_ = YAML::Mark::null_mark();
};

class InventoryReader {
 public:
  explicit InventoryReader(const std::string& path) : problems_(path) {
    inventory_.path = path;
    folder_ = std::filesystem::path(path).parent_path();
  }

  base::Result<Inventory> read(std::string_view text) {
    try {
      const std::string copy(text);
      screen(copy);
      if (problems_.is_empty()) read_top(YAML::Load(copy));
    } catch (const YAML::Exception& failure) {
      problems_.add(failure.mark,
                    fmt::format("not readable as YAML ({}); is the file truncated?", failure.msg));
    } catch (const std::exception&) {
      problems_.add(YAML::Mark::null_mark(), "not readable as YAML");
    }
    if (!problems_.is_empty()) return problems_.as_error();
    return std::move(inventory_);
  }

 private:
  static constexpr std::array<std::string_view, 7> kTopKeys{
      "version", "issuer", "integration", "state", "proof", "consumers", "waivers"};
  static constexpr std::array<std::string_view, 3> kIssuerKeys{"kind", "server", "credential"};
  static constexpr std::array<std::string_view, 2> kIntegrationKeys{"client_id", "slot"};
  static constexpr std::array<std::string_view, 2> kProofKeys{"requests", "span"};
  static constexpr std::array<std::string_view, 6> kConsumerKeys{"name",   "sink",    "instances",
                                                                 "reload", "seen_as", "interval"};
  static constexpr std::array<std::string_view, 4> kSinkKeys{"kind", "path", "format", "key"};
  static constexpr std::array<std::string_view, 2> kReloadKeys{"command", "timeout"};
  static constexpr std::array<std::string_view, 3> kSeenAsKeys{"network", "user_agent", "slot"};
  static constexpr std::array<std::string_view, 4> kWaivedAsKeys{"network", "user_agent", "slot",
                                                                 "other"};
  static constexpr std::array<std::string_view, 3> kWaiverKeys{"seen_as", "by", "reason"};

  [[nodiscard]] std::string resolve(const std::string& path) const {
    if (path.empty()) return path;
    return (folder_ / path).lexically_normal().string();
  }

  void screen(const std::string& text) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Screening screening;
    if (!parser.HandleNextDocument(screening)) {
      problems_.add(YAML::Mark::null_mark(), "the file is empty");
    } else if (parser.HandleNextDocument(screening)) {
      problems_.add(YAML::Mark::null_mark(),
                    "something follows the end of the first YAML document");
    } else if (!screening.first_alias().is_null()) {
      problems_.add(screening.first_alias(), "aliases are not used here; write it out");
    }
  }

  void read_top(const YAML::Node& node) {
    Mapping top(node, "the inventory", kTopKeys, problems_);
    if (!top.is_map()) return;
    if (const YAML::Node* version = top.need("version");
        version != nullptr && (!version->IsScalar() || version->Scalar() != "1")) {
      problems_.add(version->Mark(), "version must be 1");
    }
    if (const YAML::Node* issuer = top.need("issuer")) read_issuer(*issuer);
    if (const YAML::Node* integration = top.need("integration")) read_integration(*integration);
    inventory_.state_folder = resolve(top.text_or("state", ".rekey"));
    if (const YAML::Node* proof = top.find("proof")) read_proof(*proof);
    if (const YAML::Node* consumers = top.need("consumers")) read_consumers(*consumers);
    if (const YAML::Node* waivers = top.find("waivers")) read_waivers(*waivers);
  }

  void read_issuer(const YAML::Node& node) {
    Mapping issuer(node, "issuer", kIssuerKeys, problems_);
    inventory_.issuer.kind = issuer.one_of("kind", issuer_kinds());
    inventory_.issuer.server = issuer.text_or("server", "");
    inventory_.issuer.credential_path = resolve(issuer.text("credential"));
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
    if (!a.sink.path.empty() && a.sink.path == b.sink.path && a.sink.key == b.sink.key) {
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
    if (const YAML::Node* sink = mapping.need("sink")) consumer.sink = read_sink(*sink);
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

  SinkSpec read_sink(const YAML::Node& node) {
    Mapping mapping(node, "sink", kSinkKeys, problems_);
    if (!mapping.is_map()) return {};
    SinkSpec sink;
    sink.kind = mapping.one_of("kind", sink_kinds());
    sink.path = resolve(mapping.text("path"));
    sink.key = mapping.text("key");
    if (mapping.find("format") != nullptr) {
      sink.format = mapping.one_of("format", documents::format_names());
    } else if (!sink.path.empty()) {
      sink.format = documents::guess_format(sink.path);
      if (sink.format.empty()) {
        problems_.add(mapping.mark(),
                      fmt::format("the format of {} cannot be told from its name; add format: {}",
                                  sink.path, fmt::join(documents::format_names(), " or ")));
      }
    }
    return sink;
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
    for (const YAML::Node& word : *command) reload.command.push_back(word.Scalar());
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
  Inventory inventory_;
  std::filesystem::path folder_;
};

}  // namespace

base::Result<Inventory> parse_inventory(std::string_view text, const std::string& path) {
  if (text.size() > static_cast<std::size_t>(kInventoryLimitBytes)) {
    return base::fail(Code::kInvalidArgument, fmt::format("{}: larger than 1 MiB", path));
  }
  if (!base::is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("{}: not UTF-8 text, or holds NUL bytes", path));
  }
  return InventoryReader(path).read(text);
}

}  // namespace rekey::rotation
