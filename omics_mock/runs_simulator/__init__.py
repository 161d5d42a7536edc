"""What a run does: the tasks it has, what it writes and tells, and how it fails; scripted by the test where it wants."""
