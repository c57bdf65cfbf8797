package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"ngportal/cloudfront"
	"ngportal/web/s3server"
)

// BenchmarkEdge reads the same private objects of the same S3 server, with wrk, through the edge, through
// nginx that checks nothing, and through nginx that asks our verifier by auth_request. All
// of them log a line a request. It prints requests/s, bytes/s and latencies, and the ratios edge/nginx.
//
// nginx cannot sign: it sends signatures made beforehand, so that the S3 server has the same to check. The
// servers are measured in turn, several rounds, and each counts with its median.
func BenchmarkEdge(b *testing.B) {
	for _, tool := range []string{"nginx", "wrk"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skipf("no %s here: apt-get install nginx wrk", tool)
		}
	}
	w := newBenchWorld(b)
	for _, size := range []string{"16kB", "1MB"} {
		for _, connections := range []int{16, 256} {
			b.Run(fmt.Sprintf("%s/%d", size, connections), func(b *testing.B) { w.compare(b, size, connections) })
		}
	}
}

// A benchWorld is the running servers.
type benchWorld struct {
	dir     string
	setup   benchSetup
	cookie  string
	servers []benchServer
}

type benchServer struct{ name, address string }

func newBenchWorld(b *testing.B) *benchWorld {
	b.Helper()
	w := &benchWorld{dir: b.TempDir()}
	w.setup = benchSetup{Dir: filepath.Join(w.dir, "buckets"), Work: w.dir}
	w.must(b, os.MkdirAll(filepath.Join(w.setup.Dir, benchBucket), 0o755))
	for size, n := range benchSizes() {
		for i := range benchObjects {
			data := make([]byte, n)
			_, _ = rand.Read(data)
			w.must(b, os.WriteFile(filepath.Join(w.setup.Dir, benchBucket, benchObject(size, i)), data, 0o600))
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(b, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	w.must(b, err)
	w.setup.Key = base64.StdEncoding.EncodeToString(pemOf("PRIVATE KEY", der))
	w.setup = w.child(b, "s3")
	w.setup = w.child(b, "edge")
	edge := w.setup.Endpoint
	verifier := w.child(b, "verifier").Endpoint
	nginx := w.nginx(b, verifier)
	w.servers = []benchServer{{"edge", edge}, {"nginx", nginx[0]}, {"auth_request", nginx[1]}, {"auth_request as documented", nginx[2]}}
	w.sign(b, key, edge)
	w.checks(b)
	return w
}

// checks makes sure that the servers do what they are compared for.
func (w *benchWorld) checks(b *testing.B) {
	b.Helper()
	without := map[string]int{"edge": 503, "nginx": 200, "auth_request": 403, "auth_request as documented": 403}
	for _, s := range w.servers {
		for cookie, want := range map[string]int{w.cookie: 200, "": without[s.name]} {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.address+"/d/"+benchLocation+"/"+benchObject("16kB", 0), http.NoBody)
			w.must(b, err)
			req.Header.Set("Cookie", cookie)
			res, err := http.DefaultClient.Do(req)
			w.must(b, err)
			n, err := io.Copy(io.Discard, res.Body)
			w.must(b, errors.Join(err, res.Body.Close()))
			if res.StatusCode != want || want == http.StatusOK && n != 16<<10 {
				b.Fatalf("%s, cookies %t: %d and %d bytes, want %d", s.name, cookie != "", res.StatusCode, n, want)
			}
		}
	}
}

func (w *benchWorld) must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func benchObject(size string, i int) string { return fmt.Sprintf("%s-%02d", size, i) }

// child starts this binary as one of the servers.
func (w *benchWorld) child(b *testing.B, role string) benchSetup {
	b.Helper()
	self, err := os.Executable()
	w.must(b, err)
	text, err := json.Marshal(w.setup)
	w.must(b, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), benchRole+"="+role, "NGPORTAL_BENCH_SETUP="+string(text))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	w.must(b, err)
	out, err := cmd.StdoutPipe()
	w.must(b, err)
	w.must(b, cmd.Start())
	b.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	var got benchSetup
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&got); err != nil {
		b.Fatalf("%s did not start: %v", role, err)
	}
	return got
}

// nginx starts one nginx with three ports: one that checks nothing, one that asks the verifier over connections that it
// keeps, and one that asks it as nginx's documentation shows, over a new connection each time.
func (w *benchWorld) nginx(b *testing.B, verifier string) (addresses [3]string) {
	b.Helper()
	plain, asking, documented := freePort(b), freePort(b), freePort(b)
	text := strings.NewReplacer(
		"DIR", w.dir, "PLAIN", plain, "ASKING", asking, "DOCUMENTED", documented, "VERIFIER", verifier,
		"S3HOST", strings.TrimPrefix(w.setup.S3, "http://"), "SIGNATURES", w.signatures(b),
		"LOCATION", benchLocation, "BUCKET", benchBucket,
	).Replace(nginxText)
	file := filepath.Join(w.dir, "nginx.conf")
	w.must(b, os.WriteFile(file, []byte(text), 0o600))
	cmd := exec.Command("nginx", "-c", file, "-e", filepath.Join(w.dir, "nginx.err"), "-g", "daemon off;")
	cmd.Stderr = os.Stderr
	w.must(b, cmd.Start())
	b.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() })
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", documented)
		if err == nil {
			conn.Close()
			break
		}
		if time.Now().After(deadline) {
			b.Fatalf("nginx does not listen: %v", err)
		}
	}
	return [3]string{"http://" + plain, "http://" + asking, "http://" + documented}
}

const nginxText = `
worker_processes auto;
pid DIR/nginx.pid;
events { worker_connections 4096; }
http {
  access_log DIR/nginx.log;
  client_body_temp_path DIR/nginx-body; proxy_temp_path DIR/nginx-proxy;
  fastcgi_temp_path DIR/nginx-fcgi; uwsgi_temp_path DIR/nginx-uwsgi; scgi_temp_path DIR/nginx-scgi;
  keepalive_requests 10000000;
  map_hash_bucket_size 1024;
  upstream s3 { server S3HOST; keepalive 256; keepalive_requests 10000000; }
  upstream verifier { server VERIFIER; keepalive 256; keepalive_requests 10000000; }
  map $uri $signature { SIGNATURES }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_buffers 8 64k; proxy_buffer_size 64k; proxy_busy_buffers_size 128k;
  server {
    listen PLAIN;
    location /d/LOCATION/ {
      proxy_pass http://s3/BUCKET/;
      include DIR/signed;
    }
  }
  server {
    listen ASKING;
    location /d/LOCATION/ {
      auth_request /ask;
      proxy_pass http://s3/BUCKET/;
      include DIR/signed;
    }
    location = /ask {
      internal;
      proxy_pass http://verifier;
      proxy_pass_request_body off;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header X-Original-URI $request_uri;
    }
  }
  server {
    listen DOCUMENTED;
    location /d/LOCATION/ {
      auth_request /ask;
      proxy_pass http://s3/BUCKET/;
      include DIR/signed;
    }
    location = /ask {
      internal;
      proxy_pass http://VERIFIER;
      proxy_http_version 1.0;
      proxy_pass_request_body off;
      proxy_set_header Connection close;
      proxy_set_header Content-Length "";
      proxy_set_header X-Original-URI $request_uri;
    }
  }
}
`

// signatures is the map of nginx from address to Authorization header, and writes what goes with it.
func (w *benchWorld) signatures(b *testing.B) string {
	b.Helper()
	var all strings.Builder
	now := time.Now()
	host := strings.TrimPrefix(w.setup.S3, "http://")
	for size := range benchSizes() {
		for i := range benchObjects {
			name := benchObject(size, i)
			req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, w.setup.S3+"/"+benchBucket+"/"+name, nil)
			w.must(b, err)
			req.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			w.must(b, v4.NewSigner().SignHTTP(b.Context(), aws.Credentials{AccessKeyID: w.setup.Access, SecretAccessKey: w.setup.Secret},
				req, "UNSIGNED-PAYLOAD", "s3", s3server.Region, now))
			fmt.Fprintf(&all, "%q %q;\n", "/d/"+benchLocation+"/"+name, req.Header.Get("Authorization"))
		}
	}
	signed := fmt.Sprintf("proxy_set_header Connection \"\"; proxy_set_header Host %s; proxy_set_header Authorization $signature;\n"+
		"proxy_set_header X-Amz-Date %s; proxy_set_header X-Amz-Content-Sha256 UNSIGNED-PAYLOAD; proxy_set_header Cookie \"\";\n",
		host, now.UTC().Format("20060102T150405Z"))
	w.must(b, os.WriteFile(filepath.Join(w.dir, "signed"), []byte(signed), 0o600))
	return all.String()
}

func (w *benchWorld) sign(b *testing.B, key *ecdsa.PrivateKey, origin string) {
	b.Helper()
	signer, err := cloudfront.NewSigner(benchKeyID, key, cloudfront.SHA256)
	w.must(b, err)
	policy, err := cloudfront.LocationPolicy(origin, benchLocation, time.Now().Add(time.Hour))
	w.must(b, err)
	cookies, err := signer.Sign(policy)
	w.must(b, err)
	var pairs []string
	for _, p := range cookies.Pairs() {
		pairs = append(pairs, p.Name+"="+p.Value)
	}
	w.cookie = strings.Join(pairs, "; ")
}

// A load is what wrk measured.
type load struct {
	requests, bytes float64 // a second
	p50, p99        time.Duration
	bad             int // answers that were not 2xx, and broken connections
}

// run puts load on a server.
func (w *benchWorld) run(b *testing.B, address, size string, connections int, length time.Duration) load {
	b.Helper()
	script := filepath.Join(w.dir, "wrk.lua")
	w.must(b, os.WriteFile(script, fmt.Appendf(nil, wrkText, benchObjects, benchLocation, size, w.cookie), 0o600))
	out, err := exec.CommandContext(b.Context(), "wrk", "-t2", "-c", strconv.Itoa(connections), "-d", fmt.Sprintf("%.0fs", length.Seconds()),
		"--timeout", "30s", "-s", script, address).Output()
	w.must(b, err)
	found := wrkForm.FindSubmatch(out)
	if found == nil {
		b.Fatalf("wrk says\n%s", out)
	}
	number := func(i int) float64 {
		n, err := strconv.ParseFloat(string(found[i]), 64)
		w.must(b, err)
		return n
	}
	seconds := number(3) / 1e6
	return load{
		requests: number(1) / seconds, bytes: number(2) / seconds, bad: int(number(6)),
		p50: time.Duration(number(4)) * time.Microsecond, p99: time.Duration(number(5)) * time.Microsecond,
	}
}

var wrkForm = regexp.MustCompile(`RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)`)

const wrkText = `
local n, i = %d, 0
local path, headers = "/d/%s/%s-", { ["Cookie"] = "%s" }
request = function()
  i = (i + 1) %% n
  return wrk.format("GET", path .. string.format("%%02d", i), headers)
end
done = function(summary, latency)
  local e = summary.errors
  print(string.format("RESULT %%d %%d %%d %%d %%d %%d", summary.requests, summary.bytes, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`

// compare measures the servers in turn and prints what they did beside each other.
func (w *benchWorld) compare(b *testing.B, size string, connections int) {
	const rounds, length = 3, 4 * time.Second
	got := map[string][]load{}
	for range b.N {
		for range rounds {
			for _, s := range w.servers {
				l := w.run(b, s.address, size, connections, length)
				if l.bad > 0 {
					b.Errorf("%s: %d bad answers", s.name, l.bad)
				}
				got[s.name] = append(got[s.name], l)
			}
		}
	}
	middle := map[string]load{}
	for _, s := range w.servers {
		slices.SortFunc(got[s.name], func(a, b load) int { return int(a.requests - b.requests) })
		l := got[s.name][len(got[s.name])/2]
		middle[s.name] = l
		fmt.Printf("%-5s %3d connections  %-26s %7.0f req/s %7.1f MB/s  p50 %8v  p99 %8v\n", size, connections, s.name,
			l.requests, l.bytes/1e6, l.p50.Round(10*time.Microsecond), l.p99.Round(10*time.Microsecond))
	}
	us := middle["edge"]
	b.ReportMetric(us.requests/middle["nginx"].requests, "req/nginx")
	b.ReportMetric(us.bytes/middle["nginx"].bytes, "bytes/nginx")
	b.ReportMetric(us.requests/middle["auth_request"].requests, "req/auth_request")
	b.ReportMetric(us.requests/middle["auth_request as documented"].requests, "req/auth_request-documented")
	b.ReportMetric(float64(us.p99.Microseconds())/1000, "p99-ms")
}

func freePort(b *testing.B) string {
	b.Helper()
	ln, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
