"""EC2 Image Builder's workflow resource."""
