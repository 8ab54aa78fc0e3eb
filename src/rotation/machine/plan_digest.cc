#include "rotation/machine/plan_digest.h"

#include "base/text.h"
#include "crypto/digest.h"

namespace rekey::rotation {

std::string plan_digest(RunPlanned plan, const std::vector<Consumer>& consumers) {
  constexpr std::size_t kDigits = 16;
  plan.run_id.clear();
  plan.requested_by.clear();
  plan.stage_not_before.reset();
  plan.activate_not_before.reset();
  plan.outgoing_ends_at.reset();
  std::string text = encode(plan);
  for (const Consumer& consumer : consumers) {
    text += '\n' + encode(ConsumerDeclared{consumer,
                                           std::vector<base::Fingerprint>(consumer.sinks.size())});
  }
  const auto digest = crypto::sha256(text);
  return base::hex_encode(digest).substr(0, kDigits);
}

}  // namespace rekey::rotation
