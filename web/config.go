package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
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

// A fault is one thing wrong with a configuration file, and what to do about it.
type fault struct {
	line int // 0 if it belongs to no line
	text string
	hint string
}

// faults are all the things wrong with a file, in its order.
type faults []fault

func (f faults) Error() string {
	var b strings.Builder
	for i, one := range f {
		if i > 0 {
			b.WriteByte('\n')
		}
		if one.line > 0 {
			fmt.Fprintf(&b, "line %d: ", one.line)
		}
		b.WriteString(one.text)
		if one.hint != "" {
			fmt.Fprintf(&b, "\n    hint: %s", one.hint)
		}
	}
	return b.String()
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

func parseConfig(data []byte, getenv func(string) string) (config, error) {
	cfg := defaults()
	expanded, found := expandEnv(data, getenv)
	dec := yaml.NewDecoder(bytes.NewReader(expanded))
	dec.KnownFields(true)
	if err := dec.Decode(&cfg); err != nil && !errors.Is(err, io.EOF) {
		found = append(found, yamlFaults(err)...)
		if len(found) > 0 && !isTypeError(err) {
			return config{}, found // not YAML: nothing more can be said
		}
	}
	found = append(found, cfg.check(lineFinder(expanded))...)
	if len(found) > 0 {
		return config{}, found
	}
	return cfg, nil
}

var envForm = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expandEnv replaces ${NAME} by the variable's value, before the text is read as YAML, so that lines stay the same.
// A value with a line break is refused: it could add keys of its own.
func expandEnv(data []byte, getenv func(string) string) ([]byte, faults) {
	var found faults
	lines := strings.SplitAfter(string(data), "\n")
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		lines[i] = envForm.ReplaceAllStringFunc(line, func(m string) string {
			name := m[2 : len(m)-1]
			value := getenv(name)
			if value == "" {
				found = append(found, fault{
					i + 1, "the environment variable " + name + " is not set",
					"set it, or write the value in the file",
				})
			}
			if strings.ContainsAny(value, "\r\n") {
				found = append(found, fault{i + 1, "the environment variable " + name + " holds a line break", ""})
				return ""
			}
			return value
		})
	}
	return []byte(strings.Join(lines, "")), found
}

func isTypeError(err error) bool {
	_, ok := errors.AsType[*yaml.TypeError](err)
	return ok
}

var (
	yamlLine     = regexp.MustCompile(`line (\d+): (.*)`)
	unknownField = regexp.MustCompile(`field (\S+) not found in type main\.(\w+)`)
)

// yamlFaults turns the decoder's errors into faults.
func yamlFaults(err error) faults {
	texts := []string{err.Error()}
	if te, ok := errors.AsType[*yaml.TypeError](err); ok {
		texts = te.Errors
	}
	var out faults
	for _, text := range texts {
		f := fault{text: strings.TrimPrefix(text, "yaml: ")}
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			_, _ = fmt.Sscan(m[1], &f.line) // the pattern admits digits only
			f.text = m[2]
		}
		if m := unknownField.FindStringSubmatch(f.text); m != nil {
			f.text = fmt.Sprintf("unknown key %q", m[1])
			f.hint = "docs/operate.md lists every key; check the spelling and the indentation"
		}
		out = append(out, f)
	}
	return out
}

// lineFinder returns a function that tells the line of a key such as "login.0.issuer",
// or of the nearest one above it that is there.
func lineFinder(data []byte) func(path string) int {
	lines := map[string]int{}
	var root yaml.Node
	if yaml.Unmarshal(data, &root) == nil && len(root.Content) > 0 {
		noteLines(root.Content[0], "", lines)
	}
	return func(path string) int {
		for {
			if n, ok := lines[path]; ok {
				return n
			}
			i := strings.LastIndexByte(path, '.')
			if i < 0 {
				return 0
			}
			path = path[:i]
		}
	}
}

func noteLines(n *yaml.Node, path string, lines map[string]int) {
	join := func(key string) string {
		if path == "" {
			return key
		}
		return path + "." + key
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := join(n.Content[i].Value)
			lines[key] = n.Content[i].Line
			noteLines(n.Content[i+1], key, lines)
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			key := join(fmt.Sprint(i))
			lines[key] = item.Line
			noteLines(item, key, lines)
		}
	default: // a scalar has no keys
	}
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

// originOf returns scheme://host[:port] of a URL that has nothing else in it.
func originOf(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", false
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), true
}
