package e2e

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	mrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	clientID   = "e2e"
	signingID  = "KE2E"
	signingPEM = "signing.pem" // in a deployment's folder
)

func addressOf(name string) string { return strings.ToLower(name) + "@example.org" }

// A deployment is an `ngportal serve` with a configuration of its own: data from the demo's S3 server, people
// from a provider of the test. It can be stopped, changed and started again; its database stays.
type deployment struct {
	t                    *testing.T
	dir                  string
	file                 string // of the configuration
	portal, viewer, data string // addresses
	mode                 string
	datasets             []dataset
	providers            []*provider
	endpoint             string         // of S3
	lifetime             string         // of the cookies that one reads data with
	extra                map[string]any // further parts of the configuration
	ports                [2]string      // where portal and viewer listen, if not at their addresses
	admin                *program       // Ada's, see ada

	cmd  *exec.Cmd
	done <-chan error // gets its end
	log  *logbook
}

// A dataset is a folder of the even bucket, which is a location of the same name. The configuration says who
// may view it at first; see grant for later.
type dataset struct {
	name    string
	viewers []string
	listed  bool
}

// deploySingle makes a deployment whose viewer and data are one host.
func deploySingle(t *testing.T, datasets ...dataset) *deployment {
	t.Helper()
	return deployWith(t, nil, datasets...)
}

// deployWith is deploySingle for a deployment that something is different in; change may be nil.
func deployWith(t *testing.T, change func(d *deployment), datasets ...dataset) *deployment {
	t.Helper()
	d := newDeployment(t, datasets)
	one, two := freePorts(t)
	d.portal, d.viewer = "http://localhost:"+one, "http://localhost:"+two
	d.data = d.viewer
	if change != nil {
		change(d)
	}
	d.start()
	return d
}

// deploySibling makes a deployment whose viewer and data are hosts of one domain, with TLS.
func deploySibling(t *testing.T, datasets ...dataset) *deployment {
	t.Helper()
	d := newDeployment(t, datasets)
	one, two := freePorts(t)
	d.mode = "sibling"
	d.portal = "https://portal.example.test:" + one
	d.viewer, d.data = "https://neuroglancer.example.test:"+two, "https://cfdist.example.test:"+two
	d.writeCertificate("*.example.test")
	d.start()
	return d
}

func newDeployment(t *testing.T, datasets []dataset) *deployment {
	t.Helper()
	d := &deployment{t: t, dir: t.TempDir(), file: "ngportal.yaml", mode: "single", datasets: datasets, lifetime: "30m", providers: []*provider{newProvider(t)}}
	text, err := os.ReadFile(filepath.Join(the.dir, "ngportal.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`endpoint: (http\S+)`).FindSubmatch(text)
	if found == nil {
		t.Fatal("the demo's configuration names no S3 server")
	}
	d.endpoint = string(found[1])
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d.writeKey(signingPEM, key)
	secret := make([]byte, 64)
	_, _ = rand.Read(secret) // never fails
	d.write("session.key", secret)
	t.Cleanup(d.stop)
	return d
}

// freePorts finds two ports to be ours through several starts. Those that the system chooses for connections lie above.
func freePorts(t *testing.T) (one, two string) {
	t.Helper()
	for range 100 {
		first := 20_000 + mrand.IntN(12_000)
		one, two = fmt.Sprint(first), fmt.Sprint(first+1)
		if isFree(t, one) && isFree(t, two) {
			return one, two
		}
	}
	t.Fatal("found no free ports")
	return "", ""
}

func isFree(t *testing.T, port string) bool {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+port)
	if err != nil {
		return false
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	return true
}

func (d *deployment) in(name string) string { return filepath.Join(d.dir, name) }

func (d *deployment) write(name string, content []byte) {
	d.t.Helper()
	if err := os.WriteFile(d.in(name), content, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *deployment) writeKey(name string, key *ecdsa.PrivateKey) {
	d.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		d.t.Fatal(err)
	}
	d.write(name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// writeCertificate makes a certificate that nobody but itself has signed.
func (d *deployment) writeCertificate(name string) {
	d.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		d.t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "e2e"}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		d.t.Fatal(err)
	}
	d.write("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	d.writeKey("key.pem", key)
}

// config is the configuration; JSON is YAML, too.
func (d *deployment) config() map[string]any {
	var datasets []object
	for _, set := range d.datasets {
		datasets = append(datasets, object{
			"name": set.name, "title": titleOf(set.name), "description": "Gray all over.", "viewers": set.viewers, "listed": set.listed,
			"locations": []object{{"id": set.name, "bucket": evenBucket, "prefix": set.name + "/"}},
		})
	}
	portal := object{"url": d.portal, "listen": listenAt(cmp.Or(d.ports[0], d.portal))}
	viewer := object{"url": d.viewer, "edge_listen": listenAt(cmp.Or(d.ports[1], d.viewer)), "mode": d.mode}
	if d.mode == "sibling" {
		viewer["data_url"] = d.data
		portal["tls"] = object{"cert_file": d.in("cert.pem"), "key_file": d.in("key.pem")}
		viewer["tls"] = portal["tls"]
	}
	var logins []object
	for i, p := range d.providers {
		logins = append(logins, object{
			"name": fmt.Sprintf("e2e%d", i+1), "title": providerTitle(i), "kind": "openid-connect", "issuer": p.issuer,
			"client_id": clientID, "client_secret": "secret",
		})
	}
	out := object{
		"portal": portal, "viewer": viewer,
		"store":    object{"url": "sqlite://" + d.in("portal.db")},
		"sessions": object{"key_file": d.in("session.key")},
		"signing":  object{"key_id": signingID, "private_key_file": d.in(signingPEM), "lifetime": d.lifetime},
		"login":    logins,
		"admins":   []string{addressOf("Ada")},
		"buckets":  []object{{"name": evenBucket, "endpoint": d.endpoint, "region": "us-east-1", "path_style": true, "access": "private"}},
		"datasets": datasets,
	}
	maps.Copy(out, d.extra)
	return out
}

func titleOf(dataset string) string { return "Even " + dataset }

// providerTitle is what one of the providers of a deployment is called.
func providerTitle(i int) string { return []string{"Example", "Laboratory"}[i] }

func listenAt(origin string) string {
	return "127.0.0.1:" + origin[strings.LastIndexByte(origin, ':')+1:]
}

// start writes the configuration and runs the portal until it listens.
func (d *deployment) start() {
	d.t.Helper()
	text, err := json.MarshalIndent(d.config(), "", "  ")
	if err != nil {
		d.t.Fatal(err)
	}
	d.write(d.file, text)
	binary, err := command()
	if err != nil {
		d.t.Fatal(err)
	}
	d.cmd = exec.Command(binary, "serve", "--config", d.in(d.file))
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") {
			d.cmd.Env = append(d.cmd.Env, v)
		}
	}
	d.cmd.Env = append(d.cmd.Env, "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(the.dir, "aws-credentials"), "AWS_CONFIG_FILE="+os.DevNull)
	d.log = &logbook{}
	d.cmd.Stderr = d.log
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.done = waiting(d.cmd)
	d.untilListening()
}

func (d *deployment) untilListening() {
	d.t.Helper()
	for deadline := time.Now().Add(startTime); d.log.count(entry{Msg: "listening"}) < 2; {
		select {
		case err := <-d.done:
			d.cmd = nil
			d.t.Fatalf("the portal ended before it was ready: %v\n%s", err, d.log)
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("the portal was not ready after %v:\n%s", startTime, d.log)
		}
	}
}

// stop ends the portal, which must end well.
func (d *deployment) stop() {
	if d.cmd == nil {
		return
	}
	cmd := d.cmd
	d.cmd = nil
	if err := interrupt(cmd, d.done); err != nil {
		d.t.Errorf("%v:\n%s", err, d.log)
	}
}
