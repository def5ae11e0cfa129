"""A real local Airflow, started and stopped as a whole: for `make demo` and `make airflow`.

It stands beside the command line: it prepares a home, starts Airflow's own processes, talks to them
over their REST API, and leaves nothing running.
"""
