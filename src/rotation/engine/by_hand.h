// Consumers whose secret only a person can put in its place, such as a vendor's form: the task as a
// card, and the value for whoever carries it.
//
// Such a sink is never read. The run waits, with its intent open, until somebody attests that the
// value is there; what the issuer then sees is the proof, and where it sees nothing, the journal
// says that there was only a word. docs/sinks/manual.md has the whole of it.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "rotation/drivers/drivers.h"
#include "rotation/journal/journal.h"
#include "rotation/machine/machine.h"
#include "rotation/machine/usage.h"

namespace rekey::rotation {

// True where the value that is to be put there is the one that the consumer had before.
[[nodiscard]] bool is_way_back(const RunState& state) noexcept;

// The consumer that a person has to act for now; nullptr without one.
[[nodiscard]] const RunConsumer* find_hand_task(const RunState& state) noexcept;

// kInternal where its sink asks for no person.
[[nodiscard]] base::Result<Card> card_of_sink(const RunState& state, const RunConsumer& consumer,
                                              ReaderDrivers& drivers);

// Why the value of that consumer is not given to anybody now. kInvalidArgument without such a
// consumer, kRefused where the engine writes its sink itself or the run has not come to it.
[[nodiscard]] base::Status check_hand_out(const RunState& state, const std::string& consumer);

// Why a word about that consumer does not count now; as above.
[[nodiscard]] base::Status check_word(const RunState& state, const std::string& consumer);

// What a word is worth beside the usage now: empty where it is what counts, else a sentence.
// kRefused where it would count for nothing: usage tells otherwise, and no word stands against it.
// Both need a consumer for which check_word (check_waiver) is ok.
[[nodiscard]] base::Result<std::string> weigh_word(const RunState& state,
                                                   const std::string& consumer,
                                                   const UsageReport& usage);
// Ok where the consumer's evidence is missing without a waiver; kRefused where it is there.
[[nodiscard]] base::Status weigh_waiver(const RunState& state, const std::string& consumer,
                                        const UsageReport& usage);

}  // namespace rekey::rotation
