# trackside in a container. docs/operating.md says how it is used, and what of this was run.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# Before the sources: a changed line of code does not fetch the packages again. The pages are built below.
RUN npm ci --ignore-scripts
COPY . .
RUN npm pack --pack-destination /tmp

FROM node:24-bookworm-slim AS install
ENV ONNXRUNTIME_NODE_INSTALL=skip
WORKDIR /app
COPY --from=build /tmp/trackside-*.tgz /tmp/
# The Node of this image serves: the one from npm goes. With its scripts, for the links in the PostgreSQL package.
RUN npm init -y >/dev/null \
 && npm install --omit=dev --no-audit --no-fund /tmp/trackside-*.tgz \
 && rm -rf node_modules/node node_modules/node-bin-* \
    node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32
# The face networks are converted once, here, so that containers start fast and need no place to write them to; it also says
# whether everything runs.
RUN TRACKSIDE_CACHE=/app/cache TRACKSIDE_DATA=/tmp/data node node_modules/trackside/bin/trackside.js doctor

FROM node:24-bookworm-slim
# Videos want ffmpeg, by far the largest part: --build-arg PACKAGES= leaves it out.
ARG PACKAGES=ffmpeg
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates $PACKAGES \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -m 700 /data \
 && chown node:node /data
COPY --from=install /app /app
RUN ln -s /app/node_modules/trackside/bin/trackside.js /usr/local/bin/trackside
ENV TRACKSIDE_DATA=/data TRACKSIDE_CACHE=/app/cache HOST=0.0.0.0 PORT=8080 MALLOC_ARENA_MAX=1
USER node
VOLUME /data
EXPOSE 8080
# Alive, not ready: a server that drains must not be killed for it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["trackside"]
CMD ["up"]
