// rekey inventory import --soap: the packages' service users, asked of Marketing Cloud.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/inventory_source.h"
#include "cli/secret_input.h"
#include "net/client.h"
#include "net/json.h"
#include "net/loopback.h"
#include "rotation/soap/account_user.h"

namespace rekey::cli {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Secret;

constexpr std::string_view kIssuerKind = "marketing-cloud";
constexpr int kMostPages = 100;  // of at most 2,500 users each (contract section 4.9)

std::string with_slash(std::string url) {
  if (!url.ends_with('/')) url += '/';
  return url;
}

// Of the issuer that is named, or of the only one that Marketing Cloud is.
Result<std::string> auth_url_of(const Arguments& arguments, const rotation::InventoryFile& file) {
  const std::string wanted = arguments.get_or("--issuer", "");
  std::vector<std::string> urls;
  for (const auto& [name, spec] : file.issuers) {
    if (spec.kind != kIssuerKind || (!wanted.empty() && name != wanted)) continue;
    urls.push_back(with_slash(spec.text("auth_url")));
  }
  if (file.issuers.empty() && file.integrations.front().issuer.kind == kIssuerKind) {
    urls.push_back(with_slash(file.integrations.front().issuer.text("auth_url")));
  }
  if (urls.size() == 1) return urls.front();
  return fail(Code::kInvalidArgument,
              fmt::format("{}: {}", file.path,
                          urls.empty() ? "no such issuer of the kind marketing-cloud; add one with "
                                         "its auth_url"
                                       : "several issuers are Marketing Cloud; say which one with "
                                         "--issuer NAME"));
}

Result<std::optional<int>> descriptor_of(const Arguments& arguments, const std::string& option) {
  Arguments renamed;
  if (const auto number = arguments.get(option)) renamed.options["--value-fd"] = {*number};
  auto descriptor = value_descriptor(renamed);
  if (descriptor) return descriptor;
  std::string detail = descriptor.error().detail;
  for (auto at = detail.find("--value-fd"); at != std::string::npos;
       at = detail.find("--value-fd", at + option.size())) {
    detail.replace(at, std::string_view("--value-fd").size(), option);
  }
  return fail(descriptor.error().code, detail);
}

struct Access {
  Secret token;
  std::string soap_url;  // ends with a slash
};

tl::unexpected<base::Error> refused_token(int status, const std::string& auth_url,
                                          const std::string& client_id) {
  if (status == 400 || status == 401) {
    return fail(Code::kUnauthenticated,
                fmt::format("{} refuses client id {} with status {}: look at the secret (wrong, "
                            "expired, not the whole of it), the tenant in auth_url, the business "
                            "unit of --account-id, and whether the package's own service user is "
                            "active",
                            auth_url, client_id, status));
  }
  return fail(Code::kUnavailable,
              fmt::format("{} answered {} to a token request; try again later", auth_url, status));
}

Result<Access> ask_for_token(const Context& context, const Arguments& arguments,
                             net::Client& client, const std::string& auth_url) {
  const auto client_id = arguments.get("--client-id");
  if (!client_id) {
    return fail(Code::kInvalidArgument,
                "--soap needs a token: give --client-id ID (its secret is asked for, or comes from "
                "--secret-fd N), or an access token by --token-fd N");
  }
  REKEY_TRY(const auto account, arguments.number_or("--account-id", 0, 1, 9'999'999'999));
  REKEY_TRY(const auto descriptor, descriptor_of(arguments, "--secret-fd"));
  REKEY_TRY(const Secret secret,
            read_secret_value(context, {descriptor, "client secret of " + *client_id}));
  net::JsonWriter body;
  body.begin_object()
      .member("grant_type", "client_credentials")
      .member("client_id", *client_id)
      .member_revealing("client_secret", secret);
  if (account != 0) body.member("account_id", account);
  body.end_object();
  net::ClientRequest request;
  request.method = net::Method::kPost;
  request.url = auth_url + "v2/token";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = Secret::take(body.release());
  REKEY_TRY(const auto response, client.send(request));
  if (response.status != 200) return refused_token(response.status, auth_url, *client_id);
  const auto reply = net::parse_json(response.body.reveal());
  auto token = reply ? reply->string_member("access_token") : tl::unexpected(reply.error());
  if (!token) {
    return fail(
        Code::kUnavailable,
        fmt::format("{} gives no access token; is it the Authentication Base URI?", request.url));
  }
  return Access{Secret::take(*std::move(token)),
                reply->string_member_or("soap_instance_url", "").value_or("")};
}

// Where the service is, if the token's reply did not say: beside the authentication host.
std::string soap_url_beside(std::string auth_url) {
  constexpr std::string_view kAuthHost = ".auth.";
  const auto at = auth_url.find(kAuthHost);
  if (at == std::string::npos) return {};
  return auth_url.replace(at, kAuthHost.size(), ".soap.");
}

Result<Access> find_access(const Context& context, const Arguments& arguments, net::Client& client,
                           const rotation::InventoryFile& file) {
  REKEY_TRY(const std::string auth_url, auth_url_of(arguments, file));
  REKEY_TRY(const auto descriptor, descriptor_of(arguments, "--token-fd"));
  Access access;
  if (descriptor) {
    REKEY_TRY(access.token, read_secret_value(context, {descriptor, "access token"}));
  } else {
    REKEY_TRY(access, ask_for_token(context, arguments, client, auth_url));
  }
  if (const auto url = arguments.get("--soap-url")) access.soap_url = *url;
  if (access.soap_url.empty()) access.soap_url = soap_url_beside(auth_url);
  if (access.soap_url.empty()) {
    return fail(Code::kInvalidArgument,
                "the SOAP address is not known; give --soap-url, the SOAP Base URI in Setup");
  }
  access.soap_url = with_slash(access.soap_url);
  if (!net::may_carry_secrets(access.soap_url)) {
    return fail(Code::kInvalidArgument,
                fmt::format("{} is not https: the token would go in the clear; give another "
                            "--soap-url (http:// only on this machine)",
                            access.soap_url));
  }
  return access;
}

// No word of a server that holds the token gets out.
tl::unexpected<base::Error> without_token(base::Error error, const Secret& token) {
  if (error.detail.find(token.reveal()) != std::string::npos) {
    error.detail = "Marketing Cloud answers with an error that holds the token itself";
  }
  return tl::unexpected(std::move(error));
}

Result<rotation::AccountUserPage> ask_for_page(net::Client& client, const Access& access,
                                               const std::string& continues) {
  net::ClientRequest request;
  request.method = net::Method::kPost;
  request.url = access.soap_url + "Service.asmx";
  request.headers = {{"Content-Type", "text/xml; charset=utf-8"}, {"SOAPAction", "Retrieve"}};
  request.body = rotation::write_account_user_request(access.token, continues);
  request.timeout = std::chrono::seconds{120};
  REKEY_TRY(const auto response, client.send(request));
  // Faults come with 500 (SOAP 1.1 section 6.2).
  if (response.status == 200 || response.status == 500) {
    auto page = rotation::read_account_user_reply(response.body.reveal());
    if (page) return page;
    if (response.status == 200 || page.error().code != Code::kCorrupt) {
      return without_token(page.error(), access.token);
    }
  }
  if (response.status == 401 || response.status == 403) {
    return fail(
        Code::kForbidden,
        fmt::format("{} answered {}: the token is not let in; is it of this tenant, and may "
                    "this address reach the API?",
                    request.url, response.status));
  }
  if (response.status == 404) {
    return fail(Code::kNotFound, fmt::format("there is no SOAP service at {}; give its SOAP Base "
                                             "URI with --soap-url",
                                             request.url));
  }
  return fail(Code::kUnavailable,
              fmt::format("{} answered {}; try again later", request.url, response.status));
}

Result<std::vector<rotation::ServiceUser>> list_service_users(net::Client& client,
                                                              const Access& access) {
  std::vector<rotation::ServiceUser> users;
  std::string continues;
  for (int i = 0; i < kMostPages; ++i) {
    REKEY_TRY(auto page, ask_for_page(client, access, continues));
    std::move(page.users.begin(), page.users.end(), std::back_inserter(users));
    if (!page.has_more) return users;
    continues = std::move(page.request_id);
  }
  return fail(Code::kLimitReached,
              fmt::format("Marketing Cloud has more than {} pages of service users; nothing is "
                          "brought in, take the page's table instead",
                          kMostPages));
}

bool is_in(const rotation::InventoryFile& file, std::string_view package) {
  return std::any_of(file.integrations.begin(), file.integrations.end(),
                     [&](const rotation::Inventory& one) { return one.name == package; });
}

// What is left of "<package> app user" may be one that the file knows.
bool could_be_known(const rotation::InventoryFile& file, std::string_view cut_off) {
  return std::any_of(file.integrations.begin(), file.integrations.end(),
                     [&](const rotation::Inventory& one) {
                       return (one.name + " app user").starts_with(cut_off);
                     });
}

}  // namespace

Result<ImportSource> ask_marketing_cloud(const Context& context, const Arguments& arguments,
                                         const rotation::InventoryFile& file) {
  net::Client client(fmt::format("rekey-inventory/{}", REKEY_VERSION));
  REKEY_TRY(const Access access, find_access(context, arguments, client, file));
  REKEY_TRY(const auto users, list_service_users(client, access));
  const rotation::PackageNames names = rotation::packages_of(users);
  ImportSource source{
      .rows = {}, .issuer_kind = std::string(kIssuerKind), .name = "Marketing Cloud"};
  for (const std::string& name : names.active) source.rows.push_back({.package = name});
  std::size_t unknown_inactive = 0;
  for (const std::string& name : names.inactive) {
    if (!is_in(file, name)) {
      ++unknown_inactive;
      continue;
    }
    source.left.push_back(
        fmt::format("{}: its service user is not active, so its token requests are refused as with "
                    "a wrong secret; reactivate it through SOAP AccountUser, or take the "
                    "integration out",
                    name));
  }
  for (const std::string& name : names.cut_off) {
    if (could_be_known(file, name)) continue;
    source.left.push_back(
        fmt::format("{}: this service user's name is cut off, or none of a package; look in Setup "
                    "and add the package by hand",
                    name));
  }
  source.remarks = {
      "service users tell the names of packages alone: no client id, no secret and no end of one. "
      "Add each client id, and the end dates with: rekey inventory import TABLE",
      "a package may be missing whose service user was renamed, or has another name than the "
      "package has today; compare with Installed Packages in Setup"};
  if (unknown_inactive + names.system > 0) {
    source.remarks.push_back(
        fmt::format("passed over: {} inactive service users and {} of "
                    "Salesforce's own",
                    unknown_inactive, names.system));
  }
  return source;
}

}  // namespace rekey::cli
