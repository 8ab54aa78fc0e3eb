#include "rotation/drivers/call_limit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "rotation/engine/fakes_test_support.h"

namespace rekey::rotation {
namespace {

// Counts how many calls are inside at once, and lets each wait until others had time to come.
struct Inside {
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  void pass() {
    const int count = ++now;
    for (int seen = most; count > seen && !most.compare_exchange_weak(seen, count);) {
    }
    for (int i = 0; i < 20; ++i) std::this_thread::yield();
    --now;
  }
};

class CountingProbe final : public Probe {
 public:
  CountingProbe(Inside& inside, IssuerReader& issuer) : inside_(inside), issuer_(issuer) {}
  base::Result<ProbeResult> present(const base::Secret&) override {
    static_cast<void>(issuer_.own_request_headers());  // as the real one does, inside its call
    inside_.pass();
    return ProbeResult{};
  }

 private:
  Inside& inside_;
  IssuerReader& issuer_;
};

// A real drivers' room, but for the probes.
class CountingDrivers final : public Drivers {
 public:
  explicit CountingDrivers(Drivers& inner) : inner_(inner) {}
  Inside inside;

  const DriverRegistry& registry() const noexcept override { return inner_.registry(); }
  base::Result<std::unique_ptr<IssuerReader>> issuer_reader(const Inventory& one) override {
    return inner_.issuer_reader(one);
  }
  base::Result<std::unique_ptr<Issuer>> issuer(const Inventory& one) override {
    return inner_.issuer(one);
  }
  base::Result<std::unique_ptr<SinkReader>> sink_reader(const DriverSpec& spec) override {
    return inner_.sink_reader(spec);
  }
  base::Result<std::unique_ptr<Sink>> sink(const DriverSpec& spec) override {
    return inner_.sink(spec);
  }
  base::Result<std::unique_ptr<Probe>> probe(const DriverSpec&, const IntegrationFacts&,
                                             IssuerReader& issuer) override {
    return std::make_unique<CountingProbe>(inside, issuer);
  }
  base::Status check_reload(const ReloadSpec& reload) override {
    return inner_.check_reload(reload);
  }
  base::Result<platform::ProcessResult> run_reload(const ReloadSpec& reload) override {
    return inner_.run_reload(reload);
  }

 private:
  Drivers& inner_;
};

Inventory inventory_of(const std::string& issuer) {
  Inventory inventory;
  inventory.issuer.kind = "fake";
  inventory.issuer.location = issuer;
  return inventory;
}

// 8 threads that each present 10 values to the probe of an issuer.
int most_at_once(CountingDrivers& counting, LimitedDrivers& limited,
                 const std::vector<std::string>& issuers) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto inventory = inventory_of(issuers[static_cast<std::size_t>(i) % issuers.size()]);
      auto issuer = limited.issuer(inventory).value();
      auto probe = limited.probe({}, {}, *issuer).value();
      for (int k = 0; k < 10; ++k) static_cast<void>(probe->present(base::Secret("x")));
    });
  }
  for (std::thread& thread : threads) thread.join();
  return counting.inside.most;
}

struct Room {
  fakes::World world{Descriptor{}};
  fakes::MemoryJournal journal{world};
  fakes::FakeDrivers inner{world, journal};
  CountingDrivers counting{inner};
};

TEST(CallLimit, NoMoreCallsThanPlacesReachAnIssuer) {
  Room room;
  LimitedDrivers limited(room.counting, 2);
  EXPECT_LE(most_at_once(room.counting, limited, {"a"}), 2);
}

TEST(CallLimit, EachIssuerHasPlacesOfItsOwn) {
  Room room;
  LimitedDrivers limited(room.counting, 1);
  EXPECT_LE(most_at_once(room.counting, limited, {"a", "b"}), 2);
}

TEST(CallLimit, AProbeThatAsksItsIssuerInsideItsCallNeedsOnePlaceOnly) {
  Room room;
  LimitedDrivers limited(room.counting, 1);
  EXPECT_EQ(most_at_once(room.counting, limited, {"a"}), 1) << "and it came to an end";
}

}  // namespace
}  // namespace rekey::rotation
