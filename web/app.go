package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"ngportal/access"
	"ngportal/assets"
	"ngportal/auth"
	"ngportal/cloudfront"
	"ngportal/edge"
	"ngportal/handlers"
	"ngportal/s3index"
	"ngportal/store"
)

// parts are what an app is built of, after files have been read and names looked up.
type parts struct {
	portalURL string // origins
	viewerURL string
	storeURL  string
	keys      auth.Keys
	idle      time.Duration
	absolute  time.Duration
	signer    *cloudfront.Signer
	verifier  *cloudfront.Verifier
	lifetime  time.Duration // of signed cookies
	logins    []auth.Config // without Store and Now
	policy    *access.Policy
	buckets   []*s3index.Bucket
	public    map[string]bool // buckets that need no cookie
	isEdge    bool            // we are the viewer host ourselves
	ask       string          // whom to ask for access
	log       *slog.Logger
}

// An app is the portal and, where we are it, the viewer host.
type app struct {
	portal http.Handler
	viewer http.Handler // nil where CloudFront is the viewer host
	store  *store.Store
}

// newApp builds an app. Close its store when done.
func newApp(ctx context.Context, p parts) (*app, error) {
	library, err := s3index.NewLibrary(p.policy, p.buckets)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, p.storeURL)
	if err != nil {
		return nil, err
	}
	a, err := p.join(library, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return a, nil
}

func (p parts) join(library *s3index.Library, db *store.Store) (*app, error) {
	sessions, err := auth.NewSessions(auth.SessionConfig{
		URL: p.portalURL, Keys: p.keys, Idle: p.idle, Absolute: p.absolute, Store: db, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	providers := make([]*auth.OIDC, len(p.logins))
	for i, l := range p.logins {
		l.Store, l.Now = db, time.Now
		if providers[i], err = auth.NewOpenIDConnect(l); err != nil {
			return nil, err
		}
	}
	viewers := &auth.Viewer{Store: db, Policy: p.policy, Idle: p.idle, Now: time.Now}
	a := &app{store: db}
	a.portal = handlers.New(handlers.Config{
		PortalURL: p.portalURL, ViewerURL: p.viewerURL, Library: library, Store: db, Sessions: sessions,
		Providers: providers, Viewers: viewers, Ask: p.ask, Now: time.Now, Log: p.log,
	})
	host := p.edgeConfig(library, viewers)
	if p.isEdge {
		if host.Files, err = assets.Viewer(); err != nil {
			return nil, err
		}
		a.viewer, err = edge.New(host)
		return a, err
	}
	part, err := edge.NewSessions(host)
	if err != nil {
		return nil, err
	}
	a.portal = besides(part, a.portal)
	return a, nil
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
	return edge.Config{
		Origin: p.viewerURL, PortalURL: p.portalURL + "/", Signer: p.signer, Verifier: p.verifier, Lifetime: p.lifetime,
		Objects: byName, Router: p.policy, Sessions: viewers, Guard: viewers, Tracts: tracts{library},
		ViewerConfig: pageConfig{
			CredentialedOrigins: []string{p.viewerURL}, Refresh: "/_session/refresh", Portal: p.portalURL + "/",
			RefreshSeconds: int(p.lifetime.Seconds() / 2),
		},
		IsPublic: func(bucket string) bool { return p.public[bucket] },
		Now:      time.Now, Log: p.log,
	}
}

// fromConfig reads the files that a configuration names.
func fromConfig(ctx context.Context, c config, log *slog.Logger) (parts, error) {
	p := parts{
		storeURL: c.Store.URL, idle: c.Sessions.Idle, absolute: c.Sessions.Absolute,
		lifetime: c.Signing.Lifetime, isEdge: c.Viewer.EdgeListen != "", public: map[string]bool{}, log: log,
	}
	p.portalURL, _ = originOf(c.Portal.URL) // checked
	p.viewerURL, _ = originOf(c.Viewer.URL)
	var err error
	if p.keys, err = auth.ReadKeys(c.Sessions.KeyFile); err != nil {
		return p, err
	}
	if p.policy, err = c.policy(); err != nil {
		return p, err
	}
	if err := p.readSigner(c.Signing); err != nil {
		return p, err
	}
	if err := p.readLogins(c.Login); err != nil {
		return p, err
	}
	if len(c.Admins) > 0 {
		p.ask = "Ask " + c.Admins[0] + " for access."
	}
	return p, p.connect(ctx, c.Buckets)
}

func (p *parts) readSigner(c signingConfig) error {
	text, err := os.ReadFile(c.PrivateKeyFile)
	if err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	key, err := cloudfront.ParsePrivateKey(text)
	if err != nil {
		return fmt.Errorf("signing key %s: %w", c.PrivateKeyFile, err)
	}
	hash, err := cloudfront.ParseHash(c.Hash)
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	return p.sign(c.KeyID, key, hash)
}

// sign makes the signer of key, and the verifier of what it signs.
func (p *parts) sign(keyID string, key crypto.Signer, hash cloudfront.Hash) (err error) {
	if p.signer, err = cloudfront.NewSigner(keyID, key, hash); err != nil {
		return err
	}
	p.verifier, err = cloudfront.NewVerifier(map[string]crypto.PublicKey{keyID: key.Public()})
	return err
}

func (p *parts) readLogins(logins []loginConfig) error {
	for _, l := range logins {
		secret := l.ClientSecret
		if l.ClientSecretFile != "" {
			text, err := os.ReadFile(l.ClientSecretFile)
			if err != nil {
				return fmt.Errorf("login %q: %w", l.Name, err)
			}
			secret = strings.TrimSpace(string(text))
		}
		p.logins = append(p.logins, auth.Config{
			Name: l.Name, Title: l.Title, Issuer: l.Issuer, ClientID: l.ClientID, ClientSecret: secret,
			RedirectURL: callbackURL(p.portalURL, l.Name), AllowDomains: l.AllowDomains,
		})
	}
	return nil
}

func callbackURL(portalURL, provider string) string {
	return portalURL + "/auth/" + provider + "/callback"
}

// connect makes a client for each bucket. Credentials come from where the AWS SDK looks for them;
// a public bucket is read without any.
func (p *parts) connect(ctx context.Context, buckets []bucketConfig) error {
	for _, b := range buckets {
		region := b.Region
		if region == "" {
			region = "us-east-1" // what servers that are not AWS call themselves
		}
		options := []func(*awsconfig.LoadOptions) error{awsconfig.WithRegion(region)}
		if b.Access == "public" {
			options = append(options, awsconfig.WithCredentialsProvider(aws.AnonymousCredentials{}))
			p.public[b.Name] = true
		}
		cfg, err := awsconfig.LoadDefaultConfig(ctx, options...)
		if err != nil {
			return fmt.Errorf("bucket %q: %w", b.Name, err)
		}
		p.buckets = append(p.buckets, s3index.NewBucket(b.Name, s3index.NewClient(cfg, b.Endpoint, b.PathStyle)))
	}
	return nil
}
