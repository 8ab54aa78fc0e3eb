#include "discovery/report/json_report.h"

#include <optional>

#include "discovery/known/known_secrets.h"
#include "net/json.h"

namespace rekey::discovery {
namespace {

std::optional<std::string> if_any(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<std::string> if_any(const std::optional<base::Instant>& at) {
  if (!at) return std::nullopt;
  return base::format_instant(*at);
}

void write_known(net::JsonWriter& json, const KnownSecret& secret) {
  json.key("known_secret")
      .begin_object()
      .member("source", secret.source)
      .member("package", if_any(secret.package))
      .member("client_id", if_any(secret.client_id))
      .member("slot", if_any(secret.slot))
      .member("secret_id", if_any(secret.secret_id))
      .member("state", if_any(secret.state))
      .member("is_accepted", secret.is_accepted)
      .member("generated_at", if_any(secret.generated_at))
      .member("ends_at", if_any(secret.ends_at))
      .member("days_left", secret.days_left)
      .end_object();
}

std::int64_t number(std::uint64_t count) {
  return static_cast<std::int64_t>(count);
}

// Null where it was not found out, a null commit where the line is not committed.
void add_blame(net::JsonWriter& json, const Finding& finding) {
  if (!finding.blame) {
    json.member("blame", std::optional<std::string>());
    return;
  }
  json.key("blame")
      .begin_object()
      .member("commit", if_any(finding.blame->commit))
      .member("author", if_any(finding.blame->author))
      .member("authored", if_any(finding.blame->authored))
      .end_object();
}

}  // namespace

std::string json_of(const Finding& finding) {
  const Detector& detector = *finding.detector;
  net::JsonWriter json;
  json.begin_object()
      .member("type", "finding")
      .member("detector", detector.id)
      .member("title", detector.title)
      .member("role", name_of(detector.role))
      .member("issuer", if_any(detector.issuer))
      .member("confidence", name_of(finding.confidence))
      .member("path", finding.place.path)
      .key("inside")
      .begin_array();
  for (const std::string& member : finding.place.inside) json.value(member);
  json.end_array();
  if (finding.place.revision) {
    const Revision& revision = *finding.place.revision;
    json.key("revision")
        .begin_object()
        .member("standing", revision.standing)
        .member("commit", if_any(revision.commit))
        .member("author", if_any(revision.author))
        .member("authored", if_any(revision.authored))
        .member("object", revision.object)
        .member("ref", if_any(revision.ref))
        .end_object();
  }
  json.member("line", number(finding.line))
      .member("column", number(finding.column))
      .member("begin_bytes", number(finding.begin))
      .member("end_bytes", number(finding.end))
      .key("layers")
      .begin_array();
  for (const Layer layer : finding.layers) json.value(name_of(layer));
  json.end_array()
      .member("shown", if_any(finding.shown))
      .member("fingerprint", base::display(finding.fingerprint))
      .member("format", if_any(finding.format))
      .member("key_path", if_any(finding.key_path))
      .member("part", if_any(finding.part))
      .member("client_id", if_any(finding.client_id))
      .member("host", if_any(finding.host))
      .member("owner", if_any(finding.owner));
  add_blame(json, finding);
  json.member("is_rewritable", finding.not_rewritable.empty())
      .member("not_rewritable", if_any(finding.not_rewritable))
      .member("allowed", finding.allowed)
      .member("is_known", finding.is_known)
      .member("counts", counts(finding));
  if (finding.known != nullptr) write_known(json, *finding.known);
  if (finding.verification) {
    json.key("verification")
        .begin_object()
        .member("result", name_of(finding.verification->verdict))
        .member("at", if_any(finding.verification->at))
        .member("detail", if_any(finding.verification->detail))
        .end_object();
  }
  json.end_object();
  return json.release();
}

std::string json_of(const Certificate& certificate) {
  net::JsonWriter json;
  json.begin_object()
      .member("type", "coverage")
      .member("is_complete", certificate.is_complete())
      .member("files_expected", number(certificate.files_expected))
      .member("files_read", number(certificate.files_read))
      .member("bytes_read", number(certificate.bytes_read))
      .key("left_out")
      .begin_object();
  for (const auto& [reason, count] : certificate.left_out) {
    json.member(name_of(reason), number(count));
  }
  json.end_object().key("unread").begin_object();
  for (const auto& [reason, count] : certificate.unread) {
    json.member(name_of(reason), number(count));
  }
  json.end_object().key("problems").begin_array();
  for (const Problem& problem : certificate.problems) {
    json.begin_object()
        .member("reason", name_of(problem.reason))
        .member("where", problem.where)
        .member("detail", problem.detail)
        .end_object();
  }
  json.end_array().end_object();
  return json.release();
}

}  // namespace rekey::discovery
