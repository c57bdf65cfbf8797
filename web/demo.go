package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/cloudfront"
	"ngportal/s3index"
	"ngportal/web/idp"
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
		portalURL: localURL(portal), viewerURL: localURL(viewer),
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
	dir                  string
	portalURL, viewerURL string
	getenv               func(string) string
	log                  *slog.Logger
	out                  io.Writer
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
	p, provider, err := d.parts(s3, extra)
	if err != nil {
		return err
	}
	a, err := newApp(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.store.Close()) }()
	d.announce(buckets, extra)
	if !noBrowser {
		openBrowser(ctx, d.portalURL)
	}
	return serveAll(ctx, d.log, a.store, []host{
		{setting: "--port", handler: d.withProvider(a.portal, provider)},
		{setting: "--viewer-port", handler: a.viewer},
	}, []net.Listener{portal, viewer})
}

// parts puts the demo together: the same parts as in production, with keys of its own and an identity provider of its own.
func (d *demonstration) parts(s3 *s3server.Server, extra []string) (parts, http.Handler, error) {
	keys, err := auth.ReadOrMakeKeys(filepath.Join(d.dir, "session.key"))
	if err != nil {
		return parts{}, nil, err
	}
	policy, err := access.New(demoDatasets(extra), []string{ada})
	if err != nil {
		return parts{}, nil, err
	}
	login, provider, err := d.login()
	if err != nil {
		return parts{}, nil, err
	}
	p := parts{
		portalURL: d.portalURL, viewerURL: d.viewerURL, storeURL: "sqlite://" + filepath.Join(d.dir, "portal.db"),
		keys: keys, idle: 8 * time.Hour, absolute: 24 * time.Hour, lifetime: 30 * time.Minute,
		logins: []auth.Config{login}, policy: policy, isEdge: true, ask: "Ask Ada (" + ada + ") for access.", log: d.log,
	}
	client := s3index.NewClient(s3.Config(), s3.Endpoint, true)
	for _, name := range append([]string{phantom.PrivateBucket, phantom.MicroscopyBucket}, extra...) {
		p.buckets = append(p.buckets, s3index.NewBucket(name, client))
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return parts{}, nil, fmt.Errorf("make a signing key: %w", err)
	}
	return p, provider, p.sign("KDEMO", key, cloudfront.SHA256)
}

func demoDatasets(extra []string) []access.Dataset {
	sets := []access.Dataset{
		{
			Name: "phantom", Title: "Phantom: MRI, XPCT and tracts",
			Description: "A head that never was: T1-weighted MRI, diffusion, phase-contrast tomography, labels and a tractogram, all in one space.",
			Locations:   []access.Location{{ID: phantomLocation, Bucket: phantom.PrivateBucket}},
			Viewers:     []string{ben},
		},
		{
			Name: "microscopy", Title: "Phantom: microscopy",
			Description: "A fluorescence slab of the same head in four channels, thousands of small files, and names that break lesser programs.",
			Locations:   []access.Location{{ID: microscopyLocation, Bucket: phantom.MicroscopyBucket}},
		},
	}
	ids := locationIDs(extra)
	for _, name := range extra {
		sets = append(sets, access.Dataset{
			Name: "demo-" + name, Title: name, Description: "Your own files from NGPORTAL_DEMO_S3_DIR.",
			Locations: []access.Location{{ID: ids[name], Bucket: name}},
			Viewers:   []string{ben},
		})
	}
	return sets
}

// providerPath is where the demo's identity provider lives on the portal's host. A port of its own
// would make other people of Ada, Ben and Eve whenever it changed.
const providerPath = "/demo-sign-in"

func (d *demonstration) login() (auth.Config, http.Handler, error) {
	issuer, secret := d.portalURL+providerPath, rand.Text()
	provider, err := idp.New(idp.Config{
		Issuer: issuer, ClientID: "ngportal-demo", ClientSecret: secret, RedirectURL: callbackURL(d.portalURL, "demo"),
		People: []idp.Person{
			{Subject: "ada", Name: "Ada", Email: ada, About: "administers the portal and sees everything"},
			{Subject: "ben", Name: "Ben", Email: ben, About: "may see the phantom, but not the microscopy"},
			{Subject: "eve", Name: "Eve", Email: eve, About: "may see nothing"},
		},
		Now: time.Now,
	})
	return auth.Config{
		Name: "demo", Title: "the demo", Issuer: issuer, ClientID: "ngportal-demo", ClientSecret: secret,
		RedirectURL: callbackURL(d.portalURL, "demo"),
	}, provider, err
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
	fmt.Fprint(d.out, "\n  Stop with Ctrl-C.\n")
}
