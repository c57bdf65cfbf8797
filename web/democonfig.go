package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"ngportal/auth"
	"ngportal/s3index"
	"ngportal/web/idp"
	"ngportal/web/phantom"
	"ngportal/web/s3server"
)

// The demo's client at its identity provider, which lives on the portal's host. A port of its own would make
// other people of Ada, Ben and Eve whenever it changed.
const (
	providerPath = "/demo-sign-in"
	demoClient   = "ngportal-demo"
)

// in is the path of one of the demo's own files.
func (d *demonstration) in(name string) string { return filepath.Join(d.dir, name) }

// config describes the demo as any other deployment is described.
func (d *demonstration) config(endpoint string, extra []string) config {
	c := defaults()
	c.Portal = portalConfig{URL: d.portalURL, Listen: d.portalAddr}
	c.Viewer.URL, c.Viewer.EdgeListen, c.Viewer.Cache = d.viewerURL, d.viewerAddr, cacheConfig{}
	c.Tracts.Dir = d.dir
	c.Store.URL = "sqlite://" + d.in("portal.db")
	c.Sessions.KeyFile = d.in("session.key")
	c.Signing.KeyID, c.Signing.PrivateKeyFile = "KDEMO", d.in("signing.pem")
	c.Login = []loginConfig{{
		Name: "demo", Title: "the demo", Kind: "openid-connect", Issuer: d.portalURL + providerPath,
		ClientID: demoClient, ClientSecretFile: d.in("client.secret"),
	}}
	c.Admins = []string{ada}
	for _, name := range append([]string{phantom.PrivateBucket, phantom.MicroscopyBucket}, extra...) {
		c.Buckets = append(c.Buckets, bucketConfig{
			Name: name, Region: s3server.Region, Endpoint: endpoint, PathStyle: true, Access: "private",
		})
	}
	c.Datasets = demoDatasets(extra)
	return c
}

func demoDatasets(extra []string) []datasetConfig {
	sets := []datasetConfig{
		{
			Name: "phantom", Listed: true, Title: "Phantom: MRI, XPCT and tracts",
			Description: "A head that never was: T1-weighted MRI, diffusion, phase-contrast tomography, labels and a tractogram, all in one space.",
			Locations:   []locationConfig{{ID: phantomLocation, Bucket: phantom.PrivateBucket}},
			Viewers:     []string{ben},
		},
		{
			Name: "microscopy", Listed: true, Title: "Phantom: microscopy",
			Description: "A fluorescence slab of the same head in four channels, thousands of small files, and names that break lesser programs.",
			Locations:   []locationConfig{{ID: microscopyLocation, Bucket: phantom.MicroscopyBucket}},
		},
	}
	ids := locationIDs(extra)
	for _, name := range extra {
		sets = append(sets, datasetConfig{
			Name: "demo-" + name, Title: name, Description: "Your own files from NGPORTAL_DEMO_S3_DIR.",
			Locations: []locationConfig{{ID: ids[name], Bucket: name}},
			Viewers:   []string{ben},
		})
	}
	return sets
}

// configure writes the demo's configuration and what it names, and reads it back: the demo is what it says.
// The keys stay from one start to the next, all else is written anew.
func (d *demonstration) configure(ctx context.Context, s3 *s3server.Server, extra []string) (config, error) {
	if _, err := auth.ReadOrMakeKeys(d.in("session.key")); err != nil {
		return config{}, err
	}
	if err := makeSigningKey(d.in("signing.pem")); err != nil {
		return config{}, err
	}
	text, err := yaml.Marshal(d.config(s3.Endpoint, extra))
	if err != nil {
		return config{}, fmt.Errorf("write the demo's configuration: %w", err)
	}
	keys, err := s3.Config().Credentials.Retrieve(ctx)
	if err != nil {
		return config{}, fmt.Errorf("write the demo's configuration: %w", err)
	}
	for name, content := range map[string]string{
		"ngportal.yaml":   "# ngportal demo writes this at each start.\n" + string(text),
		"aws-credentials": "[default]\naws_access_key_id = " + keys.AccessKeyID + "\naws_secret_access_key = " + keys.SecretAccessKey + "\n",
		"client.secret":   rand.Text() + "\n",
	} {
		if err = writePrivate(d.in(name), content); err != nil {
			return config{}, err
		}
	}
	c, err := loadConfig(d.in("ngportal.yaml"), d.getenv)
	if err != nil {
		return c, fmt.Errorf("%s: %w", d.in("ngportal.yaml"), err)
	}
	return c, nil
}

// makeSigningKey makes the file of a key, unless it is there.
func makeSigningKey(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make a signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("make a signing key: %w", err)
	}
	return writePrivate(path, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

// writePrivate makes or replaces a file that its owner alone can read. Nobody finds half of it.
func writePrivate(path, content string) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // with mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.WriteString(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}

// parts puts the demo together: the same parts as in production, and an identity provider of its own.
func (d *demonstration) parts(c config, s3 *s3server.Server) (parts, http.Handler, error) {
	p, err := readParts(c, d.log)
	if err != nil {
		return parts{}, nil, err
	}
	// Not connect: what the environment says of AWS is no business of the demo's.
	for _, b := range c.Buckets {
		p.buckets = append(p.buckets, s3index.NewBucket(b.Name, s3index.NewClient(s3.Config(), b.Endpoint, b.PathStyle)))
	}
	login := p.logins[0]
	provider, err := idp.New(idp.Config{
		Issuer: login.Issuer, ClientID: login.ClientID, ClientSecret: login.ClientSecret, RedirectURL: login.RedirectURL,
		People: []idp.Person{
			{Subject: "ada", Name: "Ada", Email: ada, About: "administers the portal and sees everything"},
			{Subject: "ben", Name: "Ben", Email: ben, About: "may see the phantom, but not the microscopy"},
			{Subject: "eve", Name: "Eve", Email: eve, About: "may see nothing"},
		},
		Now: time.Now,
	})
	return p, provider, err
}

// doctorLine is what to type to examine the demo while it runs, by the name that this program was started with.
func (d *demonstration) doctorLine() string {
	return "AWS_SHARED_CREDENTIALS_FILE=" + shellWord(d.in("aws-credentials")) +
		" " + shellWord(os.Args[0]) + " doctor --config " + shellWord(d.in("ngportal.yaml"))
}

// shellWord quotes s where a shell would take it apart.
func shellWord(s string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("/._-+:@%", c)
	}
	if strings.TrimFunc(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
