#include "discovery/report/sarif_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"
#include "net/json.h"

namespace rekey::discovery {
namespace {

using net::JsonWriter;

// A relative reference of RFC 3986: every byte that is not unreserved, and no slash, as %XX.
// Code hosts would not find a file by "./" before its path.
std::string uri_of(std::string_view path) {
  constexpr std::string_view kKept = "-._~/";
  std::string uri;
  for (const char c : without_dot(path)) {
    const bool is_kept =
        holds(Alphabet::kAlphanumeric, c) || kKept.find(c) != std::string_view::npos;
    uri += is_kept ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

// The same for a finding as long as detector, place and key path are; says nothing of the value.
std::string identity_of(const Finding& finding) {
  crypto::Sha256 digest;
  for (const std::string& field :
       {finding.detector->id, describe(finding.place), finding.key_path}) {
    digest.add_number(field.size()).add(field);
  }
  return base::hex_encode(digest.finish());
}

// The same for equal values under one key, which is used for nothing else.
class SecretIds {
 public:
  explicit SecretIds(const crypto::RootKey& key) : hmac_(key.derive("scan report").reveal()) {}
  std::string operator()(const Finding& finding) {
    return base::hex_encode(hmac_(base::to_text(finding.fingerprint)));
  }

 private:
  crypto::HmacSha256 hmac_;
};

std::string_view level_of(Confidence confidence) {
  return confidence == Confidence::kHigh     ? "error"
         : confidence == Confidence::kMedium ? "warning"
                                             : "note";
}

void write_text(JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name).begin_object().member("text", text).end_object();
}

void write_rules(JsonWriter& json, const std::vector<const Detector*>& rules) {
  json.key("rules").begin_array();
  for (const Detector* rule : rules) {
    json.begin_object().member("id", rule->id);
    write_text(json, "shortDescription", rule->title);
    json.key("defaultConfiguration")
        .begin_object()
        .member("level", level_of(rule->confidence))
        .end_object()
        .end_object();
  }
  json.end_array();
}

void write_location(JsonWriter& json, const Finding& finding) {
  json.key("locations").begin_array().begin_object().key("physicalLocation").begin_object();
  json.key("artifactLocation")
      .begin_object()
      .member("uri", uri_of(finding.place.path))
      .end_object();
  // Of what lies in an archive there are no lines of the file itself.
  if (finding.place.inside.empty()) {
    json.key("region")
        .begin_object()
        .member("startLine", static_cast<std::int64_t>(finding.line))
        .member("byteOffset", static_cast<std::int64_t>(finding.begin))
        .member("byteLength", static_cast<std::int64_t>(finding.end - finding.begin))
        .end_object();
  }
  json.end_object();
  if (!finding.key_path.empty()) {
    json.key("logicalLocations")
        .begin_array()
        .begin_object()
        .member("fullyQualifiedName", finding.key_path)
        .end_object()
        .end_array();
  }
  json.end_object().end_array();
}

void write_suppressions(JsonWriter& json, const Finding& finding) {
  if (!finding.allowed && !finding.is_known) return;
  json.key("suppressions").begin_array().begin_object();
  json.member("kind", finding.allowed ? "inSource" : "external");
  json.member("justification", finding.allowed ? *finding.allowed : "in the baseline");
  json.end_object().end_array();
}

void write_fingerprints(JsonWriter& json, const Finding& finding, SecretIds* secrets) {
  json.key("partialFingerprints").begin_object().member("rekeyPlace/v1", identity_of(finding));
  if (secrets != nullptr) json.member("rekeySecret/v1", (*secrets)(finding));
  json.end_object();
}

void write_properties(JsonWriter& json, const Finding& finding) {
  json.key("properties").begin_object();
  json.member("isRewritable", finding.not_rewritable.empty());
  if (!finding.not_rewritable.empty()) json.member("notRewritable", finding.not_rewritable);
  if (!finding.owner.empty()) json.member("owner", finding.owner);
  if (finding.verification) {
    json.member("verification", name_of(finding.verification->verdict))
        .member("verificationDetail", finding.verification->detail);
  }
  json.end_object();
}

void write_result(JsonWriter& json, const Finding& finding, std::size_t rule, SecretIds* secrets) {
  json.begin_object()
      .member("ruleId", finding.detector->id)
      .member("ruleIndex", static_cast<std::int64_t>(rule))
      .member("level", level_of(finding.confidence));
  const std::string shown =
      finding.shown.empty() ? std::string() : fmt::format(", {}…", finding.shown);
  const bool is_accepted =
      finding.verification && finding.verification->verdict == Verdict::kAccepted;
  write_text(json, "message",
             fmt::format("{}{} in {}{}{}", finding.detector->title, shown, describe(finding.place),
                         is_accepted ? ", accepted at " : "",
                         is_accepted ? finding.verification->at : std::string()));
  write_location(json, finding);
  write_fingerprints(json, finding, secrets);
  write_suppressions(json, finding);
  write_properties(json, finding);
  json.end_object();
}

void write_invocation(JsonWriter& json, const Certificate& certificate) {
  json.key("invocations")
      .begin_array()
      .begin_object()
      .member("executionSuccessful", certificate.is_complete())
      .key("toolExecutionNotifications")
      .begin_array();
  for (const Problem& problem : certificate.problems) {
    json.begin_object().member("level", "error");
    write_text(json, "message",
               fmt::format("{}: {} ({})", problem.where, problem.detail, name_of(problem.reason)));
    json.end_object();
  }
  json.end_array().end_object().end_array();
}

}  // namespace

std::string sarif_of(std::span<const Finding> findings, std::span<const Detector> detectors,
                     const Certificate& certificate, const crypto::RootKey* key) {
  std::optional<SecretIds> secrets;
  if (key != nullptr) secrets.emplace(*key);
  std::vector<const Detector*> rules;
  std::map<std::string_view, std::size_t> places;
  for (const Detector& detector : detectors) {
    if (!is_sensitive(detector.role) || places.contains(detector.id)) continue;
    places.emplace(detector.id, rules.size());
    rules.push_back(&detector);
  }
  JsonWriter json;
  json.begin_object()
      .member("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
      .member("version", "2.1.0")
      .key("runs")
      .begin_array()
      .begin_object()
      .key("tool")
      .begin_object()
      .key("driver")
      .begin_object()
      .member("name", "rekey")
      .member("version", REKEY_VERSION);
  write_rules(json, rules);
  json.end_object().end_object();
  write_invocation(json, certificate);
  json.key("results").begin_array();
  for (const Finding& finding : findings) {
    if (is_sensitive(finding.detector->role)) {
      write_result(json, finding, places.at(finding.detector->id), secrets ? &*secrets : nullptr);
    }
  }
  json.end_array().end_object().end_array().end_object();
  return json.release();
}

}  // namespace rekey::discovery
