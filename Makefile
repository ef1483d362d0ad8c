# The two commands of this project. ARGS goes to JupyterLab or to pytest:
#   make lab ARGS="--no-browser --port 8899"        make test ARGS="-k eprop"
PYTHON ?= python3

.PHONY: lab test
lab test:
	@$(PYTHON) run.py $@ $(ARGS)
