# The portal and its edge in one static binary. Build: docker build -t ngportal .
ARG NODE_IMAGE=node:22-bookworm-slim
ARG GO_IMAGE=golang:1.26-bookworm
ARG RUN_IMAGE=gcr.io/distroless/static-debian12:nonroot

FROM ${NODE_IMAGE} AS viewer
WORKDIR /src/viewer
COPY viewer/ ./
RUN npm ci --ignore-scripts --no-audit --no-fund && npm run build

FROM ${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=viewer /src/assets/dist/ assets/dist/
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -o /ngportal ./web

FROM ${RUN_IMAGE}
COPY --from=build /ngportal /ngportal
USER nonroot
# The portal and, where viewer.edge_listen is set, the viewer host.
EXPOSE 8080 8081
ENTRYPOINT ["/ngportal"]
CMD ["serve", "--config", "/etc/ngportal/ngportal.yaml"]
