# make run | test | heavy | check | clean. Another Python: make run PYTHON=python3.12 (after make clean).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check

.PHONY: run test heavy check clean

run: $(VENV)/.installed
	@$(BIN)/python app.py

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest

heavy: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m heavy

check: $(VENV)/.installed-test
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

# The index and the prepared model stay.
clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The stamps are newer than pyproject.toml as long as nothing in it has changed.
$(VENV)/.installed: pyproject.toml $(BIN)/python
	@echo "正在安装，首次需要几分钟 … Installing, some minutes the first time …"
	@$(PIP) -e '.[ocr]'
	@touch $@

$(VENV)/.installed-test: pyproject.toml $(BIN)/python
	@echo "正在安装（含测试工具），首次需要几分钟 … Installing with the test tools, some minutes the first time …"
	@$(PIP) -e '.[test]'
	@touch $(VENV)/.installed $@

$(BIN)/python:
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "找不到 $(PYTHON)，请安装 Python 3.11 或更高版本，或用 PYTHON=… 指定，例如 make run PYTHON=python3.12。" >&2; \
	  echo "$(PYTHON) was not found; install Python 3.11 or newer, or name one, e.g. make run PYTHON=python3.12." >&2; \
	  exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) 的版本过低（$$("$(PYTHON)" --version 2>&1)），需要 3.11 或更高；可用 PYTHON=… 指定，例如 make run PYTHON=python3.12。" >&2; \
	  echo "$(PYTHON) is too old ($$("$(PYTHON)" --version 2>&1)); 3.11 or newer is needed: name one, e.g. make run PYTHON=python3.12." >&2; \
	  exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) 缺少 venv 模块，请先安装（Debian、Ubuntu：sudo apt-get install python3-venv），再重新运行。" >&2; \
	  echo "$(PYTHON) lacks the venv module; install it (Debian, Ubuntu: sudo apt-get install python3-venv) and run again." >&2; \
	  exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
