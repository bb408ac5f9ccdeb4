# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
# The libraries change seldom and the code often: they get a layer of their own.
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN mkdir bot && touch bot/__init__.py && pip install -c constraints.txt . && pip uninstall --yes recado && rm -rf bot build
COPY . .
RUN pip install --no-deps --editable .

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --home-dir /data recado && install --directory --owner=recado /data /media
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER recado
# Without a DATABASE_URL the bot keeps its SQLite file in the volume.
ENV BOT_HOST=0.0.0.0 BOT_PORT=8080 BOT_LOG_FORMAT=json DATABASE_URL=sqlite+aiosqlite:////data/bot.db
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['BOT_PORT']}/health/live\", timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "bot.py"]
CMD ["run"]
