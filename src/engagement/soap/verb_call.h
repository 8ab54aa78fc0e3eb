// What a verb of the SOAP API is given, and what verbs share.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engagement/accounts.h"
#include "engagement/call.h"
#include "engagement/caller.h"
#include "engagement/ids.h"
#include "engagement/soap/continuations.h"
#include "engagement/soap/xml_reader.h"
#include "storage/sqlite.h"

namespace rekey::engagement::soap {

struct VerbTools {
  Tools& room;  // the room's own
  const Ids& ids;
  Continuations& continuations;
  const AskPackages& ask_packages;  // may be empty: no packages
};

struct VerbCall {
  storage::Connection& tables;  // for writing where the verb writes
  const Caller& caller;
  const XmlElement& request;  // the element in the body
  base::Instant now;
  const VerbTools& tools;
};

// The element of the answer's body. An error is the server's own: what a client did wrong is told
// in the element.
using VerbAnswer = base::Result<std::string>;

// Whether the request is at fault, and not we.
[[nodiscard]] bool is_clients(const base::Error& error) noexcept;

[[nodiscard]] std::string unknown_type(std::string_view name);
[[nodiscard]] std::string missing_scope(std::string_view scope);

}  // namespace rekey::engagement::soap
