// For tests: a mail server on a port of its own that keeps what it is given, and says no when told.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "net/server_listener.h"

namespace rekey::net {

struct ReceivedMail {
  std::string from;
  std::string to;
  std::string login;  // of AUTH PLAIN, decoded
  std::string data;   // dots taken off
};

class TestMailServer {
 public:
  TestMailServer() : listener_(listen_on_tcp("127.0.0.1", 0).value()) {
    thread_ = std::thread([this] { serve(); });
  }
  TestMailServer(const TestMailServer&) = delete;
  TestMailServer& operator=(const TestMailServer&) = delete;
  ~TestMailServer() {
    stops_ = true;
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_of(listener_); }
  // What to say instead of yes, by verb ("MAIL", "RCPT", "DATA", "AUTH", "." for the end of the
  // mail, "HELLO" for the greeting). An empty reply hangs up.
  void set_replies(std::map<std::string, std::string> replies) {
    const std::lock_guard lock(mutex_);
    replies_ = std::move(replies);
  }
  [[nodiscard]] std::vector<ReceivedMail> mails() const {
    const std::lock_guard lock(mutex_);
    return mails_;
  }

 private:
  void serve() {
    while (!stops_) {
      pollfd entry{listener_.get(), POLLIN, 0};
      if (::poll(&entry, 1, 20'000) < 1 || stops_) continue;
      const Descriptor socket(::accept(listener_.get(), nullptr, nullptr));
      if (socket.get() < 0) continue;
      const timeval deadline{20, 0};
      ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
      converse(socket.get());
    }
  }

  void converse(int socket) {
    ReceivedMail mail;
    std::string received;
    if (!answer(socket, "HELLO", "220 ready")) return;
    for (std::string line; read_line(socket, received, line);) {
      const std::string verb = line.substr(0, 4);
      if (verb == "EHLO") {
        say(socket, "250-here\r\n250-AUTH PLAIN\r\n250 SIZE 1000000");
      } else if (verb == "AUTH") {
        std::string login = line.substr(std::min<std::size_t>(line.size(), 11));
        if (login.empty()) {
          say(socket, "334 ");
          if (!read_line(socket, received, login)) return;
        }
        mail.login = base::text_of(base::base64_decode(login).value());
        if (!answer(socket, verb, "235 in")) return;
      } else if (verb == "MAIL") {
        mail.from = line.substr(10);
        if (!answer(socket, verb, "250 ok")) return;
      } else if (verb == "RCPT") {
        mail.to = line.substr(8);
        if (!answer(socket, verb, "250 ok")) return;
      } else if (verb == "DATA") {
        if (!answer(socket, verb, "354 go on")) return;
        if (refuses(verb)) continue;
        if (!take_data(socket, received, mail)) return;
        if (!answer(socket, ".", "250 taken")) return;
      } else if (verb == "QUIT") {
        say(socket, "221 bye");
        return;
      } else {
        say(socket, "500 what");
      }
    }
  }

  bool take_data(int socket, std::string& received, ReceivedMail& mail) {
    for (std::string line; read_line(socket, received, line);) {
      if (line == ".") {
        const std::lock_guard lock(mutex_);
        mails_.push_back(mail);
        return true;
      }
      mail.data += (line.starts_with("..") ? line.substr(1) : line) + "\r\n";
    }
    return false;
  }

  bool answer(int socket, const std::string& verb, const std::string& yes) {
    std::string reply = yes;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = replies_.find(verb); found != replies_.end()) reply = found->second;
    }
    if (reply.empty()) return false;
    say(socket, reply);
    return true;
  }

  bool refuses(const std::string& verb) const {
    const std::lock_guard lock(mutex_);
    return replies_.count(verb) > 0;
  }

  static void say(int socket, const std::string& line) {
    const std::string bytes = line + "\r\n";
    ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  static bool read_line(int socket, std::string& received, std::string& line) {
    std::size_t end = 0;
    while ((end = received.find("\r\n")) == std::string::npos) {
      std::array<char, 4096> bytes{};
      const ssize_t count = ::recv(socket, bytes.data(), bytes.size(), 0);
      if (count <= 0) return false;
      received.append(bytes.data(), static_cast<std::size_t>(count));
    }
    line = received.substr(0, end);
    received.erase(0, end + 2);
    return true;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::string> replies_;
  std::vector<ReceivedMail> mails_;
  Descriptor listener_;
  std::atomic<bool> stops_ = false;
  std::thread thread_;
};

}  // namespace rekey::net
