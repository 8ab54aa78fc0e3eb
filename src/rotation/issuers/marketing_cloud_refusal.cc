#include "rotation/issuers/marketing_cloud_refusal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace rekey::rotation {
namespace {

// Nothing of the package got it: what is written anywhere was accepted before.
std::string describe_owner(const StagedRefusal& refusal, const Sibling& owner) {
  return fmt::format(
      "it is a secret of {0} ({1}), which accepts it, and not of {2}, which refuses it ({3}); no "
      "sink of {2} has got it. If it was generated just now, it replaced what was staged in {0}: "
      "activate nothing there, its active secret goes on working; and where a rotation of {0} is "
      "open, start that one now (`rekey rotate -i {1}`), because its consumers may hold what "
      "was replaced. Then generate a new one in {2}",
      owner.name, owner.client_id, refusal.package_name, refusal.detail);
}

// What stands before the likely causes where other packages were asked.
std::string describe_asked(const Owner& owner) {
  if (owner.asked == 0) return {};
  const std::string left_out =
      owner.left_out == 0 ? std::string() : fmt::format(", {} more were not asked", owner.left_out);
  return fmt::format(" and {} of the inventory {} it too{}",
                     owner.asked == 1 ? std::string("one other package")
                                      : fmt::format("{} other packages", owner.asked),
                     owner.asked == 1 ? "refuses" : "refuse", left_out);
}

std::vector<std::string> likely_causes(const StagedRefusal& refusal) {
  const std::string again = "somebody generated again, which replaced it";
  std::vector<std::string> causes;
  if (refusal.length < refusal.longest) {
    causes.push_back(
        fmt::format("the copy was incomplete (it has {} characters, and a new secret can have {})",
                    refusal.length, refusal.longest));
  }
  if (refusal.owner.asked == 0) {
    causes.emplace_back("it was generated in another package or tenant");
    causes.push_back(again);
  } else {
    causes.push_back(again);
    causes.emplace_back("it was generated in another package than those, or in another tenant");
  }
  if (refusal.length >= refusal.longest) causes.emplace_back("the copy was changed");
  return causes;
}

}  // namespace

std::string tenant_of(std::string_view auth_url) {
  const std::size_t begin = auth_url.find("://");
  std::string_view host = begin == std::string_view::npos ? auth_url : auth_url.substr(begin + 3);
  host = host.substr(0, host.find('/'));
  constexpr std::string_view kAuthHost = ".auth.marketingcloudapis.com";
  if (host.ends_with(kAuthHost)) host.remove_suffix(kAuthHost.size());
  return std::string(host);
}

std::vector<Sibling> siblings_at(std::string_view auth_url, const std::vector<Sibling>& siblings) {
  std::vector<Sibling> found;
  for (const Sibling& sibling : siblings) {
    const std::string tenant = tenant_of(sibling.issuer_location);
    if (base::equal_ignoring_case(tenant, tenant_of(auth_url))) found.push_back(sibling);
  }
  return found;
}

Owner find_owner(const std::vector<Sibling>& siblings,
                 const std::function<base::Result<ProbeResult>(const Sibling&)>& present) {
  Owner owner;
  for (std::size_t i = 0; i < std::min(siblings.size(), kMostSiblingsAsked); ++i) {
    const auto result = present(siblings[i]);
    if (!result) break;
    if (result->answer == ProbeAnswer::kAccepted) {
      owner.found = siblings[i];
      return owner;
    }
    const bool is_refused = result->answer == ProbeAnswer::kRefused;
    if (is_refused) ++owner.asked;
    // Where the answer is about that client, it says nothing of the next.
    if (!is_refused && result->cause == ToldCause::kNone) break;
  }
  owner.left_out = siblings.size() - owner.asked;
  return owner;
}

std::string explain(const StagedRefusal& refusal) {
  if (refusal.owner.found) return describe_owner(refusal, *refusal.owner.found);
  if (refusal.has_worked) {
    return fmt::format(
        "the staged secret is refused ({}) although the present one is accepted. It was accepted "
        "before, so it was the right one: somebody generated again in {}, which replaced it. Ask "
        "who is at work there beside you",
        refusal.detail, refusal.package_name);
  }
  return fmt::format(
      "the staged secret is refused ({}) although the present one is accepted{}. Most likely, in "
      "this order: {}",
      refusal.detail, describe_asked(refusal.owner), fmt::join(likely_causes(refusal), "; "));
}

std::string explain(const TotalRefusal& refusal) {
  const std::string where =
      refusal.business_unit
          ? fmt::format(" for business unit {} and without one", *refusal.business_unit)
          : std::string();
  return fmt::format(
      "the present secret and the staged one are both refused{} ({}): nobody gets a token with "
      "them. Most likely, in this order: somebody generated and activated another secret; the "
      "package is disabled or its service user inactive (it is reactivated through SOAP "
      "AccountUser)",
      where, refusal.detail);
}

std::string explain(const UnitRefusal& refusal) {
  return fmt::format(
      "business unit {0} is not enabled for {1} ({2}): a token request with {3} is refused for it "
      "and accepted without a business unit{4}. Enable it in Setup (Installed Packages, {1}, its "
      "Access tab), or put the right business_unit into the inventory; then start the run again. "
      "Nothing was changed, and consumers of other business units {5}",
      refusal.business_unit, refusal.package_name, refusal.client_id,
      refusal.is_activated ? "the staged secret" : "the present secret",
      refusal.is_activated
          ? ", and with the present one it is refused there too: that one has ended"
          : "",
      refusal.is_activated ? "that hold the old secret are cut off until then" : "work");
}

std::string explain(const ClientRefusal& refusal) {
  switch (refusal.cause) {
    case ToldCause::kUnknownClient:
      return fmt::format(
          "{} knows no client id {} ({}): either the package {} was deleted there, or client_id or "
          "auth_url in the inventory are not those that its API integration shows in Setup. Mend "
          "that, then start again; nothing was changed now",
          refusal.tenant, refusal.client_id, refusal.detail, refusal.package_name);
    case ToldCause::kLegacyPackage:
      return fmt::format(
          "{} ({}) is a legacy package, whose credentials ask for tokens elsewhere ({}): it cannot "
          "be rotated here. Move its consumers to an enhanced package; nothing was changed now",
          refusal.package_name, refusal.client_id, refusal.detail);
    case ToldCause::kGrantNotAllowed:
      return fmt::format(
          "the API integration of {} ({}) is not of the type Server-to-Server ({}), so no secret "
          "alone gets a token. Put the client id of one that is into the inventory; nothing was "
          "changed now",
          refusal.package_name, refusal.client_id, refusal.detail);
    case ToldCause::kNone:
      break;
  }
  return std::string(refusal.detail);
}

}  // namespace rekey::rotation
