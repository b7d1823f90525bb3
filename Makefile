# Two commands do everything on a fresh machine with Python and make: `make demo` and `make test`.
# They create .venv, install the pinned versions and say what they do. uv is used when it is there.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow drill-restore check audit lock bench pictures clean

help: ## Show the commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: .venv/run ## The whole story on the sandbox. Without a browser page: make demo ARGS="--once"
	@$(BIN)/tungnha demo $(ARGS)

test: .venv/dev browser check ## Format, types and every test but the slow drills.
	@echo "== Chạy các phép thử (running the tests)"
	@$(BIN)/pytest --numprocesses=auto $(ARGS)

test-slow: .venv/dev ## The long drills.
	@$(BIN)/pytest -m slow $(ARGS)

drill-restore: .venv/dev ## The machine is lost in the middle of a campaign, and got back from a backup.
	@$(BIN)/pytest -m slow -s tests/test_drill_restore.py $(ARGS)

check: .venv/dev ## Format, lint and types.
	@echo "== Kiểm tra mã nguồn (ruff, mypy)"
	@$(BIN)/ruff check -q . && $(BIN)/ruff format -q --check . && $(BIN)/mypy

audit: ## Is anything known against the pinned packages? Says loudly when nobody answers.
	@$(PYTHON) .ci/audit $(ARGS)

bench: .venv/dev ## Measure everything quickly.
	@for name in import plan dispatch bot audio console; do $(BIN)/tungnha bench $$name --quick || exit 1; done

.venv/run: requirements.lock pyproject.toml
	@sh .ci/install run requirements.lock

.venv/dev: requirements-dev.lock pyproject.toml
	@sh .ci/install dev requirements-dev.lock

.PHONY: browser
browser:
	@sh .ci/browser

lock: ## Pin the newest permitted versions again (needs uv).
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock
	uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-emit-index-url --no-annotate --no-header -c requirements.lock -o requirements-dev.lock

clean: ## Remove the virtual environment and caches.
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
