"""The ways a request reaches the engine. Each can be removed without the others noticing."""
