# make run: everything, from nothing to the sample journey. make test: what proves it. Nothing else is needed than
# Python 3.11 or newer and make.

PYTHON ?= python3
VENV ?= .venv
SEEDS ?= 3
ONLY ?=
RECORDS ?= 600
FUZZ ?= record
SECONDS ?= 30

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help run setup test check proof bench fuzz clean

help: ## Các lệnh · The commands
	@echo "make setup   dựng môi trường · create the environment (.venv, from requirements.lock)"
	@echo "make run     hành trình mẫu, rồi ở lại để xem · the sample journey, then stays up (Ctrl-C)"
	@echo "make test    kiểm thử · tests; what this machine lacks is skipped loudly"
	@echo "make check   ruff và mypy · style and types"
	@echo "make proof   SEEDS=$(SEEDS): bằng chứng giao nhận · the delivery proof"
	@echo "make bench   ONLY=tên: đo tốc độ · the measurements"
	@echo "make fuzz    FUZZ=$(FUZZ) SECONDS=$(SECONDS): tìm tệp làm hỏng bộ đọc · look for files that a reader cannot stand"
	@echo "make clean   xóa .hocba và .venv · remove data and environment"

setup: $(STAMP) ## Dựng môi trường · Create the environment

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Cần Python 3.11 trở lên (đang có: $$($(PYTHON) --version 2>&1 | head -n 1)). Chỉ tên khác: make $(MAKECMDGOALS) PYTHON=python3.12"; \
	  echo "Python 3.11 or newer is needed. Name another: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  echo "Không tạo được môi trường ảo; trên Debian: apt-get install python3-venv"; \
	  echo "The virtual environment could not be made; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "Cài thư viện theo requirements.lock… · Installing the locked libraries…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $(STAMP)

run: setup ## Hành trình mẫu · The sample journey
	@$(BIN)/python -m hub demo --records $(RECORDS)

test: setup ## Kiểm thử · Tests
	@$(BIN)/python -m pytest $(PYTEST)

check: setup ## Phong cách và kiểu · Style and types
	@$(BIN)/ruff check .
	@$(BIN)/mypy

proof: setup ## Bằng chứng giao nhận · The delivery proof
	@$(BIN)/python -m tests.proof --seeds $(SEEDS)

bench: setup ## Đo tốc độ · The measurements
	@$(BIN)/python -m bench $(ONLY)

fuzz: setup ## Tìm tệp làm hỏng bộ đọc · Coverage-guided fuzzing of one reader
	@PYTHONPATH=.:tests $(BIN)/python -m fuzz $(FUZZ) --seconds $(SECONDS)

clean:
	rm -rf .hocba $(VENV)
