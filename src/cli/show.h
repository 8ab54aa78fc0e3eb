// How packages and secrets are shown to people; shared by several commands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/api.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "cli/output.h"
#include "net/json.h"

namespace rekey::cli {

[[nodiscard]] Tone tone_of_state(std::string_view state);

// Two-column description of a package and its integration.
void show_package(const Context& context, const net::JsonValue& reply);
// A table of secrets, in the order given.
void show_secrets(const Context& context, const net::JsonValue& secrets);

// Days until a secret ends if nothing is done: the earliest of expiry, overlap and dormancy.
[[nodiscard]] std::int64_t days_until_end(const net::JsonValue& secret, base::Instant now);
// True for the states in which a secret is accepted, now or when it has settled.
[[nodiscard]] bool is_live(std::string_view state) noexcept;
// When a secret ends, both ends where it would fall dormant before it expires; when and why it
// ended where it is over.
[[nodiscard]] std::string describe_end(const net::JsonValue& secret, base::Instant now);

// Where --secret-file asks for the value: made, empty and 0600, before the server is asked for a
// secret, so that a path that cannot be written costs nothing. Removed again unless the value was
// written.
class SecretFile {
 public:
  // Nothing to write to where the option is absent. kAlreadyExists where the path exists.
  [[nodiscard]] static base::Result<SecretFile> reserve(const Context& context,
                                                        const Arguments& arguments);
  SecretFile(SecretFile&& other) noexcept;
  SecretFile& operator=(SecretFile&&) = delete;
  ~SecretFile();
  [[nodiscard]] bool is_wanted() const noexcept { return !path_.empty(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] base::Status write(std::string_view value);

 private:
  SecretFile(platform::Files& files, std::string path) : files_(&files), path_(std::move(path)) {}
  platform::Files* files_;
  std::string path_;
  bool is_written_ = false;
};

// Prints what a reply that shows a new secret says, sends the value where the user wants it
// (--secret-file F, else standard output), and says when it ends. `sentence` says what happened.
[[nodiscard]] base::Result<int> show_new_secret(const Context& context, const Arguments& arguments,
                                                const ApiReply& reply, SecretFile& file,
                                                const std::string& sentence);

// The reply as JSON where --json was given; true where it was printed.
[[nodiscard]] bool printed_as_json(const Context& context, const Arguments& arguments,
                                   const ApiReply& reply);

}  // namespace rekey::cli
