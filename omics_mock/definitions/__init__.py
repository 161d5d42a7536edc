"""What a workflow definition declares: its archive, engine, main file and tasks."""
