// For each format random documents of its grammar, with the values that stand in them, so that one
// test holds for all of them. What is written here is written plainly: the formats' own encoders
// are tried by what the test puts into these documents.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <utility>
#include <vector>

namespace rekey::documents::grammars {

struct Example {
  std::string document;
  std::vector<std::pair<std::string, std::string>> values;  // key, value
};

inline std::string pick(std::initializer_list<std::string> any) {
  return *rc::gen::elementOf(std::vector<std::string>(any));
}
inline bool flip() {
  return *rc::gen::arbitrary<bool>();
}
inline int number(int low, int high) {
  return *rc::gen::inRange(low, high);
}

// Printable text of every kind, and what means something in one format or another.
inline rc::Gen<std::string> wild_values() {
  return rc::gen::exec([] {
    std::string value;
    const int parts = number(0, 9);
    for (int i = 0; i < parts; ++i) {
      if (flip()) {
        value += static_cast<char>(number(0x20, 0x7f));
      } else {
        value += pick({"a",
                       "Z9",
                       "true",
                       "null",
                       "123",
                       "1e5",
                       "~",
                       "0x1f",
                       "2026-01-02",
                       "${",
                       "}",
                       "{{",
                       "ENC[",
                       "]",
                       "]]>",
                       "<!--",
                       "&amp;",
                       "&#65;",
                       ": ",
                       " #",
                       "- ",
                       "%s",
                       "\\u0041",
                       "\\",
                       "'",
                       "\"",
                       "\n",
                       "\t",
                       "\r\n",
                       "\x01",
                       "\x7f",
                       "\xc3\xa9",
                       "\xc2\x85",
                       "\xc2\xa0",
                       "\xe2\x80\xa8",
                       "\xef\xbb\xbf",
                       "\xf0\x9f\x98\x80"});
      }
    }
    return value;
  });
}

// What every format carries without quotes or escapes.
inline rc::Gen<std::string> plain_values() {
  return rc::gen::exec([] {
    std::string value = "v";
    const int length = number(0, 12);
    for (int i = 0; i < length; ++i) value += pick({"a", "B", "7", "_", "-", "xyz"});
    return value;
  });
}

inline std::string line_end() {
  return pick({"\n", "\r\n"});
}

inline rc::Gen<Example> dotenv() {
  return rc::gen::exec([] {
    Example example;
    const auto end = line_end();
    const int count = number(1, 6);
    for (int i = 0; i < count; ++i) {
      const auto name = "K" + std::to_string(i);
      const auto value = *plain_values();
      const auto quote = pick({"", "'", "\""});
      example.document += pick({"", "# note 'it\"" + end, end, "  "}) + pick({"", "export "}) +
                          name + pick({"=", " = "}) + quote + value + quote +
                          pick({"", " ", " # note"}) + end;
      example.values.emplace_back(name, value);
    }
    return example;
  });
}

inline rc::Gen<Example> json() {
  return rc::gen::exec([] {
    Example example;
    const auto space = [] { return pick({"", " ", "\n", "\r\n\t", "/* \" */", "// {\n"}); };
    const auto string = [&example, &space](const std::string& key) {
      const auto value = *plain_values();
      example.values.emplace_back(key, value);
      return space() + "\"" + value + "\"" + space();
    };
    example.document = space() + "{";
    const int count = number(1, 5);
    for (int i = 0; i < count; ++i) {
      const auto name = "n" + std::to_string(i);
      example.document += space() + "\"" + name + "\"" + space() + ":";
      const int kind = number(0, 4);
      if (kind == 0) {
        example.document += string(name);
      } else if (kind == 1) {
        example.document +=
            "[1," + string(name + ".1") + ",null," + string("/" + name + "/3") + "]";
      } else if (kind == 2) {
        example.document += "[{\"key\":\"a.b\",\"value\":" + string(name + "[key=a.b].value") +
                            "},{\"key\":\"c\",\"value\":" + string(name + "[key=c].value") + "}]";
      } else {
        example.document += "{\"x.y\":" + string("/" + name + "/x.y") + ",\"z\":{}}";
      }
      if (i + 1 < count || flip()) example.document += ",";
    }
    example.document += space() + "}" + space();
    return example;
  });
}

inline rc::Gen<Example> ini() {
  return rc::gen::exec([] {
    Example example;
    const auto end = line_end();
    const int sections = number(1, 4);
    for (int i = 0; i < sections; ++i) {
      const auto section = pick({"Web Services", "a.b", "s"}) + std::to_string(i);
      example.document +=
          pick({"", "; note" + end, end}) + "[" + section + "]" + pick({"", " ; note"}) + end;
      const int options = number(1, 5);
      for (int k = 0; k < options; ++k) {
        const auto name = "ClientSecret" + std::to_string(k);
        const auto value = flip() ? *plain_values() : pick({"", "a = b", "it's: x;y", "[z]"});
        example.document += pick({"", "# note" + end, end}) + name + pick({"=", " = ", ":", ": "}) +
                            value + pick({"", " ", "\t"}) + end;
        example.values.emplace_back(flip() ? section + ".clientsecret" + std::to_string(k)
                                           : "/" + section + "/CLIENTSECRET" + std::to_string(k),
                                    value);
        if (number(0, 4) == 0)
          example.document += "other" + std::to_string(k) + " = a" + end + "  b" + end;
      }
    }
    return example;
  });
}

inline rc::Gen<Example> properties() {
  return rc::gen::exec([] {
    Example example;
    const auto end = pick({"\n", "\r\n", "\r"});
    const auto fold = "\\" + end + pick({"", "  ", "\t"});
    const int count = number(1, 6);
    for (int i = 0; i < count; ++i) {
      const auto digit = std::to_string(i);
      const auto value = *plain_values();
      const auto half = value.size() / 2;
      const bool has_dot = flip();
      example.document += pick({"", "# note \\" + end, "! note" + end, end, "  ", "\f"}) +
                          pick({"client", "c\\u006cient", "cli" + fold + "ent"}) +
                          (has_dot ? "." : pick({"\\ ", "\\u0020"})) + digit +
                          pick({"=", " : ", " ", "\t= "});
      example.document +=
          pick({"", fold}) + value.substr(0, half) + pick({"", fold}) + value.substr(half) + end;
      example.values.emplace_back((has_dot ? "client." : "client ") + digit, value);
    }
    return example;
  });
}

inline rc::Gen<Example> php() {
  return rc::gen::exec([] {
    Example example;
    const auto end = line_end();
    const bool is_short = flip();
    const auto string = [&example](const std::string& key) {
      const auto value = *plain_values();
      example.values.emplace_back(key, value);
      const auto quote = pick({"'", "\""});
      return quote + value + quote;
    };
    example.document = "<?php" + end + pick({"", "// it's (" + end, "# [ \"" + end, "/* ' ] */ "}) +
                       "return " + (is_short ? "[" : "array(") + end;
    const int count = number(1, 6);
    for (int i = 0; i < count; ++i) {
      const auto name = "n" + std::to_string(i);
      example.document += "  " + pick({"'", "\""});
      example.document += name + std::string(1, example.document.back());
      example.document += pick({" => ", "=>", " /* , */ => "});
      const int kind = number(0, 3);
      if (kind == 0) {
        example.document += "['a.b' => " + string("/" + name + "/a.b") + ", 'c' => 1]";
      } else if (kind == 1) {
        example.document +=
            pick({"false", "-1.5", "__DIR__ . '/x,y'", "getenv('A', [1, 2])", "\"a $b\""});
      } else {
        example.document += string(name);
      }
      example.document += pick({",", ", // note ,"}) + end;
      if (example.document.find("note") != std::string::npos && flip()) example.document += end;
    }
    example.document += "  'last' => " + string("last") + pick({"", ","}) + end +
                        (is_short ? "]" : ")") + ";" +
                        pick({"", end, end + "?>", end + "?>" + end});
    return example;
  });
}

// A string of TOML in any style.
inline std::string toml_string(const std::string& value) {
  if (flip()) return "'" + value + "'";
  // Every plain value begins with v.
  return "\"" + pick({"v", "\\u0076", "\\U00000076"}) + value.substr(1) + "\"";
}

inline rc::Gen<Example> toml() {
  return rc::gen::exec([] {
    Example example;
    const auto end = line_end();
    const auto string = [&example](const std::string& key) {
      const auto value = *plain_values();
      example.values.emplace_back(key, value);
      return toml_string(value);
    };
    const auto pairs = [&](const std::string& prefix) {
      const int count = number(0, 4);
      for (int i = 0; i < count; ++i) {
        const auto name = "n" + std::to_string(i);
        example.document += pick({"", "# note = '" + end, end, "  ", "\t"});
        const int kind = number(0, 5);
        if (kind == 0) {
          example.document +=
              name + "." + pick({"b", "'b'", " \"b\" "}) + " = " + string(prefix + name + ".b");
        } else if (kind == 1) {
          example.document += name + " = { a = 1, b.c = " + string(prefix + name + ".b.c") + " }";
        } else if (kind == 2) {
          example.document += name + " = [ 1979-05-27 07:32:00, # note ]" + end +
                              string(prefix + name + ".1") + "," + end +
                              "{k = 'x', v = " + string(prefix + name + "[k=x].v") + "}, ]";
        } else if (kind == 3) {
          example.document +=
              name + "=" +
              pick({"1", "-1.5e3", "true", "inf", "\"\"\"a\n\"b\"\"\"\"\"", "'''\n[x]\n'''"});
        } else {
          example.document += "\"" + name + "\" = " + string(prefix + name);
        }
        example.document += pick({"", " # note"}) + end;
      }
    };
    example.document = "first = " + string("first") + end;
    pairs("");
    const int tables = number(0, 4);
    int items = 0;
    for (int i = 0; i < tables; ++i) {
      const auto name = "t" + std::to_string(i);
      if (flip()) {
        example.document += "[" + name + ".x]" + end;
        pairs(name + ".x.");
      } else {
        example.document += "[[ list ]] # note" + end;
        pairs("list." + std::to_string(items++) + ".");
      }
    }
    return example;
  });
}

// Block and flow style, nested at random.
class YamlGrammar {
 public:
  Example make() {
    end_ = line_end();
    example_.document = pick({"", "\xef\xbb\xbf", "# top" + end_, "---" + end_});
    members("", 0, 0);
    return example_;
  }

 private:
  std::string string(const std::string& key) {
    const auto value = *plain_values();
    example_.values.emplace_back(key, value);
    const auto quote = pick({"", "'", "\""});
    // Every plain value begins with v.
    if (quote == "\"" && flip()) return "\"\\x76" + value.substr(1) + quote;
    return quote + value + quote;
  }

  std::string flow(const std::string& key) {
    const auto space = [this] {
      return pick({"", " ", end_ + "      ", " # note ]" + end_ + "  "});
    };
    if (flip()) {
      return "{" + space() + "a: " + string(key + ".a") + space() + ", 'b':" + string(key + ".b") +
             ",c" + space() + "}";
    }
    return "[" + space() + string(key + ".0") + space() + ",{k: x, v: " + string(key + "[k=x].v") +
           "}" + pick({"", ","}) + "]";
  }

  // What follows "name:" or "-" up to the end of the line; `indent` is the column of the name, and
  // a list in it begins there or, within a list, at least one column deeper.
  void value(const std::string& key, int indent, int depth, int least_list_indent = 0) {
    const std::string deeper(static_cast<std::size_t>(indent) + 2, ' ');
    const int kind = number(0, depth > 1 ? 5 : 8);
    if (kind <= 1) {
      example_.document += " " + string(key) + pick({"", " ", " # note: '"}) + end_;
    } else if (kind == 2) {
      example_.document += " " + flow(key) + end_;
    } else if (kind == 3) {
      example_.document +=
          pick({"", " ", " 1", " ~", " a" + end_ + deeper + "- b", " 'a" + end_ + "b'"}) + end_;
    } else if (kind == 4) {
      example_.document += pick({" |", " >-", " |+ # note"}) + end_ + deeper + "n0: x" + end_ +
                           end_ + deeper + "  y" + end_;
    } else if (kind <= 6) {
      example_.document += end_;
      members(key + ".", indent + number(1, 4), depth + 1);
    } else {
      example_.document += pick({"", " # note"}) + end_;
      items(key + ".", indent + number(least_list_indent, 3), depth + 1);
    }
  }

  void members(const std::string& prefix, int indent, int depth) {
    const int count = number(1, 4);
    for (int i = 0; i < count; ++i) {
      const auto name = "n" + std::to_string(i);
      example_.document += pick({"", end_, "# note" + end_, "   # note" + end_});
      example_.document += std::string(static_cast<std::size_t>(indent), ' ') +
                           pick({name, "'" + name + "'", "\"" + name + "\" "}) + ":";
      value(prefix + name, indent, depth);
    }
    example_.document += std::string(static_cast<std::size_t>(indent), ' ') +
                         "last: " + string(prefix + "last") + end_;
  }

  void items(const std::string& prefix, int indent, int depth) {
    const int count = number(1, 4);
    const std::string blanks(static_cast<std::size_t>(indent), ' ');
    for (int i = 0; i < count; ++i) {
      const auto key = prefix + std::to_string(i);
      example_.document += blanks + "-";
      if (flip()) {
        value(key, indent, depth, 1);
      } else {
        example_.document +=
            " a: " + string(key + ".a") + end_ + blanks + "  b: " + string(key + ".b") + end_;
      }
    }
  }

  Example example_;
  std::string end_;
};

inline rc::Gen<Example> yaml() {
  return rc::gen::exec([] { return YamlGrammar().make(); });
}

inline rc::Gen<Example> xml() {
  return rc::gen::exec([] {
    Example example;
    const auto space = [] {
      return pick({"", " ", "\n", "\r\n\t", "<!-- <a> & -->", "<?p <a> ?>"});
    };
    const auto value_for = [&example](const std::string& key) {
      auto value = *plain_values();
      example.values.emplace_back(key, value);
      return flip() ? value : "&#x76;" + value.substr(1);  // every plain value begins with v
    };
    const auto quoted = [](const std::string& value) {
      const auto quote = pick({"\"", "'"});
      return quote + value + quote;
    };
    example.document = pick({"", "<?xml version=\"1.0\" encoding='utf-8'?>", "\xef\xbb\xbf"}) +
                       "<configuration>" + space();
    const int count = number(1, 6);
    for (int i = 1; i <= count; ++i) {
      const auto id = "c" + std::to_string(i);
      const auto step = flip() ? "[@id='" + id + "']" : "[" + std::to_string(i) + "]";
      const auto path = "/configuration/s:item" + step;
      example.document += "<s:item id=" + quoted(id) + pick({" ", "\n"}) +
                          "secret = " + quoted(value_for(path + "/@secret")) + ">" + space();
      if (flip()) example.document += "<other secret='x'><![CDATA[<password>]]></other>";
      example.document += "<password" + pick({"", " a='>'"}) + ">" + value_for(path + "/password") +
                          "</password" + pick({"", " "}) + ">" + space() + "<empty/></s:item>" +
                          space();
    }
    example.document += "</configuration>" + space();
    return example;
  });
}

}  // namespace rekey::documents::grammars
