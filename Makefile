# Two commands do everything on a fresh machine with Python and make: `make demo` and `make test`.
# They create .venv, install the pinned versions and say what they do. uv is used when it is there.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow fuzz drill-restore check audit lock bench bench-report bench-ten-million pictures clean

help: ## Show the commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

demo: .venv/run ## The whole story on the sandbox. Without a browser page: make demo ARGS="--once"
	@$(BIN)/tungnha demo $(ARGS)

test: .venv/dev browser check ## Format, types and every test but the slow drills.
	@echo "== Chạy các phép thử (running the tests)"
	@$(BIN)/pytest --numprocesses=auto $(ARGS)

test-slow: .venv/dev ## The long drills.
	@$(BIN)/pytest -m slow $(ARGS)

drill-restore: .venv/dev ## The machine is lost in the middle of a campaign, and got back from a backup.
	@$(BIN)/pytest -m slow -s tests/test_drill_restore.py $(ARGS)

fuzz: .venv/dev ## Wild inputs at every door, many times as many as in the tests: make fuzz FUZZ=200
	@FUZZ=$${FUZZ:-50} $(BIN)/pytest -m "hypothesis and not slow" --numprocesses=auto $(ARGS)

check: .venv/dev ## Format, lint and types.
	@echo "== Kiểm tra mã nguồn (ruff, mypy)"
	@$(BIN)/ruff check -q . && $(BIN)/ruff format -q --check . && $(BIN)/mypy

audit: ## Is anything known against the pinned packages? Says loudly when nobody answers.
	@$(PYTHON) .ci/audit $(ARGS)

bench: .venv/dev ## Measure everything in half an hour, then benchmarks/report.md. Some minutes: make bench ARGS=--quick
	@$(BIN)/python -m benchmarks.all $(ARGS)

bench-report: .venv/dev ## The report again from what was measured.
	@$(BIN)/python -m benchmarks.report

bench-ten-million: .venv/dev ## Planning, pages and lists among ten million people: an hour and 30 GB of disk.
	@$(BIN)/python -m benchmarks.all --ten-million

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

pictures: .venv/dev browser ## Take the pictures of docs/pictures anew.
	@PICTURES=1 $(BIN)/pytest -q -n0 -p no:schemathesis tests/console/test_browser.py

clean: ## Remove the virtual environment and caches.
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
