// How one instance of a consumer behaves, by what the inventory declares of it: when it asks for
// tokens, and which of the values that its sink held it uses then. Pure; polls by interval
// arithmetic, so that half a year costs no more than a minute.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/time.h"
#include "rotation/inventory/inventory.h"

namespace rekey::rotation::rehearsal {

// `count` token requests with `value`, the first and the last of them at these instants.
struct Use {
  std::string value;
  base::Instant first{};
  base::Instant last{};
  std::int64_t count = 0;
};

class ConsumerModel {
 public:
  // It has read `value` before `start`. `phase` sets it apart from the others of its rhythm.
  ConsumerModel(const ReloadSpec& reload, base::Duration interval, std::string value,
                base::Instant start, std::uint64_t phase);

  // Its requests after the last ones and until `to`, where its sink holds `in_sink` all that time.
  void advance(base::Instant to, const std::string& in_sink,
               const std::function<void(const Use&)>& tell);
  // It reads its sink now, because somebody brought that about.
  void read_again(const std::string& in_sink) { held_ = in_sink; }

  [[nodiscard]] const std::string& held() const noexcept { return held_; }
  [[nodiscard]] base::Instant next_request() const noexcept { return next_request_; }

 private:
  // Requests until `to`, all with the value that it holds.
  void request_until(base::Instant to, const std::function<void(const Use&)>& tell);

  ReloadForm form_;
  base::Duration every_;
  base::Duration interval_;
  std::string held_;
  base::Instant next_request_;
  base::Instant next_read_;
};

}  // namespace rekey::rotation::rehearsal
