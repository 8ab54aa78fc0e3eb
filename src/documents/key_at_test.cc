// From a byte to the key of the value that it is part of: what an editor finds by that key is the
// same value.
#include <gtest/gtest.h>

#include <string>

#include "documents/document.h"

namespace rekey::documents {
namespace {

// The key of the value that is VALUE in the document.
std::string key_of(std::string_view format_name, const std::string& document) {
  const Format* format = find_format(format_name);
  const std::size_t offset = document.find("VALUE");
  const auto key = format->key_at(document, offset);
  if (!key) return "none: " + key.error().detail;
  const auto located = format->locate(document, *key);
  if (!located) return "not found again: " + located.error().detail;
  EXPECT_LE(located->begin, offset);
  EXPECT_GT(located->end, offset);
  return *key;
}

TEST(KeyAt, NamesAMemberByItsDottedPath) {
  EXPECT_EQ(key_of("json", R"({"a":{"b":"VALUE"},"c":"x"})"), "a.b");
  EXPECT_EQ(key_of("yaml", "a:\n  b: VALUE\nc: x\n"), "a.b");
  EXPECT_EQ(key_of("toml", "[a]\nb = \"VALUE\"\n"), "a.b");
  EXPECT_EQ(key_of("toml", "a.b = 'VALUE'\n"), "a.b");
  EXPECT_EQ(key_of("php", "<?php\nreturn ['a' => ['b' => 'VALUE']];\n"), "a.b");
}

TEST(KeyAt, NamesWithADotOrASlashMakeItAPointer) {
  EXPECT_EQ(key_of("json", R"({"cred/BU":{"client.id":"x","secret":"VALUE"}})"),
            "/cred~1BU/secret");
}

TEST(KeyAt, AnItemOfAListIsSelectedByItsName) {
  EXPECT_EQ(key_of("json", R"({"values":[{"key":"id","value":"x"},{"key":"s","value":"VALUE"}]})"),
            "values[key=s].value");
  EXPECT_EQ(key_of("yaml", "env:\n- name: A\n  value: x\n- name: B\n  value: VALUE\n"),
            "env[name=B].value");
  EXPECT_EQ(key_of("json", R"({"values":[{"key":"s","value":"x"},{"key":"s","value":"VALUE"}]})"),
            "values.1.value");
  EXPECT_EQ(key_of("json", R"([["x","VALUE"]])"), "0.1");
}

TEST(KeyAt, OfLinesItIsTheName) {
  EXPECT_EQ(key_of("dotenv", "A=x\nexport B='VALUE' # VALUE\n"), "B");
  EXPECT_EQ(key_of("properties", "a.b=x\nc.d : VALUE\n"), "c.d");
  EXPECT_EQ(key_of("ini", "[a]\nx=1\n[Web Services]\nclientsecret: VALUE\n"),
            "Web Services.clientsecret");
  EXPECT_EQ(key_of("ini", "[a]\nx.y = VALUE\n"), "/a/x.y");
}

TEST(KeyAt, OfXmlItIsAPath) {
  EXPECT_EQ(key_of("xml", "<a><b c='x' d='VALUE'/></a>"), "/a/b/@d");
  EXPECT_EQ(key_of("xml", "<?xml version=\"1.0\"?>\n<!-- <z> -->\n<a>\n<b/><c>VALUE</c></a>"),
            "/a/c");
  EXPECT_EQ(key_of("xml", "<a><b>x</b><b>VALUE</b></a>"), "/a/b[2]");
  EXPECT_EQ(key_of("xml", "<a><b><c d='x'/></b><b><c d='VALUE'/></b></a>"), "/a/b[2]/c[1]/@d");
}

TEST(KeyAt, WhatIsNoValueHasNone) {
  EXPECT_EQ(key_of("json", R"({"VALUE":"x"})").substr(0, 4), "none");
  EXPECT_EQ(key_of("dotenv", "VALUE=x\n").substr(0, 4), "none");
  EXPECT_EQ(key_of("xml", "<VALUE>x</VALUE>").substr(0, 4), "none");
  EXPECT_EQ(key_of("ini", "[VALUE]\na=x\n").substr(0, 4), "none");
  EXPECT_EQ(key_of("json", R"({"a":"VALUE")").substr(0, 4), "none");
}

}  // namespace
}  // namespace rekey::documents
