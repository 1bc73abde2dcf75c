# Trailwarden's image. Build: docker build -t trailwarden .     See docs/deployment.md.
# Any base with Python 3.11 to 3.13 and its venv module does; both stages must share it, as the program's
# virtual environment points at the base's interpreter. Pin it by digest where builds must repeat exactly.
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /src
# The tools live in a virtual environment of their own, which stays behind in this stage.
COPY requirements/run.txt requirements/build.txt requirements/
RUN python3 -m venv /tools \
    && /tools/bin/python -m pip install --no-cache-dir --require-hashes --only-binary=:all: -r requirements/build.txt \
    && python3 -m venv --without-pip /opt/trailwarden \
    && /tools/bin/python -m pip --python /opt/trailwarden/bin/python install \
        --no-cache-dir --require-hashes --only-binary=:all: -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY rules rules
COPY daemon daemon
RUN /tools/bin/python -m pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel . \
    && /tools/bin/python -m pip --python /opt/trailwarden/bin/python install --no-cache-dir --no-deps /wheel/*.whl

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Trailwarden" \
      org.opencontainers.image.description="Watches an AWS CloudTrail bucket, evaluates Sigma rules, alerts in Slack." \
      org.opencontainers.image.licenses="Apache-2.0"
# The official Python images bring pip; a service has no use for an installer. /data is writable by any user id, as
# clusters that choose one at random need; nobody else lives in a container.
RUN rm -rf /usr/local/lib/python3*/site-packages/pip* /usr/local/lib/python3*/ensurepip /usr/local/bin/pip* \
    && install -d -m 1777 /data
COPY --from=build /opt/trailwarden /opt/trailwarden
COPY deploy/docker/healthcheck.py /opt/trailwarden/healthcheck.py
# The demonstration: replaced by whatever is mounted on /etc/trailwarden.
COPY config.example.yaml /etc/trailwarden/config.yaml
COPY examples/bucket /etc/trailwarden/examples/bucket
VOLUME ["/data"]
# The working folder is the one place that is writable under a read-only root: temporary files fall back to it.
WORKDIR /data
ENV PATH=/opt/trailwarden/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/data \
    TRAILWARDEN_CONFIG=/etc/trailwarden/config.yaml \
    STATE_URL=sqlite:////data/trailwarden.db \
    HTTP_LISTEN=0.0.0.0:8099
EXPOSE 8099
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python3", "-I", "/opt/trailwarden/healthcheck.py"]
ENTRYPOINT ["trailwarden"]
CMD ["run"]
