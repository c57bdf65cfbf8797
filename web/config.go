package main

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"ngportal/access"
	"ngportal/store"
)

// A config is ngportal.yaml. docs/operate.md explains every key.
type config struct {
	Portal   portalConfig    `yaml:"portal"`
	Viewer   viewerConfig    `yaml:"viewer"`
	Store    storeConfig     `yaml:"store"`
	Sessions sessionsConfig  `yaml:"sessions"`
	Signing  signingConfig   `yaml:"signing"`
	Login    []loginConfig   `yaml:"login"`
	Admins   []string        `yaml:"admins"`
	Mail     mailConfig      `yaml:"mail,omitempty"`
	Audit    auditConfig     `yaml:"audit,omitempty"`
	Tracts   tractsConfig    `yaml:"tracts,omitempty"`
	Buckets  []bucketConfig  `yaml:"buckets"`
	Datasets []datasetConfig `yaml:"datasets"`
}

type portalConfig struct {
	URL            string     `yaml:"url"`
	Listen         string     `yaml:"listen"`
	TLS            pairConfig `yaml:"tls,omitempty"`
	TrustedProxies []string   `yaml:"trusted_proxies,omitempty"` // as 10.0.0.0/8, or one address
}

// A pairConfig is the certificate that a listener speaks TLS with, if any.
type pairConfig struct {
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

func (c pairConfig) isSet() bool { return c != pairConfig{} }

type viewerConfig struct {
	URL        string      `yaml:"url"`
	Mode       string      `yaml:"mode"`                  // modeSingle or modeSibling
	DataURL    string      `yaml:"data_url,omitempty"`    // the host of the data, of modeSibling
	EdgeListen string      `yaml:"edge_listen,omitempty"` // set: we are the viewer host ourselves
	TLS        pairConfig  `yaml:"tls,omitempty"`         // of edge_listen
	DenyStatus int         `yaml:"deny_status"`
	MaxReads   int         `yaml:"max_reads"` // bodies under way at once
	MaxEach    int         `yaml:"max_reads_per_person"`
	Cache      cacheConfig `yaml:"cache,omitempty"`
}

// The modes of the viewer host: one host for viewer and data, or a host for each.
const (
	modeSingle  = "single"
	modeSibling = "sibling"
)

// A cacheConfig says how much of the data the edge keeps. Sizes are as [parseSize] reads them.
type cacheConfig struct {
	Memory string        `yaml:"memory"`
	Dir    string        `yaml:"dir,omitempty"`
	Disk   string        `yaml:"disk,omitempty"`
	Fresh  time.Duration `yaml:"fresh"`
}

// isSet reports whether the file has anything to say about the cache.
func (c cacheConfig) isSet() bool { return c != cacheConfig{} && c != defaults().Viewer.Cache }

// A tractsConfig says where what is made of tractograms is kept, and how much of it.
type tractsConfig struct {
	Dir  string `yaml:"dir,omitempty"`
	Size string `yaml:"size"`
}

type storeConfig struct {
	URL string `yaml:"url"`
}

type sessionsConfig struct {
	KeyFile  string        `yaml:"key_file"`
	Idle     time.Duration `yaml:"idle"`
	Absolute time.Duration `yaml:"absolute"`
}

type signingConfig struct {
	KeyID          string         `yaml:"key_id"`
	PrivateKeyFile string         `yaml:"private_key_file"`
	Hash           string         `yaml:"hash"`
	Lifetime       time.Duration  `yaml:"lifetime"`
	Accept         []acceptConfig `yaml:"accept,omitempty"`
}

// An acceptConfig is a key that does not sign, but whose cookies are good.
type acceptConfig struct {
	KeyID         string `yaml:"key_id"`
	PublicKeyFile string `yaml:"public_key_file"`
}

type loginConfig struct {
	Name             string   `yaml:"name"`
	Title            string   `yaml:"title"`
	Kind             string   `yaml:"kind"`
	Issuer           string   `yaml:"issuer"`
	ClientID         string   `yaml:"client_id"`
	ClientSecret     string   `yaml:"client_secret,omitempty"`
	ClientSecretFile string   `yaml:"client_secret_file,omitempty"`
	AllowDomains     []string `yaml:"allow_domains,omitempty"`

	AllowHostedDomains []string `yaml:"allow_hosted_domains,omitempty"`
	AllowTenants       []string `yaml:"allow_tenants,omitempty"`
	AllowOrganizations []string `yaml:"allow_organizations,omitempty"`
	AllowTeams         []string `yaml:"allow_teams,omitempty"`
}

type bucketConfig struct {
	Name      string   `yaml:"name"`
	Region    string   `yaml:"region"`
	Endpoint  string   `yaml:"endpoint"`
	PathStyle bool     `yaml:"path_style"`
	Access    string   `yaml:"access"`              // private or public
	Addresses []string `yaml:"addresses,omitempty"` // that scenes made elsewhere know it by
}

type datasetConfig struct {
	Name        string           `yaml:"name"`
	Title       string           `yaml:"title"`
	Description string           `yaml:"description"`
	Listed      bool             `yaml:"listed,omitempty"`
	Viewers     []string         `yaml:"viewers,omitempty"`
	Locations   []locationConfig `yaml:"locations"`
}

type locationConfig struct {
	ID     string `yaml:"id"`
	Bucket string `yaml:"bucket"`
	Prefix string `yaml:"prefix"`
}

// defaults are the values of keys that a file leaves out.
func defaults() config {
	return config{
		Portal: portalConfig{Listen: "127.0.0.1:8080"},
		Viewer: viewerConfig{
			Mode: modeSingle, DenyStatus: http.StatusServiceUnavailable, MaxReads: 256, MaxEach: 64,
			Cache: cacheConfig{Fresh: time.Minute},
		},
		Sessions: sessionsConfig{Idle: 8 * time.Hour, Absolute: 24 * time.Hour},
		Signing:  signingConfig{Hash: "sha256", Lifetime: 30 * time.Minute},
		Tracts:   tractsConfig{Size: "20GB"},
	}
}

// loadConfig reads and checks the file at path. Its error is [faults] when the file can be read but is wrong.
func loadConfig(path string, getenv func(string) string) (config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return config{}, fmt.Errorf("read the configuration: %w", err)
	}
	return parseConfig(data, getenv)
}

// parseConfig checks the text of a configuration and the files that it names. Its error is [faults].
func parseConfig(data []byte, getenv func(string) string) (config, error) {
	cfg := defaults()
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return config{}, yamlFaults(err) // not YAML: nothing more can be said
	}
	found := unknownKeys(data)
	found = append(found, expandEnv(&root, getenv)...)
	if err := root.Decode(&cfg); err != nil {
		found = append(found, yamlFaults(err)...)
	}
	found = append(found, cfg.check(lineFinder(&root))...)
	if len(found) > 0 {
		slices.SortStableFunc(found, func(a, b fault) int { return cmp.Compare(a.line, b.line) })
		return config{}, found
	}
	return cfg, nil
}

// seeds are the datasets of the configuration, which are made on start where they are not there.
func (c config) seeds() []store.SeedDataset {
	var sets []store.SeedDataset
	for _, d := range c.Datasets {
		set := store.SeedDataset{Viewers: d.Viewers}
		set.Name, set.Title, set.Description, set.Listed = d.Name, d.Title, d.Description, d.Listed
		for _, l := range d.Locations {
			set.Locations = append(set.Locations, access.Location{ID: l.ID, Bucket: l.Bucket, Prefix: l.Prefix})
		}
		sets = append(sets, set)
	}
	return sets
}
