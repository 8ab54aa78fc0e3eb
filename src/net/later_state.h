// What a Later refers to: a connection of a worker, as long as it still serves the same client.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "net/server.h"
#include "net/server_worker.h"

namespace rekey::net {

struct Later::State {
  State(std::shared_ptr<Mailbox> to, Connection& of, std::uint64_t when)
      : mailbox(std::move(to)), connection(of), generation(when) {}
  std::shared_ptr<Mailbox> mailbox;
  Connection& connection;  // touched on the worker's thread only
  std::uint64_t generation;
};

}  // namespace rekey::net
