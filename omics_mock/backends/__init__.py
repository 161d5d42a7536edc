"""The service: one module and one class per resource family."""
