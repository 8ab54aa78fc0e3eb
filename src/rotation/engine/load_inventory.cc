// The inventory as the engine knows it: with the ends that its own runs have put in place.
#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "rotation/engine/engine.h"

namespace rekey::rotation {
namespace {

using base::Code;
using base::Instant;

// Whoever rotates again within so long may only want to go on with a run that has closed meanwhile.
constexpr base::Duration kRecent = std::chrono::hours{1};

// What the last run has put in place is newer than what a person wrote before it.
base::Result<Inventory> with_known_end(Inventory inventory, platform::Files& files) {
  REKEY_TRY(const auto last,
            peek_last_rotation(files, inventory.state_folder, inventory.client_id, inventory.slot));
  if (!last) return inventory;
  if (last->expires_at == base::kFarFuture) {
    // The run could not tell an end: one that was written down for the secret before is not its.
    const bool is_of_new =
        inventory.generated_at && *inventory.generated_at + base::Days{1} > last->staged_at;
    if (is_of_new) return inventory;
    inventory.generated_at = last->staged_at;
    inventory.expires_at.reset();
  } else if (!inventory.expires_at || *inventory.expires_at < last->expires_at) {
    inventory.generated_at = last->staged_at;
    inventory.expires_at = last->expires_at;
  }
  return inventory;
}

base::Result<InventoryFile> read_inventory_file(const std::string& path, EngineParts& parts) {
  REKEY_TRY(const base::Secret text, parts.files.read(path, kInventoryLimitBytes));
  // However the file was named, the journal has to hold one spelling of each path, and a reload
  // command of its folder must not be looked for in PATH.
  std::error_code failure;
  const auto whole = std::filesystem::absolute(path, failure);
  if (failure) {
    return base::fail(Code::kIo,
                      fmt::format("{}: where it is cannot be told: {}", path, failure.message()));
  }
  return parse_inventory_file(text.reveal(), whole.lexically_normal().string(),
                              parts.drivers.registry());
}

}  // namespace

base::Result<InventoryFile> load_inventories(const std::string& path, EngineParts& parts) {
  REKEY_TRY(InventoryFile file, read_inventory_file(path, parts));
  for (Inventory& one : file.integrations) {
    if (one.client_id.empty()) continue;
    REKEY_TRY(one, with_known_end(std::move(one), parts.files));
  }
  return file;
}

base::Result<Inventory> load_inventory(const std::string& path, EngineParts& parts) {
  REKEY_TRY(InventoryFile file, read_inventory_file(path, parts));
  REKEY_TRY(Inventory inventory, choose_integration(std::move(file), parts.integration));
  if (inventory.client_id.empty()) {
    return base::fail(Code::kInvalidArgument,
                      fmt::format("{}: {} has no client_id yet; add it (Setup shows it beside the "
                                  "package's API integration)",
                                  inventory.path, inventory.name));
  }
  return with_known_end(std::move(inventory), parts.files);
}

base::Result<std::string> describe_recent_rotation(const Inventory& inventory, EngineParts& parts) {
  REKEY_TRY(const auto last, peek_last_rotation(parts.files, inventory.state_folder,
                                                inventory.client_id, inventory.slot));
  const Instant now = parts.clock.now();
  if (!last || now - last->closed_at >= kRecent) return std::string();
  return fmt::format("its secret was rotated just now: {} closed at {} ({}). This is another one",
                     last->run_id, base::format_instant(last->closed_at),
                     base::describe_relative(last->closed_at, now));
}

}  // namespace rekey::rotation
