# The two commands of the README in a container. Written for review; not built by the maintainers' checks.
#   docker build -t artifact . && docker run --rm -v "$PWD/_build:/artifact/_build" artifact
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends make git && rm -rf /var/lib/apt/lists/*
WORKDIR /artifact
COPY . .
RUN make venv
CMD ["make", "book", "PROFILE=smoke"]
