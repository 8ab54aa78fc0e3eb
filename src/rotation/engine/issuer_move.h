// An open run whose issuer is at another place now than when it began.
//
// A run asks nobody but the issuer that it began with: another one would know none of its secrets,
// and would be shown them. Where that issuer itself has moved, the run goes on at the new place
// once that is known: by a person's word, or, where nothing but a file on this machine has moved,
// by the secrets that are listed there. Either is in the journal (IssuerMoved).
#pragma once

#include <string>

#include "base/result.h"
#include "rotation/engine/engine.h"
#include "rotation/inventory/inventory.h"
#include "rotation/journal/journal.h"

namespace rekey::rotation {

// Ok where the inventory names the issuer that the open run began with, or no run is open. Where it
// names a file of it at another path, and the secrets that are listed with that one are the run's,
// this is written down and Ok. Else kRefused, and nobody was shown anything.
[[nodiscard]] base::Status take_in_issuer(const Inventory& inventory, RunJournal& journal,
                                          EngineParts& parts);

// Somebody says that the issuer of the open run is the one that the inventory names now. Gives what
// it is called. kNotFound without an open run; kRefused where nothing has moved, where the
// inventory names another kind of issuer, and where secrets are listed there and the run's are not
// among them.
[[nodiscard]] base::Result<std::string> tell_issuer_moved(const Inventory& inventory,
                                                          const Word& word, EngineParts& parts);
// The same over a journal that is open already.
[[nodiscard]] base::Result<std::string> tell_issuer_moved_in(const Inventory& inventory,
                                                             RunJournal& journal, const Word& word,
                                                             EngineParts& parts);

}  // namespace rekey::rotation
