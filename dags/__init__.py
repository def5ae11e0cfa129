"""When, on which event and in what order: Airflow's view of the five steps. No logic, no SQL."""
