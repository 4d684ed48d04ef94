# syntax=docker/dockerfile:1
# convene as a small image: built with cargo and a C compiler, run without root.

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package convene --bin convene

FROM debian:bookworm-slim
# A fixed number, so that the owner of a mounted folder can be set before the first start.
RUN groupadd --gid 10001 convene \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin convene \
 && install --directory --owner=10001 --group=10001 --mode=0750 /data
COPY --from=build /src/target/release/convene /usr/local/bin/convene
USER 10001:10001
WORKDIR /data
VOLUME /data
ENV CONVENE_LISTEN=0.0.0.0:8080 \
    CONVENE_DATABASE=sqlite:/data/convene.db \
    CONVENE_LOG_FORMAT=json
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["convene", "health"]
ENTRYPOINT ["convene"]
CMD ["serve"]
