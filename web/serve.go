package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// drainTime is how long requests that are under way at the end may take.
	drainTime = 10 * time.Second

	// sweepEvery is how often what has expired is removed from the database.
	sweepEvery = 10 * time.Minute

	// lookForMail is how often mails are looked for that another process has queued, or that wait for another try.
	lookForMail = 30 * time.Second
)

// serve runs the portal of a configuration until ctx is done.
func serve(ctx context.Context, args []string, getenv func(string) string, stderr io.Writer) error {
	path, err := configFlag("serve", args)
	if err != nil {
		return err
	}
	cfg, err := loadConfig(path, getenv)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	p, err := fromConfig(ctx, cfg, log)
	if err != nil {
		return err
	}
	a, err := newApp(ctx, p)
	if err != nil {
		return err
	}
	hosts, err := hostsToServe(cfg, a, log)
	if err == nil {
		err = runHosts(ctx, log, a, hosts)
	}
	return errors.Join(err, a.Close())
}

// hostsToServe joins the hosts of an app with where the configuration wants them, and with their certificates.
func hostsToServe(c config, a *app, log *slog.Logger) ([]host, error) {
	hosts := []host{{addr: c.Portal.Listen, setting: "portal.listen", handler: a.portal}}
	var err error
	if c.Portal.TLS.isSet() {
		if hosts[0].cert, err = readCertificate(c.Portal.TLS, log, c.Portal.URL); err != nil {
			return nil, fmt.Errorf("portal.tls: %w", err)
		}
	}
	if a.viewer == nil {
		return hosts, nil
	}
	viewer := host{addr: c.Viewer.EdgeListen, setting: "viewer.edge_listen", handler: a.viewer}
	if c.Viewer.TLS.isSet() {
		if viewer.cert, err = readCertificate(c.Viewer.TLS, log, c.Viewer.URL, c.Viewer.DataURL); err != nil {
			return nil, fmt.Errorf("viewer.tls: %w", err)
		}
	}
	return append(hosts, viewer), nil
}

// A host is something to serve, where, and the setting that says where.
type host struct {
	addr    string
	setting string
	handler http.Handler
	cert    *certificate // nil: HTTP without TLS
}

// server is what serves h.
func (h host) server(log *slog.Logger) *http.Server {
	srv := newServer(h.handler, log)
	if h.cert != nil {
		srv.TLSConfig = h.cert.config()
	}
	return srv
}

// runHosts listens for all hosts before it serves any, and drains them when ctx is done.
func runHosts(ctx context.Context, log *slog.Logger, a *app, hosts []host) error {
	var listeners []net.Listener
	for _, h := range hosts {
		ln, err := listen(ctx, h.addr, h.setting)
		if err != nil {
			for _, open := range listeners {
				open.Close()
			}
			return err
		}
		listeners = append(listeners, ln)
	}
	return serveAll(ctx, log, a, hosts, listeners)
}

func serveAll(ctx context.Context, log *slog.Logger, a *app, hosts []host, listeners []net.Listener) error {
	g, ctx := errgroup.WithContext(ctx)
	for i, h := range hosts {
		log.LogAttrs(ctx, slog.LevelInfo, "listening", slog.String("setting", h.setting), slog.String("addr", listeners[i].Addr().String()))
		g.Go(func() error { return serveOne(ctx, h.server(log), listeners[i]) })
	}
	g.Go(func() error { return sweep(ctx, log, a) })
	if a.mailer != nil {
		g.Go(func() error { a.mailer.Run(ctx); return nil })
	}
	g.Go(func() error { return a.policies.Watch(ctx, log) })
	return g.Wait()
}

// listen opens addr, and names the setting to change if it is taken.
func listen(ctx context.Context, addr, setting string) (net.Listener, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken by another program: choose another with %s", addr, setting)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s (%s): %w", addr, setting, err)
	}
	return ln, nil
}

// newServer bounds what a client may keep busy. There is no limit on writing: volumes are large, and
// the edge watches each piece it sends.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: 250,              // a viewer asks for a hundred chunks at a time
			SendPingTimeout:      time.Minute,      // a client that has gone away is found out,
			PingTimeout:          15 * time.Second, // if it does not answer,
			WriteByteTimeout:     time.Minute,      // or takes nothing of what is sent
		},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// serveOne serves until ctx is done, lets what is under way finish, and waits for the server to end.
func serveOne(ctx context.Context, srv *http.Server, ln net.Listener) error {
	failed := make(chan error, 1)
	go func() {
		if srv.TLSConfig != nil {
			failed <- srv.ServeTLS(ln, "", "") // with HTTP/2
			return
		}
		failed <- srv.Serve(ln)
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := srv.Shutdown(drain); err != nil {
		return errors.Join(fmt.Errorf("shutdown: %w", err), srv.Close())
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// sweep removes what has expired, now and then.
func sweep(ctx context.Context, log *slog.Logger, a *app) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			_, err := a.store.DeleteExpired(ctx, now)
			if a.keepAudit > 0 {
				_, trimmed := a.store.TrimAudit(ctx, now.Add(-a.keepAudit))
				err = errors.Join(err, trimmed)
			}
			if err != nil {
				log.LogAttrs(ctx, slog.LevelWarn, "sweep failed", slog.Any("err", err))
			}
		}
	}
}
