// The settings that `rekey notice init` writes: one mailbox that is told everything, and the rest
// in comments.
#pragma once

#include <string_view>

namespace rekey::cli {

inline constexpr std::string_view kFirstNotices =
    R"yaml(# Whom Rekey tells, by which ways, and when. `rekey notice test --config notices.yaml` tries the ways;
# `rekey watch --config notices.yaml -f rekey.yaml` tells. docs/notices.md has every key.
# Relative paths start at the folder of this file. No value of a secret belongs in here: what is one
# (a password, the URL of a chat) stands in a file of its own, readable for Rekey alone.
version: 1

# The queue: what was said, and what is still to be delivered. Keep it.
state: .rekey
# Every end date, for a calendar program to subscribe to.
calendar: secrets.ics

# Told what has no owner, what could not be delivered or read, and that nobody watched.
fallback: [team]

# By these names, or by mail addresses, inventories and packages give their owners and contacts.
recipients:
  - name: team
    mail: [you@example.com]
    # webhooks: [chat]
    # quiet_hours: {from: "20:00", until: "07:30", time_zone: Europe/Berlin}   # but alarms
  # - name: payments-team
  #   mail: [payments@example.com, oncall@example.com]

# The mail server that takes what Rekey sends.
mail:
  host: smtp.example.com
  port: 587
  security: starttls                # or tls; none only where the server is this machine
  from: rekey@example.com
  # username: rekey
  # password_file: smtp.password    # mode 0600

# When is told; without this, as it stands here.
# rules:
#   days_before_end: [90, 60, 30, 14, 7, 3, 1, 0]
#   days_before_dormancy: [30]

# webhooks:
#   - name: chat
#     shape: slack                  # or teams; rekey: signed JSON for a program of your own
#     url_file: chat.url            # mode 0600: such URLs are secrets

# A program that is dead tells nobody: let something else watch that passes happen.
# heartbeat:
#   url: https://monitor.example.com/ping/rekey
)yaml";

}  // namespace rekey::cli
