"""The rest-json wire, driven by the service model that botocore ships: routes, requests, responses."""
