// What the files of the command table share: options of several commands, and the parts that it is
// put together from.
#pragma once

#include <vector>

#include "cli/command_table.h"

namespace rekey::cli {

inline constexpr OptionSpec kJson{"--json", "", "print the result as JSON"};
inline constexpr OptionSpec kData{
    "--data", "DIR", "the server's data folder: finds server and credential", Completes::kFolder};
inline constexpr OptionSpec kServer{"--server", "URL", "the server (or REKEY_SERVER)"};
inline constexpr OptionSpec kCredential{
    "--credential", "FILE", "the admin credential file (or REKEY_CREDENTIAL)", Completes::kFile};
inline constexpr OptionSpec kInventory{
    "--file", "FILE", "the inventory; rekey.yaml where not given", Completes::kFile, 'f'};
inline constexpr OptionSpec kIntegration{
    "--integration", "NAME", "which one of an inventory with several: its name or client id",
    Completes::kNothing, 'i'};

// With what names a server and its credential, and --json.
[[nodiscard]] std::vector<OptionSpec> with_server(std::vector<OptionSpec> options);

// Of packages and their secrets, of the tenant, of backups, of the sandbox, of the inventory, of
// sinks, of the watcher and its notices, and of the scan.
[[nodiscard]] std::vector<CommandSpec> package_commands();
[[nodiscard]] std::vector<CommandSpec> secret_commands();
[[nodiscard]] std::vector<CommandSpec> tenant_commands();
[[nodiscard]] std::vector<CommandSpec> backup_commands();
[[nodiscard]] std::vector<CommandSpec> sandbox_commands();
[[nodiscard]] std::vector<CommandSpec> inventory_commands();
[[nodiscard]] std::vector<CommandSpec> sink_commands();
[[nodiscard]] std::vector<CommandSpec> notice_commands();
[[nodiscard]] std::vector<CommandSpec> scan_commands();

}  // namespace rekey::cli
