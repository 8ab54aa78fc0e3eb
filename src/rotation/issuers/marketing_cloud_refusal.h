// Why Marketing Cloud refuses a secret, as far as that can be told apart, and what to do about it.
//
// Its answer is one and the same for nearly every cause (probes/token_cause.h has the rest), so
// causes are told by what else was accepted: the present secret, the same value for another
// package, the same request without a business unit. Where nothing tells, the sentence names causes
// in order of likelihood. docs/issuers/marketing-cloud.md says how sure each telling is.
//
// Pure but for find_owner, which asks by what it is handed. No sentence holds a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rotation/drivers/probe.h"
#include "rotation/machine/sibling.h"

namespace rekey::rotation {

// So many other packages are asked about one value at most.
inline constexpr std::size_t kMostSiblingsAsked = 20;

// Whose a value is that is not the package's own.
struct Owner {
  std::optional<Sibling> found{};  // the one that accepts it
  std::size_t asked = 0;           // that refused it
  std::size_t left_out = 0;        // that were not asked, or did not say
};

// Its auth host, without the part that is the vendor's.
[[nodiscard]] std::string tenant_of(std::string_view auth_url);
// The siblings of the tenant of `auth_url`: only there can a value be one of theirs.
[[nodiscard]] std::vector<Sibling> siblings_at(std::string_view auth_url,
                                               const std::vector<Sibling>& siblings);
// Asks one after the other by `present` until one accepts. An answer that says nothing at all ends
// it: the endpoint wants rest, or is away.
[[nodiscard]] Owner find_owner(
    const std::vector<Sibling>& siblings,
    const std::function<base::Result<ProbeResult>(const Sibling&)>& present);

// A staged secret that is refused after its settle time, beside a present one that is accepted.
struct StagedRefusal {
  std::string_view package_name;
  std::string_view detail;  // of the answer
  bool has_worked = false;  // the staged one was accepted before
  std::size_t length = 0;   // of the staged value
  std::size_t longest = 0;  // of a new secret
  Owner owner{};
};
[[nodiscard]] std::string explain(const StagedRefusal& refusal);

// No secret that is known is accepted.
struct TotalRefusal {
  std::string_view detail;
  std::optional<std::int64_t> business_unit{};  // refused without it too
};
[[nodiscard]] std::string explain(const TotalRefusal& refusal);

// Nothing is accepted in the business unit, and one is without it.
struct UnitRefusal {
  std::string_view package_name;
  std::string_view client_id;
  std::int64_t business_unit = 0;
  bool is_activated = false;  // and that is the staged one, not the present one
};
[[nodiscard]] std::string explain(const UnitRefusal& refusal);

// The endpoint itself told why, and it is not the value.
struct ClientRefusal {
  ToldCause cause = ToldCause::kNone;
  std::string_view package_name;
  std::string_view client_id;
  std::string_view tenant;
  std::string_view detail;
};
[[nodiscard]] std::string explain(const ClientRefusal& refusal);

}  // namespace rekey::rotation
