package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	siblingPortal = "https://portal.example.com"
	siblingViewer = "https://ng.example.com"
	siblingData   = "https://data.example.com"
)

// admitSibling runs a deployment whose viewer and data have hosts of their own, and returns what doctor would examine:
// it finds the three names at one listener.
func admitSibling(t *testing.T, before front, cert *tls.Certificate) *patient {
	t.Helper()
	var portal, viewer http.Handler
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case "https://"+r.Host == siblingPortal:
			portal.ServeHTTP(w, r)
		case before != nil:
			before(w, r, viewer)
		default:
			viewer.ServeHTTP(w, r)
		}
	}))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	roots := x509.NewCertPool()
	if cert != nil {
		srv.TLS = &tls.Config{Certificates: []tls.Certificate{*cert}}
		roots.AddCert(cert.Leaf)
	}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	if cert == nil { // httptest's own, for *.example.com and until 2084
		roots.AddCert(srv.Certificate())
	}
	w := &ward{running: relayed(t, demoConfig(t))}
	c := &w.running
	c.Portal.URL, c.Viewer.URL, c.Viewer.DataURL, c.Viewer.Mode = siblingPortal, siblingViewer, siblingData, modeSibling
	p, err := fromConfig(t.Context(), *c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	portal, viewer = a.portal, a.viewer
	return reach(newPatient(t.Context(), w.file(t, nil), os.Getenv), srv.Listener.Addr().String(), roots)
}

// reach makes p find all names of example.com at addr.
func reach(p *patient, addr string, roots *x509.CertPool) *patient {
	p.client = newAsker(roots)
	transport, _ := p.client.Transport.(*http.Transport)
	transport.DialContext = func(ctx context.Context, network, asked string) (net.Conn, error) {
		if strings.HasSuffix(asked, ".example.com:443") {
			asked = addr
		}
		return new(net.Dialer).DialContext(ctx, network, asked)
	}
	return p
}

func (p *patient) diagnosis(t *testing.T) diagnosis {
	t.Helper()
	t.Cleanup(p.client.CloseIdleConnections)
	var d diagnosis
	for _, r := range examine(t.Context(), p, p.checks()) {
		d.Checks = append(d.Checks, struct{ Name, Title, Status, Detail, Mend string }{r.name, r.title, string(r.status), r.detail, r.mend})
	}
	return d
}

func TestDoctorOfSiblingHosts(t *testing.T) {
	onData := func(change func(h http.Header, r *http.Request)) front {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			res := httptest.NewRecorder()
			next.ServeHTTP(res, r)
			if "https://"+r.Host == siblingData {
				change(res.Header(), r)
			}
			replay(w, res)
		}
	}
	tests := map[string]struct {
		before front
		status string // of "cors"
		says   string
	}{
		"all is well": {nil, "ok", "the viewer's pages can, and they alone"},
		"any origin may read, with cookies": {
			onData(func(h http.Header, r *http.Request) {
				h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
				h.Set("Access-Control-Allow-Credentials", "true")
			}), "wrong", "a page of https://stranger.example is told Access-Control-Allow-Origin: https://stranger.example",
		},
		"an origin that begins like the viewer's may read": {
			onData(func(h http.Header, r *http.Request) {
				if strings.HasPrefix(r.Header.Get("Origin"), siblingViewer) {
					h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
				}
			}), "wrong", "a page of https://ng.example.com.stranger.example is told",
		},
		"the viewer's page may not read": {
			onData(func(h http.Header, _ *http.Request) { h.Del("Access-Control-Allow-Origin") }),
			"wrong", `the viewer's page is told Access-Control-Allow-Origin: ""`,
		},
		"the viewer's page may not read refusals": {
			onData(func(h http.Header, _ *http.Request) {
				if h.Get("X-Edge-Deny") != "" {
					h.Del("Access-Control-Allow-Origin")
				}
			}), "wrong", "503 MissingKey",
		},
		"cookies may not be sent": {
			onData(func(h http.Header, _ *http.Request) { h.Del("Access-Control-Allow-Credentials") }),
			"wrong", "may not send cookies",
		},
		"the form of a refusal is hidden": {
			onData(func(h http.Header, _ *http.Request) { h.Set("Access-Control-Expose-Headers", "ETag") }),
			"wrong", `Access-Control-Expose-Headers is "etag"`,
		},
		"preflights are not answered": {
			onData(func(h http.Header, _ *http.Request) { h.Del("Access-Control-Allow-Headers") }),
			"note", "ranges from the end of an object will not work",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := admitSibling(t, tt.before, nil).diagnosis(t)
			var want []string
			if tt.status == "wrong" {
				want = []string{"cors"}
			}
			if got := d.with("wrong"); !slices.Equal(got, want) {
				t.Errorf("wrong: %v, want %v", got, want)
				for _, name := range got {
					t.Logf("%s: %s", name, d.say(name))
				}
			}
			if !slices.Contains(d.with(tt.status), "cors") || !strings.Contains(d.say("cors"), tt.says) {
				t.Errorf("cors: %s, want status %s and %q", d.say("cors"), tt.status, tt.says)
			}
			if got := d.with("unchecked"); len(got) > 0 {
				t.Errorf("not checked: %v", got)
			}
		})
	}
}

func TestDoctorOfCertificates(t *testing.T) {
	names := []string{"portal.example.com", "ng.example.com", "data.example.com"}
	tests := map[string]struct {
		end   time.Time // zero: in many years
		names []string
		wrong []string
		says  string
	}{
		"for years":        {says: "3 of 3"},
		"for an hour":      {end: time.Now().Add(time.Hour), names: names, says: "one ends soon: https://portal.example.com until "},
		"until before":     {end: time.Now().Add(-time.Hour), names: names, wrong: []string{"portal", "viewer", "certificates"}, says: "certificate has expired"},
		"for another name": {end: time.Now().Add(time.Hour), names: names[:2], wrong: []string{"viewer", "certificates"}, says: "not data.example.com"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var cert *tls.Certificate
			if !tt.end.IsZero() {
				path := filepath.Join(t.TempDir(), "pair")
				writePair(t, path, tt.end, tt.names...)
				pair, err := tls.LoadX509KeyPair(path+".crt", path+".key")
				if err != nil {
					t.Fatal(err)
				}
				cert = &pair
			}
			d := admitSibling(t, nil, cert).diagnosis(t)
			if got := d.with("wrong"); !slices.Equal(got, tt.wrong) {
				t.Errorf("wrong: %v, want %v", got, tt.wrong)
			}
			if got := d.say("certificates"); !strings.Contains(got, tt.says) {
				t.Errorf("certificates: %s, want %q", got, tt.says)
			}
		})
	}
}
