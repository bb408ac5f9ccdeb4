"""The composition root: settings → resources → an aiohttp application, or a worker."""
