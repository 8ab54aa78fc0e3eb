// The issuer "generic-oauth2": any issuer with a token endpoint (RFC 6749 section 4.4), where a
// person or an author's program stages, activates and ends secrets. What it does by its nature
// stands in the inventory; docs/issuers/generic-oauth2.md is its page.
//
// It is asked nothing but token requests with the values that the caller remembers, few and spaced:
// they tell what is accepted, and so what took place. Who uses which secret is not told.
#pragma once

#include <memory>

#include "rotation/drivers/exec_answer.h"
#include "rotation/drivers/registry.h"

namespace rekey::rotation {

[[nodiscard]] IssuerKind generic_oauth2_issuer();

}  // namespace rekey::rotation
