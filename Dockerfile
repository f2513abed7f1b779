# Moorage as an image that holds one static program, certificates, and nothing
# else: no shell. It builds with BuildKit and without, from Docker 20.10 on.
#
#   docker build -t moorage --build-arg VERSION="$(git describe --tags --always)" .
#
# Behind a proxy: HTTP_PROXY, HTTPS_PROXY and NO_PROXY are build arguments that
# Docker knows by itself. These are ours:
#   NODE_IMAGE, GO_IMAGE   base images of another registry
#   NPM_CONFIG_REGISTRY    where npm fetches from
#   GOPROXY, GOSUMDB       where Go fetches from
#   CA_CERTIFICATES        the certificates of your own authority, as PEM text;
#                          the finished Moorage trusts them, too
ARG NODE_IMAGE=node:24-bookworm-slim
ARG GO_IMAGE=golang:1.26-bookworm

# The browser's libraries, by lock file.
FROM ${NODE_IMAGE} AS assets
WORKDIR /src
ARG NPM_CONFIG_REGISTRY
ARG CA_CERTIFICATES
COPY package.json package-lock.json ./
COPY scripts/assets.sh scripts/
RUN if [ -n "$CA_CERTIFICATES" ]; then \
        printf '%s\n' "$CA_CERTIFICATES" >/tmp/ca.pem && export NODE_EXTRA_CA_CERTS=/tmp/ca.pem; \
    fi && scripts/assets.sh

# The program, as make build makes it anywhere.
FROM ${GO_IMAGE} AS build
WORKDIR /src
ARG CA_CERTIFICATES
ARG GOPROXY
ARG GOSUMDB
RUN printf '%s\n' "$CA_CERTIFICATES" >>/etc/ssl/certs/ca-certificates.crt
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=assets /src/static/vendor/ static/vendor/
ARG VERSION
RUN make build VERSION="$VERSION"
RUN mkdir -p /system/etc/ssl/certs /system/tmp /data && chmod 1777 /system/tmp && chmod 700 /data \
    && cp /etc/ssl/certs/ca-certificates.crt /system/etc/ssl/certs/ \
    && echo 'root:x:0:0:root:/:/none' >/system/etc/passwd && echo 'moorage:x:65532:65532:Moorage:/data:/none' >>/system/etc/passwd \
    && echo 'root:x:0:' >/system/etc/group && echo 'moorage:x:65532:' >>/system/etc/group

FROM scratch
COPY --from=build /system/ /
COPY --from=build --chown=65532:65532 /data /data
COPY --from=build /src/bin/moorage /usr/local/bin/moorage
ARG VERSION
LABEL org.opencontainers.image.title="Moorage" \
      org.opencontainers.image.description="The self-hosted home for MCP servers" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
# It starts as root to read the group of the engine's socket and to own /data,
# and becomes this user before it does anything else.
ENV MOORAGE_ADDR=:8080 MOORAGE_DATA=/data MOORAGE_RUN_AS=65532
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["moorage", "health"]
ENTRYPOINT ["moorage"]
CMD ["serve"]
