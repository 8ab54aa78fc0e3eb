// A message: what is due to one destination in one pass, as data, and the same as JSON.
//
// The JSON is what the queue keeps and what a webhook of the shape "rekey" and a command are given;
// docs/notices.md describes it for those who read it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "notice/schedule.h"
#include "notice/subject.h"

namespace rekey::notice {

struct Item {
  std::string key;
  std::string subject_id;
  SubjectKind kind = SubjectKind::kSecret;
  std::string rule;
  Urgency urgency = Urgency::kNotice;
  std::string package;
  std::string client_id;
  std::string secret;
  base::Instant at{};                  // the end, the dormancy, or since when
  std::optional<base::Instant> until;  // of a silence
  std::string detail;
  std::string command;
  std::string contact;
  std::string link;
  friend bool operator==(const Item&, const Item&) = default;
};

struct Message {
  bool is_test = false;
  std::vector<Item> items;  // most urgent first
  friend bool operator==(const Message&, const Message&) = default;
};

inline constexpr std::size_t kMaxItems = 50;  // in one message; the rest in a next one
inline constexpr std::size_t kMaxMessageBytes = 256 * 1024;  // of its JSON

[[nodiscard]] Item make_item(const Due& due, const Subject& subject);
[[nodiscard]] Message test_message();
// The urgency of the first item; a test is a notice.
[[nodiscard]] Urgency urgency_of(const Message& message) noexcept;
[[nodiscard]] std::vector<std::string> keys_of(const Message& message);

// The payload as of `now`, which its titles and texts count from. The same arguments give the same
// bytes.
[[nodiscard]] std::string to_json(const Message& message, std::string_view delivery_id,
                                  base::Instant now);
// What to_json wrote, less what it made up for people. kCorrupt where it is not that.
[[nodiscard]] base::Result<Message> from_json(std::string_view json);

}  // namespace rekey::notice
