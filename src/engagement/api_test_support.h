// For tests: the guarded API over a temporary folder and a set clock, asked without a connection.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>

#include "engagement/api.h"
#include "engagement/sends/maildir_transport.h"
#include "net/json.h"
#include "platform/temp_folder.h"

namespace rekey::engagement {

struct Told {
  int status = 0;
  std::string text;
  net::JsonValue json;
  net::Response response;

  // "items.0.keys.Id": the text, number or truth there; "(none)" where there is nothing.
  [[nodiscard]] std::string at(std::string_view path) const {
    const net::JsonValue* value = &json;
    while (value != nullptr && !path.empty()) {
      const std::size_t dot = std::min(path.find('.'), path.size());
      const std::string name(path.substr(0, dot));
      path.remove_prefix(std::min(dot + 1, path.size()));
      if (value->kind() == net::JsonValue::Kind::kArray) {
        const std::size_t index = std::stoul(name);
        value = index < value->items().size() ? &value->items()[index] : nullptr;
      } else {
        value = value->find(name);
      }
    }
    if (value == nullptr) return "(none)";
    if (value->is_null()) return "null";
    if (const auto found = value->as_string()) return std::string(*found);
    if (const auto number = value->as_integer()) return std::to_string(*number);
    if (const auto truth = value->as_boolean()) return *truth ? "true" : "false";
    return "(none)";
  }
};

inline constexpr std::int64_t kUnit = 500000002;
inline constexpr std::int64_t kOtherUnit = 500000003;

[[nodiscard]] inline Caller caller_with(std::string scopes, std::int64_t unit = kUnit) {
  return {unit, 500000001, 7, std::move(scopes), false};
}

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override { open(); }

  // What a family's tests need beside.
  virtual void adjust(ApiOptions&) {}

  void open() {
    ApiOptions options;
    options.database = temp_ / "sandbox.db";
    // Different each time, so that ids are.
    options.fill_random = [this](std::span<std::uint8_t> bytes) {
      const std::uint32_t draw = ++draws_;
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(i < 4 ? draw >> (8 * i) : 0x5a);
      }
    };
    options.transport = make_transport();
    adjust(options);
    auto api = Api::open(std::move(options), clock_, logger_, metrics_);
    ASSERT_TRUE(api) << api.error().detail;
    api_ = *std::move(api);
  }

  [[nodiscard]] virtual std::unique_ptr<sends::Transport> make_transport() {
    return sends::open_maildir_transport(temp_ / "mail").value();
  }

  [[nodiscard]] Told ask_as(const std::optional<Caller>& caller, net::Method method,
                            std::string target, std::string body = {}) {
    Request request;
    request.method = method;
    const std::size_t question = std::min(target.find('?'), target.size());
    request.path = target.substr(0, question);
    request.query = target.substr(std::min(question + 1, target.size()));
    request.body = std::move(body);
    auto promise = std::make_shared<std::promise<net::Response>>();
    auto response = promise->get_future();
    api_->submit(std::move(request), caller,
                 [promise](net::Response given) { promise->set_value(std::move(given)); });
    Told told;
    told.response = response.get();
    told.status = told.response.status;
    told.text = told.response.body;
    if (auto json = net::parse_json(told.text)) told.json = *std::move(json);
    return told;
  }
  [[nodiscard]] Told ask(net::Method method, std::string target, std::string body = {}) {
    return ask_as(all_scopes(), method, std::move(target), std::move(body));
  }
  [[nodiscard]] Told get(std::string target) { return ask(net::Method::kGet, std::move(target)); }
  [[nodiscard]] Told post(std::string target, std::string body) {
    return ask(net::Method::kPost, std::move(target), std::move(body));
  }
  [[nodiscard]] Told put(std::string target, std::string body) {
    return ask(net::Method::kPut, std::move(target), std::move(body));
  }
  [[nodiscard]] Told patch(std::string target, std::string body) {
    return ask(net::Method::kPatch, std::move(target), std::move(body));
  }
  [[nodiscard]] Told remove(std::string target) {
    return ask(net::Method::kDelete, std::move(target));
  }
  [[nodiscard]] static Caller all_scopes(std::int64_t unit = kUnit) {
    return caller_with(
        "data_extensions_read data_extensions_write list_and_subscribers_read "
        "list_and_subscribers_write email_read email_write email_send saved_content_write "
        "documents_and_images_read journeys_read campaign_read campaign_write tracking_events_read",
        unit);
  }

  // A data extension "people" with the key Id, and one column of each type.
  [[nodiscard]] Told create_people() {
    return post("/data/v1/customobjects", R"({"name":"People","key":"people","fields":[
      {"name":"Id","type":"Text","length":10,"isPrimaryKey":true},
      {"name":"Name","type":"Text","length":5,"isNullable":false,"defaultValue":"-"},
      {"name":"Age","type":"Number"},
      {"name":"Born","type":"Date"},
      {"name":"Email","type":"EmailAddress"},
      {"name":"Is Member","type":"Boolean"},
      {"name":"Balance","type":"Decimal","length":6,"scale":2}]})");
  }

  platform::TempFolder temp_;
  platform::SetClock clock_{*base::parse_instant("2026-11-24T10:00:00Z")};
  telemetry::Logger logger_{telemetry::LogFormat::kText, telemetry::Level::kError};
  telemetry::Metrics metrics_;
  std::atomic<std::uint32_t> draws_{0};
  std::unique_ptr<Api> api_;
};

}  // namespace rekey::engagement
