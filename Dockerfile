# Facteur: the web server, the workers and beat are this one image with different commands.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /facteur
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --require-hashes -r requirements.txt
COPY . .
RUN /venv/bin/python -m config.translations compile \
    && DATA_DIR=/tmp/build STATIC_ROOT=/facteur/collected-static \
        /venv/bin/python manage.py collectstatic --no-input

FROM python:3.11-slim
RUN useradd --uid 10001 --create-home facteur \
    && install --directory --owner facteur --mode 0700 /var/lib/facteur
COPY --from=build /venv /venv
COPY --from=build /facteur /facteur
WORKDIR /facteur
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PORT=8000 \
    WEB_CONCURRENCY=2 \
    DATA_DIR=/var/lib/facteur \
    STATIC_ROOT=/facteur/collected-static
USER 10001
VOLUME /var/lib/facteur
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz')"]
CMD ["gunicorn", "--config", "python:config.gunicorn", "config.wsgi"]
