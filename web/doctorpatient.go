package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"ngportal/access"
	"ngportal/cloudfront"
	"ngportal/store"
)

// A patient is a deployment and what the checks have found of it.
type patient struct {
	file   string
	faults error  // of the configuration
	cfg    config // as far as it could be read; checked only if there are no faults
	client *http.Client

	kept    []access.Location // those that the database knows, if it could be read: the administration pages own them
	parts   parts             // set by the check of the configuration
	samples []sample          // set by the check of the storage: an object of each location
	probe   sample            // set by the check that finds a private object
}

// newPatient reads the configuration. What is wrong with it the checks will say.
func newPatient(ctx context.Context, file string, getenv func(string) string) *patient {
	p := &patient{file: file, cfg: defaults()}
	_, p.faults = loadConfig(file, getenv)
	if data, err := os.ReadFile(file); err == nil {
		p.cfg = readAnyhow(data, getenv)
	}
	p.client = newAsker(nil)
	if p.faults == nil {
		// Where there is no database yet, or none to be read, the configuration says what will be; the check of the store tells why.
		if facts, err := store.InspectFacts(ctx, p.cfg.Store.URL); err == nil {
			p.kept = access.Locations(facts.Datasets)
		}
	}
	return p
}

// locations are those that the portal reads.
func (p *patient) locations() []access.Location {
	if p.kept != nil {
		return p.kept
	}
	return p.cfg.locations()
}

// readAnyhow reads what can be read of a configuration that may have faults.
func readAnyhow(data []byte, getenv func(string) string) config {
	cfg := defaults()
	var root yaml.Node
	if yaml.Unmarshal(data, &root) == nil {
		_ = expandEnv(&root, getenv) // the faults are known
		_ = root.Decode(&cfg)        // it decodes what it can
	}
	return cfg
}

// connect makes what the portal itself would be made of.
func (p *patient) connect(ctx context.Context) error {
	var err error
	p.parts, err = fromConfig(ctx, p.cfg, slog.New(slog.DiscardHandler))
	return err
}

// dataURL is the origin that serves the data.
func (p *patient) dataURL() string {
	if p.parts.dataURL != "" {
		return p.parts.dataURL
	}
	return p.parts.viewerURL
}

// cookies signs those of a location, as a Cookie header.
func (p *patient) cookies(s *cloudfront.Signer, locationID string, end time.Time) (string, error) {
	signed, err := p.sign(s, locationID, end)
	return cookieHeader(signed), err
}

func (p *patient) sign(s *cloudfront.Signer, locationID string, end time.Time) (cloudfront.Cookies, error) {
	policy, err := cloudfront.LocationPolicy(p.dataURL(), locationID, end)
	if err != nil {
		return cloudfront.Cookies{}, err
	}
	return s.Sign(policy)
}

func cookieHeader(c cloudfront.Cookies) string {
	var pairs []string
	for _, pair := range c.Pairs() {
		pairs = append(pairs, pair.Name+"="+pair.Value)
	}
	return strings.Join(pairs, "; ")
}
