"""aiohttp glue: keys, middlewares, auth, rendering, i18n."""
