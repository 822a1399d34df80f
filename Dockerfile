# The base is pinned by version and not by digest: no image registry could be asked for one when this was written. To
# pin it fully, put what `docker buildx imagetools inspect` says behind the tag, at all three places.

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY .config/tsconfig.build.json .config/
COPY src src
RUN npm run build

# Apart from the build, so that nothing of the workshop gets into the image.
FROM node:20.20.2-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:20.20.2-bookworm-slim AS runtime
LABEL org.opencontainers.image.title="axspa-screening" \
      org.opencontainers.image.description="Screens back pain for axial spondyloarthritis and writes Observations to a FHIR R4 server." \
      org.opencontainers.image.version="1.0.0" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
ENV DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY resources resources
# A new volume takes owner and mode from here. Everything else belongs to root: the service cannot change its own code.
RUN mkdir -m 0700 /data /backups && chown 1000:1000 /data /backups
VOLUME /data
VOLUME /backups
# The image's user `node`, as a number: an orchestrator can see that it is not root.
USER 1000:1000
EXPOSE 3000
STOPSIGNAL SIGTERM
# Ready means that what is accepted can be kept; a FHIR server that is away does not make the container unhealthy.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No npm and no shell in between: they would keep SIGTERM to themselves.
CMD ["node", "dist/main.js"]
