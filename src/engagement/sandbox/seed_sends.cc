#include "engagement/sandbox/seed_sends.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "engagement/assets/asset.h"
#include "engagement/sends/send_definition.h"
#include "net/json.h"

namespace rekey::engagement::sandbox {

namespace {

using base::Code;
using base::Result;
using storage::Connection;

struct MailPlan {
  std::string_view key;  // of the definition; its content has "-mail" behind it
  std::string_view name;
  std::string_view description;
  std::string_view subject;
  std::string_view preheader;
  std::string_view html;
};

constexpr std::array<MailPlan, 2> kPlans{{
    {"order-confirmation", "Order confirmation", "Thanks for an order; attributes OrderId, Total",
     "Your order %%OrderId%%, %%First Name%%", "We are packing it.",
     R"html(<!DOCTYPE html>
<html><body>
<h1>Thank you, %%First Name%%!</h1>
<p>We have got your order <b>%%OrderId%%</b> over %%Total%% and are packing it.</p>
<p><a href="https://shop.example.org/orders/%%OrderId%%">See your order</a></p>
<p><a href="%%view_email_url%%">Read this in a browser</a> or
<a href="%%unsub_center_url%%">unsubscribe</a>.</p>
</body></html>
)html"},
    {"welcome", "Welcome", "Greets who has just registered", "Welcome, %%First Name%%!", "",
     R"html(<!DOCTYPE html>
<html><body>
<h1>Welcome, %%First Name%%!</h1>
<p>Good to have you with us. Here is where to begin:</p>
<ul><li><a href="https://shop.example.org/tea">Our teas</a></li>
<li><a href="https://shop.example.org/account">Your account</a></li></ul>
<p><a href="%%unsub_center_url%%">Unsubscribe</a></p>
</body></html>
)html"},
}};

std::string document_of(const MailPlan& plan) {
  net::JsonWriter json;
  json.begin_object().key("views").begin_object();
  const auto write = [&](std::string_view view, std::string_view content) {
    json.key(view).begin_object().member("content", content).end_object();
  };
  write("subjectline", plan.subject);
  write("preheader", plan.preheader);
  write("html", plan.html);
  json.end_object().end_object();
  return json.release();
}

base::Status seed_asset(Connection& tables, std::int64_t business_unit, const MailPlan& plan,
                        const std::string& key, const Ids& ids, base::Instant now) {
  REKEY_TRY(auto asset, assets::find_asset(tables, business_unit, key));
  const bool is_new = !asset;
  if (is_new) {
    asset.emplace();
    asset->business_unit = business_unit;
    asset->guid = ids.guid();
    asset->key = key;
    asset->created_at = now;
  }
  asset->name = plan.name;
  asset->type = "htmlemail";
  asset->type_id = 208;
  asset->document = document_of(plan);
  asset->changed_at = now;
  if (!is_new) return assets::save_asset(tables, *asset);
  REKEY_CHECK(assets::insert_asset(tables, *asset));
  return {};
}

base::Status seed_definition(Connection& tables, std::int64_t business_unit, const MailPlan& plan,
                             const std::string& content_key, const Ids& ids, base::Instant now) {
  auto existing = sends::load_send_definition(tables, business_unit, plan.key);
  if (!existing && existing.error().code != Code::kNotFound) {
    return tl::unexpected<base::Error>(existing.error());
  }
  sends::SendDefinition definition;
  if (existing) {
    definition.id = existing->id;
  } else {
    definition.business_unit = business_unit;
    definition.guid = ids.guid();
    definition.created_at = now;
  }
  definition.key = plan.key;
  definition.name = plan.name;
  definition.description = plan.description;
  definition.content_key = content_key;
  definition.list = "All Subscribers";
  definition.changed_at = now;
  base::Status saved;
  if (existing) {
    saved = sends::save_send_definition(tables, definition);
  } else if (const auto made = sends::insert_send_definition(tables, definition); !made) {
    saved = tl::unexpected<base::Error>(made.error());
  }
  if (saved || saved.error().code != Code::kAlreadyExists) return saved;
  return base::fail(
      Code::kConflict,
      fmt::format("another send definition is named \"{}\"; reset the sandbox first", plan.name));
}

}  // namespace

Result<std::int64_t> seed_sends(Connection& tables, std::int64_t business_unit, const Ids& ids,
                                base::Instant now) {
  for (const MailPlan& plan : kPlans) {
    const std::string content_key = std::string(plan.key) + "-mail";
    REKEY_CHECK(seed_asset(tables, business_unit, plan, content_key, ids, now));
    REKEY_CHECK(seed_definition(tables, business_unit, plan, content_key, ids, now));
  }
  return static_cast<std::int64_t>(kPlans.size());
}

}  // namespace rekey::engagement::sandbox
