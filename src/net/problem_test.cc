#include "net/problem.h"

#include <gtest/gtest.h>

#include "net/json.h"

namespace rekey::net {
namespace {

using base::Code;

TEST(Problem, has_the_members_of_the_contract) {
  const Response response = problem_response({Code::kTooEarly, "allowed at 10:00"});
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.content_type, "application/problem+json");
  const auto body = parse_json(response.body);
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->string_member("type"), "urn:rekey:problem:too_early");
  EXPECT_EQ(body->string_member("title"), "It is too early for this");
  EXPECT_EQ(body->integer_member("status"), 409);
  EXPECT_EQ(body->string_member("code"), "too_early");
  EXPECT_EQ(body->string_member("detail"), "allowed at 10:00");
}

TEST(Problem, tells_an_internal_error_by_its_id_only) {
  for (const Code code : {Code::kInternal, Code::kCorrupt}) {
    const Response response = problem_response({code, "canary"}, "0011223344556677");
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.find("canary"), std::string::npos);
    const auto error = error_from_problem(response.status, response.body);
    EXPECT_EQ(error.code, Code::kInternal);
    EXPECT_EQ(error.detail, "an internal error, id 0011223344556677");
  }
  EXPECT_NE(problem_response({Code::kCorrupt, ""}).body,
            problem_response({Code::kCorrupt, ""}).body);
}

TEST(Problem, comes_back_as_the_same_error) {
  for (const Code code :
       {Code::kInvalidArgument, Code::kNotFound, Code::kAlreadyExists, Code::kConflict,
        Code::kTooEarly, Code::kLimitReached, Code::kRefused, Code::kUnauthenticated,
        Code::kForbidden, Code::kExpired, Code::kUnsupported, Code::kUnavailable, Code::kTimeout}) {
    const Response response = problem_response({code, "why"});
    EXPECT_EQ(response.status, status_of(code));
    const auto error = error_from_problem(response.status, response.body);
    EXPECT_EQ(error.code, code) << base::name_of(code);
    EXPECT_EQ(error.detail, "why");
  }
}

TEST(Problem, names_the_methods_that_a_path_allows) {
  const Response response = method_problem_response("GET, PATCH", "not DELETE");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.content_type, "application/problem+json");
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0], (std::pair<std::string, std::string>{"Allow", "GET, PATCH"}));
  EXPECT_EQ(parse_json(response.body)->integer_member("status"), 405);
  const auto error = error_from_problem(response.status, response.body);
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_EQ(error.detail, "not DELETE");
}

TEST(Problem, is_read_by_status_where_the_body_is_none_of_ours) {
  EXPECT_EQ(error_from_problem(404, "<html>").code, Code::kNotFound);
  EXPECT_EQ(error_from_problem(409, "{}").code, Code::kConflict);
  EXPECT_EQ(error_from_problem(413, "").code, Code::kInvalidArgument);
  EXPECT_EQ(error_from_problem(500, "").code, Code::kInternal);
  EXPECT_EQ(error_from_problem(502, "[]").code, Code::kUnavailable);
  EXPECT_EQ(error_from_problem(503, R"({"code":"new","detail":"d"})").code, Code::kUnavailable);
  EXPECT_EQ(error_from_problem(404, "<html>").detail,
            "the server answered with status 404 and no problem details");
}

}  // namespace
}  // namespace rekey::net
