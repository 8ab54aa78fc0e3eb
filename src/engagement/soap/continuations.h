// Where a Retrieve of more than one page goes on: from the RequestID of an answer to what was asked
// and the row after which its next page begins.
//
// A ContinueRequest may be asked again, after a lost answer, and gives the same page. Kept for half
// an hour, in memory: after a restart it is unknown, and the client begins anew. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "engagement/caller.h"
#include "engagement/soap/filter.h"

namespace rekey::engagement::soap {

struct RetrieveAsked {
  std::string type;                     // "SentEvent", "DataExtensionObject"
  std::string data_extension;           // the key in "DataExtensionObject[key]"
  std::vector<std::string> properties;  // none: all
  std::optional<Filter> filter;
  bool asks_for_all_accounts = false;
  std::int64_t page_size = 0;
};

class Continuations {
 public:
  static constexpr std::size_t kMostKept = 256;
  static constexpr base::Duration kGoodFor = std::chrono::minutes{30};

  struct Place {
    std::shared_ptr<const RetrieveAsked> asked;
    std::string after;  // the cursor of the last row that was given
  };
  void keep(const std::string& request_id, const Caller& caller, Place place, base::Instant now);
  // nullopt where it is unknown, too old, or another integration's or business unit's.
  [[nodiscard]] std::optional<Place> find(const std::string& request_id, const Caller& caller,
                                          base::Instant now);

 private:
  struct Kept {
    std::int64_t integration = 0;
    std::int64_t business_unit = 0;
    Place place;
    base::Instant kept_at{};
  };
  std::mutex mutex_;
  std::uint64_t next_order_ = 0;
  std::map<std::string, Kept> kept_;
  std::map<std::uint64_t, std::string> by_order_;
};

}  // namespace rekey::engagement::soap
