"""What a workflow definition declares: engine, main file, parameters, tasks and outputs."""
