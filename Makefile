# Needs rustup's cargo, a C compiler and make; all else is fetched at its pinned version.

.DEFAULT_GOAL := help
.PHONY: help build run test test-lattice soak fuzz mutants check docs bench connector components guests dist packages clean hosts node-host python-host deny typos mdbook wasmtime browser nginx prometheus nats wasm-target xtask musl

# Everything stands in one place, whatever the environment says.
export CARGO_TARGET_DIR := $(CURDIR)/target
unexport CARGO_BUILD_TARGET CARGO_BUILD_TARGET_DIR

wasm := wasm32-unknown-unknown
built := target/$(wasm)/debug
out := target/components
# What only tests load.
for_tests := target/guests
# Tools run for seconds and are compiled for minutes: they are built without optimization.
quickly := --profile dev --config profile.dev.debug=false --config profile.dev.debug-assertions=false --config profile.dev.codegen-units=1
# Every tool has its version here, and is installed into target/tools where a target needs it.
deny_version := 0.20.2
typos_version = $(shell sed -n 's/^typos==\([0-9.]*\).*/\1/p' .ci/typos.txt)
fuzz_version := 0.13.2
mutants_version := 27.1.0
mdbook_version := 0.5.4
# The command that the tests run is of the version that the host is built on.
wasmtime_version = $(shell awk '$$0 == "name = \"wasmtime\"" { getline; gsub(/"/, ""); print $$3 }' Cargo.lock)

# What decides the bytes of a component: no path of this machine, no flags of its user's. Of two
# prefixes that match, the last counts.
without_paths = unset CARGO_ENCODED_RUSTFLAGS; \
	sysroot=$$(rustc --print sysroot); \
	commit=$$(rustc -vV | sed -n 's/^commit-hash: //p'); \
	export RUSTFLAGS="--remap-path-prefix=$(CURDIR)=/source \
		--remap-path-prefix=$${CARGO_HOME:-$$HOME/.cargo}=/cargo \
		--remap-path-prefix=$$sysroot=/sysroot \
		--remap-path-prefix=$$sysroot/lib/rustlib/src/rust=/rustc/$$commit"
# Optimized for size by flags, which macros and build scripts do not get: those are compiled once for components,
# command and tests, as long as profile and target folder are the same.
canonical = $(without_paths); \
	export CARGO_INCREMENTAL=0 RUSTFLAGS="$$RUSTFLAGS -Copt-level=s -Ccodegen-units=1 -Cembed-bitcode=yes \
		-Clink-arg=--strip-all -Clink-arg=--compress-relocations -Clink-arg=-zstack-size=131072"

as_tests := --locked --workspace
built_command := target/debug/connector-host
built_xtask := target/debug/xtask

help: ## List the targets.
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

# As part of the workspace: its packages have the features then that `make test` compiles them with.
build: connector ## Build the command target/debug/connector-host, with the connector that it runs.
	cargo build $(as_tests) --bin connector-host

# As part of the workspace, as the command is: `cargo xtask` compiles a third of its packages again.
xtask:
	@cargo build --quiet $(as_tests) --bin xtask

run: build ## Read the team of POSTMAN_API_KEY, BATON_API_TOKEN or POSTMAN_ACCESS_TOKEN, or a simulated one where none is set.
	@if [ -n "$$POSTMAN_API_KEY$$BATON_API_TOKEN$$POSTMAN_ACCESS_TOKEN" ]; then \
		echo 'Reading the Postman team of the key in the environment.'; \
		mkdir -p target/run; \
		$(built_command) sync --db target/run/team.db --report target/run/report.html; \
	else \
		echo 'No key is set (POSTMAN_API_KEY, BATON_API_TOKEN or POSTMAN_ACCESS_TOKEN): reading a simulated team.'; \
		mkdir -p target/demo; \
		$(built_command) demo --db target/demo/team.db --report target/demo/report.html; \
	fi; code=$$?; \
	if [ $$code -eq 3 ]; then echo 'Some scopes could not be read: they are named above (exit code 3 of connector-host).'; exit 0; fi; \
	exit $$code

soak: components prometheus ## Run the long tests that `make test` has a sample of: syncs killed, power lost at any moment, a thousand tenants, a day of fifty tenants in ten minutes (or CONNECTOR_DAY_SECONDS), a year of hourly syncs (or CONNECTOR_HOURS of them), a good tenant beside hostile ones, a million teams with faults, or CONNECTOR_SEEDS of them from CONNECTOR_FIRST_SEED on.
	cargo test $(as_tests) --test kill --test power --test soak --test tenants --test history --test faults --test review --test sandbox -- --ignored --nocapture

fuzz: ## Fuzz what parses answers, page tokens, headers, paths, recordings, NDJSON, databases and manifests, FUZZ_SECONDS (60) each. Needs the nightly toolchain.
	@$(call install,cargo-fuzz,cargo-fuzz,$(fuzz_version))
	@for parser in page page_token rate_limit_headers endpoint_policy recording ndjson sync_database manifest; do \
		mkdir -p target/fuzz/corpus/$$parser target/fuzz/artifacts; \
		PATH="$(CURDIR)/target/tools/bin:$$PATH" cargo +nightly fuzz run --fuzz-dir fuzz --target-dir target/fuzz --sanitizer none $$parser \
			target/fuzz/corpus/$$parser fuzz/seeds/$$parser -- -max_total_time=$${FUZZ_SECONDS:-60} \
			-timeout=10 -max_len=8192 -print_final_stats=1 -artifact_prefix=target/fuzz/artifacts/$$parser- || exit; \
	done

mutants: ## Change the connector in every small way of .cargo/mutants.toml, and say which no unit test notices (an hour).
	@$(call install,cargo-mutants,cargo-mutants,$(mutants_version))
	CARGO_TARGET_DIR=$(CURDIR)/target/mutants/build target/tools/bin/cargo-mutants mutants -p postman-connector -p connector-sdk -p json-repair --output target/mutants

test: components wasmtime browser nginx hosts ## Run all tests, fetching the stock wasmtime command, Chromium, nginx and the hosts' packages for them where they are not there.
	$(find_wasmtime); WASMTIME=$$wasmtime cargo test $(as_tests)

# The engine compiles for 41 minutes of one processor; its recursion limit is one that the compiler asks for.
test-lattice: build components nats ## Run a sync through three hosts of wasmCloud, one of which is killed, against a local one. Builds the engine once, in target/lattice.
	cd host-tests/lattice && CARGO_TARGET_DIR=$(CURDIR)/target/lattice RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Zcrate-attr=recursion_limit="512"' \
		cargo test --locked -- --nocapture

check: connector xtask deny typos ## Check everything that needs no team: formatting, lints, documents, licences, spelling, sizes, imports, the same bytes from elsewhere.
	cargo fmt --all --check
	cargo clippy $(as_tests) --all-targets -- -D warnings
	cargo clippy --locked --target $(wasm) -p postman-connector -p connector-sdk -p json-repair -p wasi-http-client -p wasi-config-environment -p http-service -p pagerduty-connector -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --document-private-items
	PATH="$(CURDIR)/target/tools/typos/bin:$(CURDIR)/target/tools/bin:$$PATH" typos
	$(deny) check bans licenses sources
	.ci/advisories
	$(built_xtask) tidy

docs: mdbook xtask ## Write docs/contract.md from the contract, the table of limits, and build the book and the documentation of the code; check links.
	BLESS=1 cargo test $(as_tests) --test contract document
	BLESS=1 cargo test $(as_tests) --test tenants limits
	$(built_xtask) tidy
	target/tools/bin/mdbook build docs
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps
	@echo 'Read target/book/index.html and target/doc/connector_host/index.html.'

bench: components ## Measure what the component and its host cost, against their targets (ten minutes).
	@$(call python_with,target/bench/venv,benches/rivals/requirements.txt) || \
		echo 'The Python script that is compared with is left out.'
	cargo build --release $(as_tests) --bin connector-host
	cargo bench $(as_tests) --bench bench

connector: wasm-target ## Build the connector for Postman into target/components: the same bytes everywhere.
	@$(call build_guests,postman-connector)
	@mkdir -p $(out) && $(call keep,$(built)/postman_connector.wasm,$(out)/postman-connector.wasm)

components: guests xtask ## Build the connectors, Postman's also ready for any WASI host, as a service, and as one for wasmCloud, into target/components: the same bytes everywhere.
	@$(call build_guests,pagerduty-connector pagerduty-faulty lab-equipment)
	@mkdir -p $(out)
	@$(built_xtask) join --plug $(built)/wasi_http_client.wasm \
		--socket $(built)/postman_connector.wasm --output target/joined.wasm
	@$(built_xtask) join --plug $(built)/wasi_http_client.wasm --plug $(built)/postman_connector.wasm \
		--socket $(built)/http_service.wasm --output target/service.wasm
	@$(built_xtask) join --plug $(built)/wasi_config_environment.wasm --plug $(built)/wasi_http_client.wasm \
		--plug $(built)/postman_connector.wasm --socket $(built)/http_service.wasm --output target/wasmcloud.wasm
	@$(call keep,$(built)/postman_connector.wasm,$(out)/postman-connector.wasm)
	@$(call keep,$(built)/wasi_http_client.wasm,$(out)/wasi-http-client.wasm)
	@$(call keep,$(built)/wasi_config_environment.wasm,$(out)/wasi-config-environment.wasm)
	@$(call keep,$(built)/http_service.wasm,$(out)/http-service.wasm)
	@$(call keep,$(built)/pagerduty_connector.wasm,$(out)/pagerduty-connector.wasm)
	@mkdir -p $(for_tests) && $(call keep,$(built)/pagerduty_faulty.wasm,$(for_tests)/pagerduty-faulty.wasm)
	@$(call keep,$(built)/lab_equipment.wasm,$(for_tests)/lab-equipment.wasm)
	@$(call keep,target/joined.wasm,$(out)/postman-connector.wasi.wasm)
	@$(call keep,target/service.wasm,$(out)/postman-connector.service.wasm)
	@$(call keep,target/wasmcloud.wasm,$(out)/postman-connector.wasmcloud.wasm)
	@cd $(out) && wc -c *.wasm

# The command as one static file, which runs on every Linux and in an image of nothing else.
static := $(shell uname -m)-unknown-linux-musl

# What runs in a sandbox, before it is joined: `tests/reproducible.rs` builds it elsewhere and compares.
guests: wasm-target
	@$(call build_guests,postman-connector wasi-http-client wasi-config-environment http-service)

# Linked in one form, which is optimized across crates.
build_guests = $(canonical); for package in $(1); do \
		cargo rustc --locked --target $(wasm) -p $$package --crate-type cdylib -- -Clto=fat || exit; \
	done

dist: components xtask musl ## Pack the components and the command into target/dist: digests, bills of materials, OCI layouts, a container image. Needs Linux.
	$(without_paths); export CARGO_INCREMENTAL=0 \
		CFLAGS="-ffile-prefix-map=$(CURDIR)=/source -ffile-prefix-map=$${CARGO_HOME:-$$HOME/.cargo}=/cargo"; \
	cargo build --release --locked -p connector-cli --target $(static)
	rm -rf target/dist
	cargo metadata --format-version 1 --locked | $(built_xtask) dist --output target/dist \
		--revision "$$(git describe --always --abbrev=40 --dirty --exclude='*' 2>/dev/null || echo unknown)" \
		--created "$$(TZ=UTC0 git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null || echo 1970-01-01T00:00:00Z)" \
		postman-connector.wasm=$(out)/postman-connector.wasm=postman-connector \
		postman-connector.wasi.wasm=$(out)/postman-connector.wasi.wasm=postman-connector+wasi-http-client \
		postman-connector.service.wasm=$(out)/postman-connector.service.wasm=postman-connector+wasi-http-client+http-service \
		postman-connector.wasmcloud.wasm=$(out)/postman-connector.wasmcloud.wasm=postman-connector+wasi-http-client+wasi-config-environment+http-service \
		connector-host=target/$(static)/release/connector-host=connector-cli --image connector-host
	cp -r wit LICENSE deploy target/dist/
	@cd target/dist && sha256sum -c SHA256SUMS && ls

packages: prometheus ## Check what is in deploy/ by systemd, promtool and a validator of Kubernetes, and run the image of `make dist` where it is there.
	@$(call python_with,target/tools/kubernetes,deploy/kubernetes/requirements.txt) || \
		echo 'The validator of Kubernetes could not be installed (is there a network?).'
	.ci/packages

hosts: node-host python-host ## Put the hosts in Node.js and Python, with their packages, into target/hosts, where node or python3 is there.

clean: ## Remove everything that was built, the wasmtime command included.
	rm -rf target

# A file that has not changed keeps its time, so that nothing which holds it is built again.
keep = cmp -s $(1) $(2) || cp $(1) $(2)

wasm-target:
	@[ -d "$$(rustc --print sysroot)/lib/rustlib/$(wasm)/lib" ] || rustup target add $(wasm)

# SQLite and the cryptography are compiled from C.
musl:
	@[ -d "$$(rustc --print sysroot)/lib/rustlib/$(static)/lib" ] || rustup target add $(static)
	@command -v musl-gcc >/dev/null || { \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq musl-tools >/dev/null; \
		else false; fi; \
	} || { echo 'error: there is no musl-gcc, which compiles the C code of the static command. Install it (on Debian: musl-tools).' >&2; exit 1; }

# Sets $wasmtime to a command of the right version, or to nothing.
find_wasmtime = wasmtime=; for found in "$$(command -v wasmtime)" "$(CURDIR)/target/tools/bin/wasmtime"; do \
		if [ -x "$$found" ] && [ "$$("$$found" --version | cut -d' ' -f2)" = $(wasmtime_version) ]; then \
			wasmtime=$$found; break; \
		fi; \
	done

# The published source, with the subcommands that the tests need: with all of them it compiles twice as long.
wasmtime_features := run,serve,compile,wasi-http,component-model,component-model-async,cranelift,parallel-compilation,pooling-allocator,backtrace,logging
wasmtime:
	@$(find_wasmtime); [ -n "$$wasmtime" ] || { \
		cargo install wasmtime-cli --version $(wasmtime_version) --locked --root target/tools \
			--no-default-features --features $(wasmtime_features) \
			$(quickly) --config profile.dev.package.regalloc2.opt-level=1 --target-dir target/tools/build && rm -rf target/tools/build; \
	}

# A command of Cargo's at its pinned version: $(call install,COMMAND,PACKAGE,VERSION,OPTIONS).
install = [ "$$(target/tools/bin/$(1) --version 2>/dev/null | sed 's/.* v*//')" = $(3) ] || { \
	cargo install $(2) --version $(3) --locked $(4) --root target/tools $(quickly) --target-dir target/tools/build && rm -rf target/tools/build; }

deny:
	@$(call install,cargo-deny,cargo-deny,$(deny_version))

mdbook:
	@$(call install,mdbook,mdbook,$(mdbook_version),--no-default-features --features search)

# Without Python, from its source.
typos:
	@$(call python_with,target/tools/typos,.ci/typos.txt) || { rm -rf target/tools/typos; $(call install,typos,typos-cli,$(typos_version)); }

deny = target/tools/bin/cargo-deny --workspace --locked

# The tests of the report's page drive Chromium; without it they say that they are skipped.
browser:
	@command -v chromedriver >/dev/null || { \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium chromium-driver >/dev/null; \
		else false; fi; \
	} || echo 'note: Chromium could not be installed: the tests in a browser will be skipped. They need the packages chromium and chromium-driver.' >&2

# Unpacked, not installed: an installed one would be started at once. Without it a balancer of the tests' own stands in.
nginx:
	@PATH="$$PATH:/usr/sbin:/usr/local/sbin:target/tools/nginx/usr/sbin"; command -v nginx >/dev/null || { \
		command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && mkdir -p target/tools/nginx && cd target/tools/nginx && \
		{ apt-get download -qq nginx 2>/dev/null || { apt-get update -qq && apt-get download -qq nginx; }; } 2>/dev/null && \
		dpkg-deb -x nginx_*.deb . && rm nginx_*.deb && usr/sbin/nginx -v; \
	} || echo 'note: nginx could not be fetched: a balancer of the tests stands in for it.' >&2

# Unpacked, not installed, as nginx is.
nats:
	@PATH="$$PATH:/usr/sbin:target/tools/nats/usr/sbin"; command -v nats-server >/dev/null || { \
		command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && mkdir -p target/tools/nats && cd target/tools/nats && \
		{ apt-get download -qq nats-server 2>/dev/null || { apt-get update -qq && apt-get download -qq nats-server; }; } 2>/dev/null && \
		dpkg-deb -x nats-server_*.deb . && rm nats-server_*.deb && usr/sbin/nats-server --version; \
	} || echo 'note: nats-server could not be fetched.' >&2

# Unpacked, not installed, as nginx is: promtool alone is needed.
prometheus:
	@PATH="$$PATH:target/tools/prometheus/usr/bin"; command -v promtool >/dev/null || { \
		command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && mkdir -p target/tools/prometheus && cd target/tools/prometheus && \
		{ apt-get download -qq prometheus 2>/dev/null || { apt-get update -qq && apt-get download -qq prometheus; }; } 2>/dev/null && \
		dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb && usr/bin/promtool --version; \
	} || echo 'note: promtool could not be fetched.' >&2

# Installed packages stay until the pinned versions change. Without network, or without the language,
# the tests of that host are skipped, and say so.
hosts_in := examples/hosts
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
	$(call python_with,$(python_host)/venv,$(hosts_in)/python/requirements.txt) || \
		echo 'The packages of the host in Python could not be installed (is there a network?): it is left out.'

# A Python of its own in folder $(1), with the packages pinned in file $(2).
python_with = { cmp -s $(2) $(1)/installed || { \
		rm -rf $(1) && python3 -m venv $(1) && \
		$(1)/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r $(2) && \
		cp $(2) $(1)/installed; \
	}; }
