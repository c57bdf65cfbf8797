package edge_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// raw sends one request as it is written and returns the status and body.
func (w *world) raw(t *testing.T, target, cookie string) (int, string) {
	t.Helper()
	conn := w.dial(t)
	w.write(t, conn, target, cookie)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("GET %s: %v", target, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("GET %s: %v", target, err)
	}
	return res.StatusCode, string(body)
}

// The 29 odd keys as browsers send them: each is read.
func TestKeysOnTheWire(t *testing.T) {
	dir := os.Getenv("NGPORTAL_TEST_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	text, err := os.ReadFile(filepath.Join(dir, "cloudfront-vectors.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no vectors: %v (set NGPORTAL_TEST_DATA)", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Rows []struct{ Key, Wire string } `json:"wire_encoding"`
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Rows) != 29 {
		t.Errorf("%d rows, want 29", len(v.Rows))
	}
	w := newWorld(t, nil)
	cookie := w.cookies(t, w.signer, "loc-one")
	for _, row := range v.Rows {
		w.objects.put("main/one/"+row.Key, "this is "+row.Key)
		code, body := w.raw(t, "/d/loc-one/"+strings.TrimPrefix(row.Wire, "/k/"), cookie)
		if want := "this is " + row.Key; code != 200 || body != want {
			t.Errorf("GET %s = %d %q, want 200 %q", row.Wire, code, body, want)
		}
	}
}

func TestNothingEscapesItsLocation(t *testing.T) {
	w := newWorld(t, nil)
	w.objects.data["main/two/secret"], w.objects.data["main/one/secret"] = "secret", "mine"
	cookie := w.cookies(t, w.signer, "loc-one")
	tests := map[string]int{
		"/d/loc-one/../loc-two/secret":            400,
		"/d/loc-one/%2e%2e/loc-two/secret":        400,
		"/d/loc-one/%2E%2E/loc-two/secret":        400,
		"/d/loc-one/.%2e/loc-two/secret":          400,
		"/d/loc-one/..%2floc-two/secret":          400,
		"/d/loc-one/..%2Floc-two%2Fsecret":        400,
		"/d/loc-one/..%5cloc-two/secret":          400,
		`/d/loc-one/..\loc-two\secret`:            400,
		"/d/loc-one/x%5C..%5C..%5Cloc-two/secret": 400,
		"/d/loc-one/%2e%2E%5csecret":              400,
		"/d/loc-one/x%5C.":                        400,
		`/d/loc-one/sec\ret`:                      400, // no browser sends one that is not escaped
		"/d/loc-one/sec%5Cret":                    404, // a key with a backslash
		"/d/loc-one/../../two/secret":             400,
		"/d/loc-one/x/../../loc-two/secret":       400,
		"/d/loc-one/./secret":                     400,
		"/d/loc-one/secret/..":                    400,
		"/d/loc-one/secret%00":                    400,
		"/d/loc-one/%ff":                          400,
		"/d/loc-one/secret%2":                     400,
		"/d/loc-one/" + strings.Repeat("a", 2000): 400,
		"/d/../d/loc-two/secret":                  400,
		"/d/%2e%2e/d/loc-two/secret":              400,
		"/d/loc-one/%252e%252e/loc-two/secret":    404, // a key with a percent sign
		"/d/loc-one/.../loc-two/secret":           404,
		"/d/loc-one//loc-two/secret":              404,
		"/d/loc-one/two/secret":                   404,
		"/d/loc-one/secret/":                      404,
		"/d/loc-one/":                             404,
		"/d/loc-two/secret":                       503,
		"/d//loc-two/secret":                      503,
		"/d/loc-one%2Fsecret":                     400,
		"/x/../d/loc-two/secret":                  404,
		"//d/loc-two/secret":                      404,
		"/./d/loc-one/secret":                     404,
		"/%64/loc-two/secret":                     404,
		"/D/loc-two/secret":                       404,
		w.origin + "/d/loc-two/secret":            400, // the absolute form
		"/d/loc-one/secret?Policy=a&Signature=b":  503, // CloudFront would pass over the cookies
		"/d/loc-one/secret?Key-Pair-Id=K1":        503,
		"/d/loc-one/secret?/../../loc-two/secret": 200,
		"/d/loc-one/secret":                       200,
		"/d/loc-one/%73ecret":                     200,
	}
	for target, want := range tests {
		code, body := w.raw(t, target, cookie)
		if code != want {
			t.Errorf("GET %s = %d, want %d", target, code, want)
		}
		if strings.Contains(body, "secret") && body != "mine" {
			t.Errorf("GET %s brings out %q", target, body)
		}
	}
	for _, key := range w.objects.asked() {
		if !strings.HasPrefix(key, "main/one/") || key == "main/one/" {
			t.Errorf("the storage was asked for %s", key)
		}
	}
}
