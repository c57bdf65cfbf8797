package main

import (
	"context"
	"crypto"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/cloudfront"
	"ngportal/edge"
	"ngportal/s3index"
)

// fromConfig reads the files that a configuration names, and connects to its buckets.
func fromConfig(ctx context.Context, c config, log *slog.Logger) (parts, error) {
	p, err := readParts(c, log)
	if err != nil {
		return p, err
	}
	return p, p.connect(ctx, c.Buckets)
}

// readParts makes the parts of a configuration, but for its buckets.
func readParts(c config, log *slog.Logger) (parts, error) {
	p := parts{
		storeURL: c.Store.URL, idle: c.Sessions.Idle, absolute: c.Sessions.Absolute,
		lifetime: c.Signing.Lifetime, isEdge: c.Viewer.EdgeListen != "", public: map[string]bool{}, addresses: map[string]string{},
		log:    log,
		limits: limits{c.Viewer.DenyStatus, c.Viewer.MaxReads, c.Viewer.MaxEach},
	}
	if err := p.readHosts(c); err != nil {
		return p, err
	}
	var err error
	if p.cache, err = c.Viewer.Cache.parse(); err != nil {
		return p, err
	}
	p.tracts.Dir, p.tracts.Log = c.Tracts.Dir, log
	if p.tracts.Size, err = parseSize(c.Tracts.Size); err != nil {
		return p, err
	}
	if p.keys, err = auth.ReadKeys(c.Sessions.KeyFile); err != nil {
		return p, err
	}
	p.seeds, p.admins = c.seeds(), c.Admins
	if p.proxies, err = parseProxies(c.Portal.TrustedProxies); err != nil {
		return p, err
	}
	p.keepAudit = c.Audit.Keep
	if c.Mail.isSet() {
		sending, err := c.Mail.sending()
		if err != nil {
			return p, err
		}
		p.mail = &sending
	}
	if err := p.readSigner(c.Signing); err != nil {
		return p, err
	}
	if len(c.Admins) > 0 {
		p.ask = "Ask " + c.Admins[0] + " for access."
	}
	for _, b := range c.Buckets {
		p.public[b.Name] = b.Access == "public"
		for _, a := range bucketAddresses(b) {
			p.addresses[a] = b.Name
		}
	}
	return p, p.readLogins(c.Login)
}

func (p *parts) readHosts(c config) (err error) {
	p.portalURL, _ = originOf(c.Portal.URL) // checked
	p.viewerURL, _ = originOf(c.Viewer.URL)
	if c.Viewer.Mode != modeSibling {
		return nil
	}
	p.dataURL, _ = originOf(c.Viewer.DataURL)
	p.domain, err = cookieDomain(p.viewerURL, p.dataURL)
	return err
}

// parse reads the sizes of c. Without any, there is no cache.
func (c cacheConfig) parse() (out edge.CacheConfig, err error) {
	if !c.isSet() {
		return out, nil
	}
	out.Dir, out.Fresh = c.Dir, c.Fresh
	if out.Memory, err = parseSize(c.Memory); err != nil || c.Disk == "" {
		return out, err
	}
	out.Disk, err = parseSize(c.Disk)
	return out, err
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
	if err := p.sign(c.KeyID, key, hash); err != nil {
		return err
	}
	return p.accept(c.Accept)
}

// sign makes the signer of key, and the verifier of what it signs.
func (p *parts) sign(keyID string, key crypto.Signer, hash cloudfront.Hash) (err error) {
	if p.signer, err = cloudfront.NewSigner(keyID, key, hash); err != nil {
		return err
	}
	return p.accept(nil)
}

// accept makes the verifier of what the signer signs, and of what further keys have signed.
func (p *parts) accept(further []acceptConfig) error {
	keys := map[string]crypto.PublicKey{}
	for _, a := range further {
		text, err := os.ReadFile(a.PublicKeyFile)
		if err != nil {
			return fmt.Errorf("accepted key: %w", err)
		}
		if keys[a.KeyID], err = cloudfront.ParsePublicKey(text); err != nil {
			return fmt.Errorf("accepted key %s: %w", a.PublicKeyFile, err)
		}
	}
	keys[p.signer.KeyID()] = p.signer.Public()
	var err error
	p.verifier, err = cloudfront.NewVerifier(keys)
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
		c := l.provider()
		c.ClientSecret, c.RedirectURL = secret, callbackURL(p.portalURL, l.Name)
		p.logins = append(p.logins, login{l.Kind, c})
	}
	return nil
}

// A login is a provider of people before there is a store.
type login struct {
	kind string
	auth.Config
}

// provider is what the configuration says of one.
func (l loginConfig) provider() auth.Config {
	return auth.Config{
		Name: l.Name, Title: l.Title, Issuer: l.Issuer, ClientID: l.ClientID, AllowDomains: l.AllowDomains,
		AllowHostedDomains: l.AllowHostedDomains, AllowTenants: l.AllowTenants,
		AllowOrganizations: l.AllowOrganizations, AllowTeams: l.AllowTeams,
	}
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
		}
		cfg, err := awsconfig.LoadDefaultConfig(ctx, options...)
		if err != nil {
			return fmt.Errorf("bucket %q: %w", b.Name, err)
		}
		p.buckets = append(p.buckets, s3index.NewBucket(b.Name, s3index.NewClient(cfg, b.Endpoint, b.PathStyle)))
	}
	return nil
}

// parseProxies reads networks and single addresses.
func parseProxies(words []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, word := range words {
		if one, err := netip.ParseAddr(word); err == nil {
			out = append(out, netip.PrefixFrom(one, one.BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(word)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", word)
		}
		out = append(out, network)
	}
	return out, nil
}

// locations are those of the configuration's datasets.
func (c config) locations() []access.Location {
	var out []access.Location
	for _, d := range c.seeds() {
		out = append(out, d.Locations...)
	}
	return out
}
