package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A wireKey is an odd key and the path that browsers send for it.
type wireKey struct{ Key, Wire string }

// wireKeys reads the table of data/cloudfront-vectors.json and stores an object under each of its keys, in the folder
// wire/ of the bucket bad. The object holds its own key.
func wireKeys(t *testing.T) []wireKey {
	t.Helper()
	dir := os.Getenv("NGPORTAL_TEST_DATA")
	if dir == "" {
		dir = filepath.Join(the.source, "../shared/data")
	}
	text, err := os.ReadFile(filepath.Join(dir, "cloudfront-vectors.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no vectors: %v (set NGPORTAL_TEST_DATA)", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Rows []wireKey `json:"wire_encoding"`
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Rows) != 29 {
		t.Fatalf("%d rows, want 29", len(v.Rows))
	}
	for i, row := range v.Rows {
		file := filepath.Join(the.dir, "extra", "bad", "wire", row.Key) // the S3 server keeps a//b as a/b
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("this is "+row.Key), 0o644); err != nil {
			t.Fatal(err)
		}
		v.Rows[i].Wire = "/d/demo-bad/wire/" + strings.TrimPrefix(row.Wire, "/k/")
	}
	return v.Rows
}

// openWire opens a scene of the bucket bad, and returns the cookies that a browser has then.
func openWire(t *testing.T) (v *visitor, cookie string) {
	t.Helper()
	v = signIn(t, "Ben")
	_, entry := v.openScene("demo-bad/demo-bad/placed/")
	v.enter(entry)
	cookies := v.cookies(the.viewer + "/d/demo-bad/x")
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(cookies)) {
		pairs = append(pairs, name+"="+cookies[name])
	}
	return v, strings.Join(pairs, "; ")
}

// TestOddNamesOnTheWire reads each odd object by the bytes that browsers send for it.
func TestOddNamesOnTheWire(t *testing.T) {
	rows := wireKeys(t)
	_, cookie := openWire(t)
	host := strings.TrimPrefix(the.viewer, "http://")
	for _, row := range rows {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nCookie: %s\r\n\r\n", row.Wire, host, cookie)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		_, err = body.ReadFrom(res.Body)
		if want := "this is " + row.Key; res.StatusCode != 200 || body.String() != want || err != nil {
			t.Errorf("GET %s = %d %q, %v, want 200 %q", row.Wire, res.StatusCode, body.String(), err, want)
		}
		res.Body.Close()
		conn.Close()
	}
}

// neuroglancer reads objects with the viewer's own code: from the address that a source has in a state to the one it
// asks for, by way of its key. fetch writes that as a browser does.
const neuroglancer = `
import { readFileSync } from "node:fs";
import { getBaseHttpUrlAndPath, joinBaseUrlAndPath } from "neuroglancer/unstable/kvstore/url.js";
const { sources, cookie } = JSON.parse(readFileSync(0, "utf8"));
const out = [];
for (const source of sources) {
  const { baseUrl, path } = getBaseHttpUrlAndPath(source);
  const url = joinBaseUrlAndPath(baseUrl, path);
  const response = await fetch(url, { headers: { cookie } });
  out.push({ key: path, wire: new URL(url).pathname, status: response.status, body: await response.text() });
}
console.log(JSON.stringify(out));
`

// TestOddNamesAsTheViewerReadsThem walks from the portal's rows of odd objects to the data, as a person does: a row's
// address of the data goes into the viewer, and what that asks for is the table's.
func TestOddNamesAsTheViewerReadsThem(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no node: the viewer's own encoding is not tried")
	}
	if _, err := os.Stat(filepath.Join(the.source, "viewer/node_modules/neuroglancer")); err != nil {
		t.Skip("the viewer's packages are not installed (make build): its own encoding is not tried")
	}
	rows := wireKeys(t)
	v, cookie := openWire(t)
	addresses := v.dataAddresses("/browse/demo-bad/wire/")
	addresses["a//b"] = v.dataAddresses("/browse/demo-bad/wire/a/")["b"]
	// This S3 server has no empty segments: the key is wire/a/b there, but is found under its own name.
	addresses["a//b"] = strings.Replace(addresses["a//b"], "/a/b", "/a//b", 1)
	sources := make([]string, len(rows))
	for i, row := range rows {
		if sources[i] = addresses[row.Key]; sources[i] == "" {
			t.Fatalf("the portal has no row of %q with an address: %q", row.Key, addresses)
		}
	}
	job, err := json.Marshal(map[string]any{"sources": sources, "cookie": cookie})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "--input-type=module", "-e", neuroglancer)
	cmd.Dir, cmd.Stdin = filepath.Join(the.source, "viewer"), bytes.NewReader(job)
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	var got []struct {
		Key, Wire, Body string
		Status          int
	}
	if err := json.Unmarshal(text, &got); err != nil || len(got) != len(rows) {
		t.Fatalf("node says %.200s, %v", text, err)
	}
	for i, row := range rows {
		if g := got[i]; g.Key != "d/demo-bad/wire/"+row.Key || g.Wire != row.Wire || g.Status != 200 || g.Body != "this is "+row.Key {
			t.Errorf("%q of the source %s is read as %+v, want %s", row.Key, sources[i], g, row.Wire)
		}
	}
}

// dataAddresses are what the rows of a folder's page give as the addresses of their data, by name. The page that each
// row leads to is there.
func (v *visitor) dataAddresses(folder string) map[string]string {
	v.t.Helper()
	out := map[string]string{}
	for _, row := range all(v.get(folder).doc, "#rows tr") {
		link, copies := all(row, "th a"), all(row, ".texts code")
		if len(link) != 1 || len(copies) < 2 {
			v.t.Errorf("%s: the row %q has %d links and %d addresses, want 1 and 2 or more", folder, text(row), len(link), len(copies))
			continue
		}
		if p := v.get(attr(link[0], "href")); p.code != 200 {
			v.t.Errorf("%s of %q = %d, want 200", p.url, text(link[0]), p.code)
		}
		out[text(link[0])] = text(copies[1])
	}
	return out
}
