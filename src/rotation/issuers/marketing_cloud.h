// The issuer "marketing-cloud": Salesforce Marketing Cloud Engagement, where a person stages and
// activates in Setup and no API tells of secrets (docs/issuers/marketing-cloud.md; its rules:
// Salesforce, "Rotate OAuth 2.0 client secrets").
//
// What it knows comes from three places: the inventory (end dates), what the caller remembers
// (values), and token requests with those values, few and spaced. An administrator brings the new
// value and clicks; without one everything that a person has to do is kNeedsPerson.
#pragma once

#include "rotation/drivers/registry.h"
#include "rotation/issuers/registry.h"

namespace rekey::rotation {

// Its keys: auth_url, business_unit, secret_length, secret_alphabet, settle, interval, ttl,
// look_every, activation_wait.
[[nodiscard]] IssuerKind marketing_cloud_issuer();

}  // namespace rekey::rotation
