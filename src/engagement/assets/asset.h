// Contents that mails are made of, as far as sends need them: a document with a key and views.
//
// The document is kept as it was given; subject, HTML and text are read from its views.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engagement/list_asked.h"
#include "net/json.h"
#include "storage/select.h"

namespace rekey::engagement::assets {

struct Asset {
  std::int64_t id = 0;
  std::int64_t business_unit = 0;
  std::string guid;
  std::string key;  // customerKey
  std::string name;
  std::string type;  // "htmlemail", …
  std::int64_t type_id = 0;
  std::string document;  // a JSON object
  base::Instant created_at{};
  base::Instant changed_at{};
};

// What a mail says, before anything is filled in.
struct MailContent {
  std::string subject;
  std::string preheader;
  std::string html;
  std::string text;
};

inline constexpr std::size_t kLongestView = 512 * 1024;  // bytes

// views.subjectline, .preheader, .html and .text, each its "content", of an asset's document; where
// views has no html, "content" of the document itself. kInvalidArgument naming the view that is no
// text, is longer than kLongestView, or, as a subject, has more than one line.
[[nodiscard]] base::Result<MailContent> mail_content(const net::JsonValue& document);

// Of that business unit alone; nullopt where it has none.
[[nodiscard]] base::Result<std::optional<Asset>> find_asset(storage::Connection& tables,
                                                            std::int64_t business_unit,
                                                            std::string_view key);
[[nodiscard]] base::Result<std::optional<Asset>> find_asset(storage::Connection& tables,
                                                            std::int64_t business_unit,
                                                            std::int64_t id);

using AssetPage = storage::Page<Asset>;
[[nodiscard]] base::Result<AssetPage> list_assets(storage::Connection& tables,
                                                  const ListAsked& asked);
[[nodiscard]] const ListShape& asset_list();

// Gives its id. kAlreadyExists where the business unit has one with that key.
[[nodiscard]] base::Result<std::int64_t> insert_asset(storage::Connection& tables,
                                                      const Asset& asset);
[[nodiscard]] base::Status save_asset(storage::Connection& tables, const Asset& asset);
[[nodiscard]] base::Status delete_asset(storage::Connection& tables, const Asset& asset);

[[nodiscard]] base::Status prepare_schema(storage::Connection& connection);

}  // namespace rekey::engagement::assets
