package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A program uses the API of a portal as scripts do, by a token.
type program struct {
	t              *testing.T
	portal, secret string
	client         *http.Client
}

// newProgram is a program without a token yet. It keeps cookies, and finds every host on this computer.
func newProgram(t *testing.T, portal string) *program {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &program{t: t, portal: portal, client: &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
		},
	}}}
}

// ada is Ada's program, which has signed in as she does and made itself a token.
func (d *deployment) ada() *program {
	d.t.Helper()
	if d.admin == nil {
		d.admin = d.program("Ada")
	}
	return d.admin
}

// program is somebody's program with a token that may do all that they may.
func (d *deployment) program(who string) *program {
	d.t.Helper()
	p := newProgram(d.t, d.portal)
	_, page := p.send(http.MethodGet, d.portal+"/auth/e2e1", nil)
	to := regexp.MustCompile(`href="([^"]+)">` + who + `<`).FindStringSubmatch(page)
	if to == nil {
		d.t.Fatalf("the provider knows no %s:\n%s", who, page)
	}
	p.send(http.MethodGet, strings.ReplaceAll(to[1], "&amp;", "&"), nil)
	var made struct{ Secret string }
	p.do(http.MethodPost, "me/tokens", object{"name": "e2e", "scope": "admin", "expires": time.Now().Add(time.Hour).UTC()}, &made)
	p.secret, p.client.Jar = made.Secret, nil
	return p
}

// An object is one of JSON.
type object = map[string]any

// send sends a request and returns what is answered.
func (p *program) send(method, address string, body []byte) (status int, answer string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.secret != "" {
		r.Header.Set("Authorization", "Bearer "+p.secret)
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// ask asks the API; in may be nil.
func (p *program) ask(method, path string, in any) (status int, answer string) {
	p.t.Helper()
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			p.t.Fatal(err)
		}
	}
	return p.send(method, p.portal+"/api/v1/"+path, body)
}

// do asks the API for something that it must do, and reads its answer into out unless that is nil.
func (p *program) do(method, path string, in, out any) {
	p.t.Helper()
	status, answer := p.ask(method, path, in)
	if status >= http.StatusMultipleChoices {
		p.t.Fatalf("%s %s is answered %d: %s", method, path, status, answer)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal([]byte(answer), out); err != nil {
		p.t.Fatalf("%s %s: %v: %s", method, path, err, answer)
	}
}

// A named is something of the API that has a number.
type named struct {
	ID          int64
	Name, Email string
}

// list asks the API for the items of a list.
func list[T any](p *program, path string) []T {
	p.t.Helper()
	var out struct{ Items []T }
	p.do(http.MethodGet, path, nil, &out)
	return out.Items
}

// viewersOf is the number of the group that the configuration has made for the viewers of a dataset.
func (p *program) viewersOf(dataset string) int64 {
	p.t.Helper()
	want := titleOf(dataset) + " viewers"
	for _, g := range list[named](p, "groups?"+url.Values{"q": {want}}.Encode()) {
		if g.Name == want {
			return g.ID
		}
	}
	p.t.Fatalf("there is no group %q", want)
	return 0
}

// datasetID is the number of a dataset.
func (p *program) datasetID(name string) int64 {
	p.t.Helper()
	var d named
	p.do(http.MethodGet, "datasets/"+name, nil, &d)
	return d.ID
}

// grant lets these people, and nobody else but administrators, see some of the datasets from now on.
func (d *deployment) grant(viewers []string, names ...string) {
	d.t.Helper()
	ada := d.ada()
	for _, name := range names {
		group := fmt.Sprintf("groups/%d", ada.viewersOf(name))
		var in []string
		for _, m := range list[struct{ Person named }](ada, group+"/members") {
			if in = append(in, m.Person.Email); !slices.Contains(viewers, m.Person.Email) {
				ada.do(http.MethodDelete, fmt.Sprintf("%s/members/%d", group, m.Person.ID), nil, nil)
			}
		}
		for _, email := range viewers {
			if !slices.Contains(in, email) {
				ada.do(http.MethodPost, group+"/invitations", object{"email": email}, nil)
			}
		}
	}
}
