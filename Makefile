# For people; CI runs .ci/run, which needs no make. Run these inside the virtual environment (see CONTRIBUTING.md).

PYTHON ?= python3
.PHONY: check lint test search format load faults bench bench-long bench-quick api-fuzz constraints messages schema sqlite-schema env-example providers

check: lint  ## everything CI checks
	HYPOTHESIS_PROFILE=fixed pytest --cov
	python -m tests.load.run --people 30 --messages 8 --kill 1

lint:
	.ci/lint

test:
	pytest

search:  ## the property tests with ten times the examples, other ones each time: what fails here becomes a test
	HYPOTHESIS_PROFILE=search pytest -p no:randomly --timeout 1800 -m hypothesis

load:  ## 200 people x 20 messages against two processes, compared with the same messages one by one
	python -m tests.load.run

faults:  ## the same, with kill -9 of either process in the middle
	python -m tests.load.run --kill 6

bench:  ## turns, latency, matcher and start against their targets: ten minutes on two cores
	$(PYTHON) -m bench

bench-long:  ## growth, memory, replicas, fresh and peers: an hour, and 30 GB of disk for a while
	$(PYTHON) -m bench --long

bench-quick:  ## turns and matcher in a minute; exit 1 below half a target
	$(PYTHON) -m bench --quick --bars

format:
	ruff check --fix .
	ruff format .

# Python 3.11 is the oldest we support, and it needs everything that later ones need: run this with it.
api-fuzz:  ## thousands of made-up requests to the API, each answer held to its document
	python -m tests.api.fuzz --examples 500

constraints:  ## pin the newest versions of every dependency
	rm -rf build/constraints
	$(PYTHON) -m venv build/constraints
	build/constraints/bin/pip install --quiet --disable-pip-version-check '.[test,dev,bench]'
	echo "# Every dependency of '.[test,dev,bench]', pinned. Made by: make constraints" > constraints.txt
	build/constraints/bin/pip freeze --all --exclude recado --exclude pip --exclude wheel >> constraints.txt

messages:  ## collect the texts of the code and the pages, and compile the catalogues
	mkdir -p build
	pybabel --quiet extract --mapping babel.cfg --keywords N_ --keywords plural:1,2 --keywords counted:1,2 --sort-output --no-location --width 120 --output build/recado.pot .
	pybabel --quiet update --domain recado --input-file build/recado.pot --output-dir bot/locale --ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date --width 120
	pybabel --quiet compile --domain recado --directory bot/locale

schema:  ## flows/schema.json, from the code
	python -m bot.flows.yaml.schema > flows/schema.json

sqlite-schema:  ## migrations/sqlite.sql, from the migrations
	mkdir -p build
	python -m bot.cli.sqlite_schema > build/sqlite.sql
	mv build/sqlite.sql migrations/sqlite.sql

env-example:  ## .env.example and docs/settings.md, from the code
	python -m bot.cli.env_example

providers:  ## the tables of providers in README.md and docs/providers/README.md, from the code
	python -m bot.cli.provider_table
