"""``python -m omics_mock`` is ``omics-mock``."""

from omics_mock.cli import main

raise SystemExit(main())
