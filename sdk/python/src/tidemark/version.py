"""Who sends: the X-SDK and X-SDK-Version headers of each request."""

NAME = "python"
VERSION = "0.1.0"
