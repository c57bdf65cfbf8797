package main

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"ngportal/access"
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
	Buckets  []bucketConfig  `yaml:"buckets"`
	Datasets []datasetConfig `yaml:"datasets"`
}

type portalConfig struct {
	URL    string `yaml:"url"`
	Listen string `yaml:"listen"`
}

type viewerConfig struct {
	URL        string `yaml:"url"`
	EdgeListen string `yaml:"edge_listen"` // set: we are the viewer host ourselves
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
	KeyID          string        `yaml:"key_id"`
	PrivateKeyFile string        `yaml:"private_key_file"`
	Hash           string        `yaml:"hash"`
	Lifetime       time.Duration `yaml:"lifetime"`
}

type loginConfig struct {
	Name             string   `yaml:"name"`
	Title            string   `yaml:"title"`
	Kind             string   `yaml:"kind"`
	Issuer           string   `yaml:"issuer"`
	ClientID         string   `yaml:"client_id"`
	ClientSecret     string   `yaml:"client_secret"`
	ClientSecretFile string   `yaml:"client_secret_file"`
	AllowDomains     []string `yaml:"allow_domains"`
}

type bucketConfig struct {
	Name      string `yaml:"name"`
	Region    string `yaml:"region"`
	Endpoint  string `yaml:"endpoint"`
	PathStyle bool   `yaml:"path_style"`
	Access    string `yaml:"access"` // private or public
}

type datasetConfig struct {
	Name        string           `yaml:"name"`
	Title       string           `yaml:"title"`
	Description string           `yaml:"description"`
	Viewers     []string         `yaml:"viewers"`
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
		Portal:   portalConfig{Listen: "127.0.0.1:8080"},
		Sessions: sessionsConfig{Idle: 8 * time.Hour, Absolute: 24 * time.Hour},
		Signing:  signingConfig{Hash: "sha256", Lifetime: 30 * time.Minute},
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

// policy makes the datasets of the configuration into the policy of the portal.
func (c config) policy() (*access.Policy, error) {
	var sets []access.Dataset
	for _, d := range c.Datasets {
		set := access.Dataset{Name: d.Name, Title: d.Title, Description: d.Description, Viewers: d.Viewers}
		for _, l := range d.Locations {
			set.Locations = append(set.Locations, access.Location{ID: l.ID, Bucket: l.Bucket, Prefix: l.Prefix})
		}
		sets = append(sets, set)
	}
	return access.New(sets, c.Admins)
}

// originOf returns scheme://host[:port] of a URL that has nothing else in it, as browsers write it:
// in lower case, without a port that goes without saying, without the dot that may end a full name.
func originOf(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", false
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if u.Port() == "" {
		return u.Scheme + "://" + host, true
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return "", false
	}
	if defaultPort := map[string]uint64{"http": 80, "https": 443}[u.Scheme]; port != defaultPort {
		host += ":" + strconv.FormatUint(port, 10)
	}
	return u.Scheme + "://" + host, true
}
