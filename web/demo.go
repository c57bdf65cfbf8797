package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"ngportal/web/phantom"
	"ngportal/web/s3server"
)

// The people of the demo.
const (
	ada = "ada@example.org" // may see everything
	ben = "ben@example.org" // may see one dataset
	eve = "eve@example.org" // may see none
)

type demoFlags struct {
	dir        string
	port       int
	viewerPort int
	noBrowser  bool
}

func parseDemoFlags(args []string) (demoFlags, error) {
	var f demoFlags
	fs := flag.NewFlagSet("demo", flag.ContinueOnError)
	fs.StringVar(&f.dir, "dir", "", "where the sample data lie")
	fs.IntVar(&f.port, "port", 8080, "the portal's port; 0 for any free one")
	fs.IntVar(&f.viewerPort, "viewer-port", 8081, "the viewer's port; 0 for any free one")
	fs.BoolVar(&f.noBrowser, "no-browser", false, "do not open a browser")
	if err := parseFlags(fs, args); err != nil {
		return f, err
	}
	if f.dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return f, fmt.Errorf("find a place for the sample data; give one with --dir: %w", err)
		}
		f.dir = filepath.Join(cache, "ngportal", "demo")
	}
	var err error
	f.dir, err = filepath.Abs(f.dir) // the S3 server changes the working directory
	return f, err
}

// demo runs everything in one process until ctx is done.
func demo(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	f, err := parseDemoFlags(args)
	if err != nil {
		return err
	}
	portal, err := listen(ctx, fmt.Sprintf("127.0.0.1:%d", f.port), "--port")
	if err != nil {
		return err
	}
	viewer, err := listen(ctx, fmt.Sprintf("127.0.0.1:%d", f.viewerPort), "--viewer-port")
	if err != nil {
		return errors.Join(err, portal.Close())
	}
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	d := &demonstration{
		dir: f.dir, getenv: getenv, log: log, out: stdout,
		portalURL: localURL(portal), portalAddr: portal.Addr().String(),
		viewerURL: localURL(viewer), viewerAddr: viewer.Addr().String(),
	}
	return d.run(ctx, portal, viewer, f.noBrowser)
}

// localURL is how browsers reach ln: by name, so that portal and viewer are one site.
func localURL(ln net.Listener) string {
	_, port, _ := net.SplitHostPort(ln.Addr().String()) // a TCP listener's address has a port
	return "http://localhost:" + port
}

// A demonstration is the demo between its parts.
type demonstration struct {
	dir                    string
	portalURL, viewerURL   string // as browsers see them
	portalAddr, viewerAddr string // where we listen
	getenv                 func(string) string
	log                    *slog.Logger
	out                    io.Writer
}

func (d *demonstration) run(ctx context.Context, portal, viewer net.Listener, noBrowser bool) (err error) {
	buckets := filepath.Join(d.dir, "buckets")
	if err = os.MkdirAll(buckets, 0o750); err != nil {
		return fmt.Errorf("prepare the sample data: %w", err)
	}
	if _, err = os.Stat(filepath.Join(buckets, phantom.PrivateBucket)); err != nil {
		fmt.Fprintln(d.out, "Writing the sample data; this is done once and takes some seconds.")
	}
	if err = phantom.Write(buckets); err != nil {
		return err
	}
	extra, err := d.linkExtra(buckets)
	if err != nil {
		return err
	}
	s3, err := s3server.Start(context.WithoutCancel(ctx), buckets)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s3.Stop()) }()
	cfg, err := d.configure(ctx, s3, extra)
	if err != nil {
		return err
	}
	p, provider, err := d.parts(cfg, s3)
	if err != nil {
		return err
	}
	a, err := newApp(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	d.announce(buckets, extra)
	if !noBrowser {
		openBrowser(ctx, d.portalURL)
	}
	return serveAll(ctx, d.log, a, []host{
		{setting: "--port", handler: d.withProvider(a.portal, provider)},
		{setting: "--viewer-port", handler: a.viewer},
	}, []net.Listener{portal, viewer})
}

// withProvider adds the identity provider to the portal. Whoever comes by another name of this machine,
// such as 127.0.0.1, is sent to the one that the cookies are for.
func (d *demonstration) withProvider(portal, provider http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(providerPath+"/", provider)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && "http://"+r.Host != d.portalURL {
			http.Redirect(w, r, d.portalURL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
			return
		}
		portal.ServeHTTP(w, r)
	})
	return mux
}

func (d *demonstration) announce(buckets string, extra []string) {
	fmt.Fprintf(d.out, `
  ngportal is ready:  %s

  Sign in as  Ada (sees everything), Ben (sees the phantom) or Eve (sees nothing).
  Viewer:     %s
  Data:       %s
`, d.portalURL, d.viewerURL, buckets)
	for _, name := range extra {
		fmt.Fprintf(d.out, "              and your bucket %s\n", name)
	}
	fmt.Fprintf(d.out, "  Check it:   %s\n\n  Stop with Ctrl-C.\n", d.doctorLine())
}
