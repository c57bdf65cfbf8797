package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"ngportal/assets"
	"ngportal/auth"
	"ngportal/cloudfront"
	"ngportal/edge"
	"ngportal/handlers"
	"ngportal/mail"
	"ngportal/s3index"
	"ngportal/store"
	"ngportal/tractstore"
)

// parts are what an app is built of, after files have been read and names looked up.
type parts struct {
	portalURL string // origins
	viewerURL string
	dataURL   string // "" where the data lie at viewerURL
	domain    string // of the cookies of data, where dataURL is set
	storeURL  string
	keys      auth.Keys
	idle      time.Duration
	absolute  time.Duration
	signer    *cloudfront.Signer
	verifier  *cloudfront.Verifier
	lifetime  time.Duration       // of signed cookies
	logins    []login             // without Store and Now
	seeds     []store.SeedDataset // of the configuration
	admins    []string            // addresses
	proxies   []netip.Prefix
	mail      *mail.Config  // nil: no notices are sent
	keepAudit time.Duration // 0: for ever
	buckets   []*s3index.Bucket
	public    map[string]bool   // buckets that need no cookie
	addresses map[string]string // that scenes made elsewhere know buckets by
	isEdge    bool              // we are the viewer host ourselves
	limits    limits
	cache     edge.CacheConfig // of what the edge reads; without Memory there is none. Without Now and Log
	tracts    tractstore.Config
	ask       string // whom to ask for access
	log       *slog.Logger
}

// limits are of what the edge reads for people; 0 is the default of [edge.Config].
type limits struct{ denyStatus, reads, readsEach int }

// An app is the portal and, where we are it, the viewer host.
type app struct {
	portal    http.Handler
	viewer    http.Handler // nil where CloudFront is the viewer host
	store     *store.Store
	policies  *auth.Policies
	mailer    *mail.Worker // nil: no notices are sent
	keepAudit time.Duration
	cache     *edge.Cache // nil: what the edge reads is not kept
	library   *s3index.Library
}

// Close closes what newApp opened.
func (a *app) Close() error {
	a.library.Close()
	var err error
	if a.cache != nil {
		err = a.cache.Close()
	}
	return errors.Join(err, a.store.Close())
}

// newApp builds an app. Close it when done.
func newApp(ctx context.Context, p parts) (*app, error) {
	db, err := store.Open(ctx, p.storeURL)
	if err != nil {
		return nil, err
	}
	depot, err := tractstore.New(p.tracts)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	a := &app{store: db, policies: auth.NewPolicies(db), keepAudit: p.keepAudit, library: s3index.NewLibrary(p.buckets, depot)}
	err = errors.Join(db.Seed(ctx, time.Now(), p.seeds), p.joinMail(a))
	if err == nil {
		err = p.join(a, a.library)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// joinMail makes what sends the notices of a.
func (p parts) joinMail(a *app) error {
	if p.mail == nil {
		return nil
	}
	sender, err := mail.NewSender(*p.mail)
	if err != nil {
		return err
	}
	a.mailer = mail.NewWorker(a.store.Outbox(), sender, lookForMail, time.Now, p.log)
	return nil
}

// join makes the handlers of a, whose store is open.
func (p parts) join(a *app, library *s3index.Library) error {
	db := a.store
	sessions, err := auth.NewSessions(auth.SessionConfig{
		URL: p.portalURL, Keys: p.keys, Idle: p.idle, Absolute: p.absolute, Admins: p.admins, Store: db, Now: time.Now,
	})
	if err != nil {
		return err
	}
	providers := make([]auth.SignInProvider, len(p.logins))
	for i, l := range p.logins {
		l.Store, l.Now = db, time.Now
		if providers[i], err = auth.New(l.kind, l.Config); err != nil {
			return err
		}
	}
	viewers := &auth.Viewer{Store: db, Policies: a.policies, Idle: p.idle, Lifetime: p.lifetime, Now: time.Now}
	var mailed func()
	if a.mailer != nil {
		mailed = a.mailer.Wake
	}
	a.portal = handlers.New(handlers.Config{
		PortalURL: p.portalURL, ViewerURL: p.viewerURL, DataURL: p.dataURL, Library: library, Policies: a.policies, Store: db,
		Sessions: sessions, Proxies: p.proxies, Providers: providers, Viewers: viewers, Ask: p.ask, Addresses: p.addresses, Mailed: mailed, Now: time.Now, Log: p.log,
	})
	host := p.edgeConfig(library, viewers)
	if p.isEdge {
		return p.joinViewer(a, host)
	}
	part, err := edge.NewSessions(host)
	if err != nil {
		return err
	}
	a.portal = besides(part, a.portal)
	return nil
}

// joinViewer makes the viewer host of a, and its cache.
func (p parts) joinViewer(a *app, host edge.Config) (err error) {
	if host.Files, err = assets.Viewer(); err != nil {
		return err
	}
	if p.cache.Memory > 0 {
		p.cache.Now, p.cache.Log = host.Now, host.Log
		if a.cache, err = edge.NewCache(host.Objects, p.cache); err != nil {
			return err
		}
		host.Objects = a.cache
	}
	a.viewer, err = edge.New(host)
	return err
}

// besides sends to part what CloudFront sends here of the viewer host's paths. It looks at the raw
// address: a router would clean "a//b.trk", which is a key of its own.
func besides(part, portal http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.RequestURI, "/_session/") || strings.HasPrefix(r.RequestURI, "/t/") {
			part.ServeHTTP(w, r)
			return
		}
		portal.ServeHTTP(w, r)
	})
}

// A pageConfig is what the viewer's page reads at run time; viewer/README.md explains it.
type pageConfig struct {
	CredentialedOrigins []string `json:"credentialedOrigins"`
	Refresh             string   `json:"refresh"`
	Portal              string   `json:"portal"`
	RefreshSeconds      int      `json:"refreshSeconds"`
}

func (p parts) edgeConfig(library *s3index.Library, viewers *auth.Viewer) edge.Config {
	byName := objects{}
	for _, b := range p.buckets {
		byName[b.Name()] = b
	}
	credentialed := []string{p.viewerURL}
	if p.dataURL != "" {
		credentialed = append(credentialed, p.dataURL)
	}
	return edge.Config{
		Origin: p.viewerURL, DataOrigin: p.dataURL, CookieDomain: p.domain, PortalURL: p.portalURL + "/", Signer: p.signer, Verifier: p.verifier, Lifetime: p.lifetime,
		Objects: byName, Router: viewers.Policies, Sessions: viewers, Guard: viewers, Tracts: tracts{library},
		ViewerConfig: pageConfig{
			CredentialedOrigins: credentialed, Refresh: "/_session/refresh", Portal: p.portalURL + "/",
			RefreshSeconds: int(p.lifetime.Seconds() / 2),
		},
		IsPublic:   func(bucket string) bool { return p.public[bucket] },
		DenyStatus: p.limits.denyStatus, MaxConcurrent: p.limits.reads, MaxPerPerson: p.limits.readsEach,
		Now: time.Now, Log: p.log,
	}
}
