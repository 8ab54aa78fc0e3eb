# Two commands do everything on a fresh Debian 12: `make demo` and `make test`.
# The others are for work on Rekey itself.

.PHONY: demo test explore fuzz test-clients tsan build release lint format pictures package bench clean

# Real rotations under load, in both orders: rehearsed, in three waves, killed in the middle and resumed, approved on
# evidence, reported. KILL=1 kills them at random moments too, again and again.
demo: release
	@python3 examples/first-rotation/run $(if $(KILL),--kill)

# Everything that is checked: address and undefined-behaviour sanitizers, all tests, every fuzz target.
test:
	@setup/install build test
	@cmake --preset asan >/dev/null
	@cmake --build build/asan
	@ctest --test-dir build/asan --output-on-failure -j 2
	@cat build/asan/explore.txt build/asan/accuracy.txt

# The rotation engine in simulated worlds, for longer than `make test` does: see tests/simulation/README.md.
explore:
	@setup/install build test
	@cmake --preset explore >/dev/null
	@cmake --build build/explore --target explore simulate mutants
	@build/explore/tests/simulation/explore --long
	@build/explore/tests/simulation/simulate --seed 100000 --runs 200000
	@build/explore/tests/simulation/mutants

# Every fuzz target for ten minutes each, or SECONDS=N, guided by the coverage of every room.
fuzz:
	@setup/install build test
	@cmake --preset fuzz -DREKEY_FUZZ_SECONDS=$(or $(SECONDS),600) >/dev/null
	@cmake --build build/fuzz --target fuzz_targets
	@ctest --test-dir build/fuzz --output-on-failure -j 2 -L fuzz

# FuelSDK for Python beside the clients that `make test` tries (docs/clients.md). Installs it; `make test` tries it too once it
# is there, and says that it was skipped where it is not.
test-clients:
	@setup/install build test clients
	@cmake --preset dev >/dev/null
	@cmake --build build/dev --target rekey
	@ctest --test-dir build/dev --output-on-failure -R flow_real

# The threaded tests under the thread sanitizer.
tsan:
	@setup/install build test
	@cmake --preset tsan >/dev/null
	@cmake --build build/tsan --target threaded_tests
	@ctest --test-dir build/tsan --output-on-failure -R threaded

build:
	@setup/install build test
	@cmake --preset dev >/dev/null
	@cmake --build build/dev

release:
	@setup/install build
	@cmake --preset release >/dev/null
	@cmake --build build/release --target rekey per_call_client epoll_floor bench_load bench_known bench_decode

# clang-tidy over src/, with the checks of .clang-tidy; not 0 where it finds something. Reads the compile
# commands of a folder that is never built: GCC's precompiled headers would stop it.
lint:
	@setup/install build test
	@cmake --preset lint >/dev/null
	@run-clang-tidy-14 -quiet -p build/lint '^$(CURDIR)/src/.*\.cc$$'

format:
	@find src tests bench fuzz -name '*.cc' -o -name '*.h' | xargs clang-format-14 -i

# The pictures of the intake page, taken anew in a browser.
pictures: build
	@REKEY_PICTURES='$(CURDIR)/docs/pictures' ctest --test-dir build/dev --output-on-failure -R '^flow_intake$$'

# A .deb in build/release.
package: release
	@setup/install package
	@cmake --build build/release
	@cd build/release && cpack -G DEB

# bench/run PART measures one part; see bench/README.md.
bench: release
	@bench/run token

clean:
	@rm -rf build
