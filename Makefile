# Needs rustup's cargo, a C compiler and make; all else is fetched at its pinned version.

.DEFAULT_GOAL := help
.PHONY: help build run test soak check bench components dist clean hosts node-host python-host wasmtime browser wasm-target

# Everything stands in one place, whatever the environment says.
export CARGO_TARGET_DIR := $(CURDIR)/target
unexport CARGO_BUILD_TARGET CARGO_BUILD_TARGET_DIR

wasm := wasm32-unknown-unknown
built := target/wasm/$(wasm)/release
out := target/components
# The command that the tests run is of the version that the host is built on.
wasmtime_version = $(shell awk '$$0 == "name = \"wasmtime\"" { getline; gsub(/"/, ""); print $$3 }' Cargo.lock)

# What decides the bytes of a component: no path of this machine, no flags of its user's. Of two
# prefixes that match, the last counts. (Cargo optimises across crates only where a crate is linked
# in one form, hence `cargo rustc --crate-type cdylib` below.)
canonical = unset CARGO_ENCODED_RUSTFLAGS; \
	sysroot=$$(rustc --print sysroot); \
	commit=$$(rustc -vV | sed -n 's/^commit-hash: //p'); \
	export RUSTFLAGS="--remap-path-prefix=$(CURDIR)=/source \
		--remap-path-prefix=$${CARGO_HOME:-$$HOME/.cargo}=/cargo \
		--remap-path-prefix=$$sysroot=/sysroot \
		--remap-path-prefix=$$sysroot/lib/rustlib/src/rust=/rustc/$$commit -Clink-arg=--strip-all"; \
	export CARGO_INCREMENTAL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 \
		CARGO_PROFILE_RELEASE_LTO=fat

# Cargo chooses features by what is built together. The command is built with those of the tests
# (hence their smallest beside it), so that wasmtime is compiled once.
as_tests := --release --locked --workspace

help: ## List the targets.
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-11s %s\n", $$1, $$2 }'

build: components ## Build the command target/release/connector-host, with the connector that it runs.
	cargo build $(as_tests) --bin connector-host --test house

run: build ## Read the team of POSTMAN_API_KEY, BATON_API_TOKEN or POSTMAN_ACCESS_TOKEN, or a simulated one where none is set.
	@if [ -n "$$POSTMAN_API_KEY$$BATON_API_TOKEN$$POSTMAN_ACCESS_TOKEN" ]; then \
		echo 'Reading the Postman team of the key in the environment.'; \
		mkdir -p target/run; \
		target/release/connector-host sync --db target/run/team.db --report target/run/report.html; \
	else \
		echo 'Neither POSTMAN_API_KEY, BATON_API_TOKEN nor POSTMAN_ACCESS_TOKEN is set: reading a simulated team.'; \
		mkdir -p target/demo; \
		target/release/connector-host demo --db target/demo/team.db --report target/demo/report.html; \
	fi; code=$$?; \
	if [ $$code -eq 3 ]; then echo 'Some scopes could not be read: they are named above (exit code 3 of connector-host).'; exit 0; fi; \
	exit $$code

soak: components ## Run the long tests that `make test` has a sample of: syncs killed, power lost at any moment, a thousand tenants, a million teams with faults, or CONNECTOR_SEEDS of them from CONNECTOR_FIRST_SEED on.
	cargo test $(as_tests) --test kill --test power --test soak --test faults -- --ignored --nocapture

test: components wasmtime browser hosts ## Run all tests, installing the stock wasmtime command, Chromium and the hosts' packages for them where they are not there.
	$(find_wasmtime); WASMTIME=$$wasmtime cargo test $(as_tests)

check: wasm-target ## Check the formatting, the lints on both targets and the documentation.
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets -- -D warnings
	cargo clippy --release --locked --target $(wasm) --target-dir target/wasm -p postman-connector -p wasi-http-client -p http-service -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --release --locked --workspace --no-deps --document-private-items

bench: components ## Measure what the component and its host cost, against their targets (ten minutes).
	cargo bench --locked --workspace --bench bench

components: wasm-target ## Build the connector, bare, ready for any WASI host and as a service, into target/components: the same bytes everywhere.
	@$(canonical); for package in postman-connector wasi-http-client http-service; do \
		cargo rustc --release --locked --target $(wasm) --target-dir target/wasm -p $$package --crate-type cdylib || exit; \
	done
	cargo build --release --locked -p component-join
	@mkdir -p $(out)
	@target/release/component-join --plug $(built)/wasi_http_client.wasm \
		--socket $(built)/postman_connector.wasm --output target/wasm/joined.wasm
	@target/release/component-join --plug $(built)/wasi_http_client.wasm --plug $(built)/postman_connector.wasm \
		--socket $(built)/http_service.wasm --output target/wasm/service.wasm
	@$(call keep,$(built)/postman_connector.wasm,$(out)/postman-connector.wasm)
	@$(call keep,$(built)/wasi_http_client.wasm,$(out)/wasi-http-client.wasm)
	@$(call keep,$(built)/http_service.wasm,$(out)/http-service.wasm)
	@$(call keep,target/wasm/joined.wasm,$(out)/postman-connector.wasi.wasm)
	@$(call keep,target/wasm/service.wasm,$(out)/postman-connector.service.wasm)
	@cd $(out) && wc -c *.wasm

dist: components ## Pack the components and the command into target/dist: digests, bills of materials, OCI layouts.
	cargo build $(as_tests) --bin connector-host --bin component-dist --test house
	rm -rf target/dist
	cargo metadata --format-version 1 --locked | target/release/component-dist --output target/dist \
		--revision "$$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
		--created "$$(TZ=UTC0 git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null || echo 1970-01-01T00:00:00Z)" \
		postman-connector.wasm=$(out)/postman-connector.wasm=postman-connector \
		postman-connector.wasi.wasm=$(out)/postman-connector.wasi.wasm=postman-connector+wasi-http-client \
		postman-connector.service.wasm=$(out)/postman-connector.service.wasm=postman-connector+wasi-http-client+http-service \
		connector-host=target/release/connector-host=connector-host
	cp -r wit LICENSE target/dist/
	@cd target/dist && sha256sum -c SHA256SUMS && ls

hosts: node-host python-host ## Put the hosts in Node.js and Python, with their packages, into target/hosts, where node or python3 is there.

clean: ## Remove everything that was built, the wasmtime command included.
	rm -rf target

# A file that has not changed keeps its time, so that nothing which holds it is built again.
keep = cmp -s $(1) $(2) || cp $(1) $(2)

wasm-target:
	@[ -d "$$(rustc --print sysroot)/lib/rustlib/$(wasm)/lib" ] || rustup target add $(wasm)

# Sets $wasmtime to a command of the right version, or to nothing.
find_wasmtime = wasmtime=; for found in "$$(command -v wasmtime)" "$(CURDIR)/target/tools/bin/wasmtime"; do \
		if [ -x "$$found" ] && [ "$$("$$found" --version | cut -d' ' -f2)" = $(wasmtime_version) ]; then \
			wasmtime=$$found; break; \
		fi; \
	done

wasmtime:
	@$(find_wasmtime); [ -n "$$wasmtime" ] || { \
		cargo install wasmtime-cli --version $(wasmtime_version) --locked --root target/tools \
			--target-dir target/tools/build && rm -rf target/tools/build; \
	}

# The tests of the report's page drive Chromium; without it they say that they are skipped.
browser:
	@command -v chromedriver >/dev/null || { \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium chromium-driver >/dev/null; \
		else false; fi; \
	} || echo 'note: Chromium could not be installed: the tests in a browser will be skipped. They need the packages chromium and chromium-driver.' >&2
# What is installed is kept until the pinned packages change. Without network, or without the language,
# the tests of that host are skipped, and say so.
hosts_in := host-tests/hosts
node_host := target/hosts/node
python_host := target/hosts/python

node-host:
	@if ! node -e 'process.exit(+(parseInt(process.versions.node) < 20))' 2>/dev/null || ! command -v npm >/dev/null; then \
		echo 'There is no node from 20 on, with npm: the host in Node.js is left out.'; exit 0; \
	fi; \
	mkdir -p $(node_host) && \
	(cd $(hosts_in)/node && cp -R .npmrc package.json package-lock.json src $(CURDIR)/$(node_host)) && \
	cmp -s $(hosts_in)/node/package-lock.json $(node_host)/installed || { \
		rm -f $(node_host)/installed; \
		(cd $(node_host) && npm ci --no-audit --no-fund) && cp $(hosts_in)/node/package-lock.json $(node_host)/installed || \
		echo 'The packages of the host in Node.js could not be installed (is there a network?): it is left out.'; \
	}

python-host:
	@if ! python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then \
		echo 'There is no python3 from 3.10 on, with venv: the host in Python is left out.'; exit 0; \
	fi; \
	mkdir -p $(python_host) && \
	cmp -s $(hosts_in)/python/requirements.txt $(python_host)/installed || { \
		rm -rf $(python_host)/installed $(python_host)/venv; \
		python3 -m venv $(python_host)/venv && \
		$(python_host)/venv/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: \
			--require-hashes -r $(hosts_in)/python/requirements.txt && \
		cp $(hosts_in)/python/requirements.txt $(python_host)/installed || \
		echo 'The packages of the host in Python could not be installed (is there a network?): it is left out.'; \
	}
