package main

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"ngportal/access"
	"ngportal/auth"
	"ngportal/cloudfront"
	"ngportal/s3index"
	"ngportal/web/s3server"
)

// The benchmark of the edge: real clients against real servers, each in a process of its own. This
// test binary starts itself again for the servers that are ours; benchRole says as which.
const benchRole = "NGPORTAL_BENCH_ROLE"

// benchObjects is how many objects of a size are read in turn.
const benchObjects = 16

// benchSizes are those of a small chunk and of a large one.
func benchSizes() map[string]int { return map[string]int{"16kB": 16 << 10, "1MB": 1 << 20} }

const (
	benchBucket   = "bench"
	benchLocation = "bench-data"
	benchKeyID    = "KBENCH"
)

// A benchSetup is what the processes of the benchmark tell each other, as JSON.
type benchSetup struct {
	Dir      string // of the buckets, for the S3 server
	Work     string // of the portal's database and the log
	S3       string // address of the S3 server
	Access   string
	Secret   string
	Key      string // PKCS #8, base64
	Endpoint string // where a child listens
}

// benchChild is the main function of the children. It says where it listens, and ends when its input does.
func benchChild(role string) int {
	var setup benchSetup
	if err := json.Unmarshal([]byte(os.Getenv("NGPORTAL_BENCH_SETUP")), &setup); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	start := map[string]func(benchSetup) (benchSetup, error){"s3": benchS3, "edge": benchEdge, "verifier": benchVerifier}[role]
	setup, err := start(setup)
	if err != nil {
		fmt.Fprintln(os.Stderr, role, err)
		return 1
	}
	_ = json.NewEncoder(os.Stdout).Encode(setup)
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

func benchS3(setup benchSetup) (benchSetup, error) {
	s3, err := s3server.Start(context.Background(), setup.Dir)
	if err != nil {
		return setup, err
	}
	c, err := s3.Config().Credentials.Retrieve(context.Background())
	setup.S3, setup.Access, setup.Secret = s3.Endpoint, c.AccessKeyID, c.SecretAccessKey
	return setup, err
}

func (b benchSetup) key() (crypto.Signer, error) {
	text, err := base64.StdEncoding.DecodeString(b.Key)
	if err != nil {
		return nil, err
	}
	return cloudfront.ParsePrivateKey(text)
}

// benchEdge runs the viewer host as `ngportal serve` does, with its log.
func benchEdge(setup benchSetup) (benchSetup, error) {
	ctx := context.Background()
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return setup, err
	}
	logFile, err := os.Create(filepath.Join(setup.Work, "edge.log"))
	if err != nil {
		return setup, err
	}
	key, err := setup.key()
	if err != nil {
		return setup, err
	}
	setup.Endpoint = "http://" + ln.Addr().String()
	cfg := aws.Config{Region: s3server.Region, Credentials: credentials.NewStaticCredentialsProvider(setup.Access, setup.Secret, "")}
	log := slog.New(slog.NewJSONHandler(logFile, nil))
	p := parts{
		portalURL: "http://localhost:1", viewerURL: setup.Endpoint, storeURL: "sqlite://" + filepath.Join(setup.Work, "portal.db"),
		keys: auth.NewKeys(), idle: time.Hour, absolute: time.Hour, lifetime: time.Hour, seeds: forEveryone("bench", access.Location{ID: benchLocation, Bucket: benchBucket}), isEdge: true, log: log,
		buckets: []*s3index.Bucket{s3index.NewBucket(benchBucket, s3index.NewClient(cfg, setup.S3, true))},
	}
	if err = p.sign(benchKeyID, key, cloudfront.SHA256); err != nil {
		return setup, err
	}
	a, err := newApp(ctx, p)
	if err != nil {
		return setup, err
	}
	go func() { _ = newServer(a.viewer, log).Serve(ln) }()
	return setup, nil
}

// benchVerifier answers nginx's auth_request: 204 if the cookies are good for the address, else 403.
func benchVerifier(setup benchSetup) (benchSetup, error) {
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return setup, err
	}
	key, err := setup.key()
	if err != nil {
		return setup, err
	}
	v, err := cloudfront.NewVerifier(map[string]crypto.PublicKey{benchKeyID: key.Public()})
	if err != nil {
		return setup, err
	}
	origin := setup.Endpoint // of the edge, which the cookies are for
	setup.Endpoint = ln.Addr().String()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c cloudfront.Cookies
		for _, cookie := range r.Cookies() {
			switch cookie.Name {
			case cloudfront.PolicyName:
				c.Policy = cookie.Value
			case cloudfront.SignatureName:
				c.Signature = cookie.Value
			case cloudfront.KeyPairIDName:
				c.KeyPairID = cookie.Value
			case cloudfront.HashAlgorithmName:
				c.HashAlgorithm = cookie.Value
			}
		}
		if v.Verify(c, cloudfront.Request{URL: origin + r.Header.Get("X-Original-URI"), Now: time.Now()}) != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	go func() { _ = newServer(h, slog.New(slog.DiscardHandler)).Serve(ln) }()
	return setup, nil
}
