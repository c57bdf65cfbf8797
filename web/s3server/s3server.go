// Package s3server runs an S3 server inside the process, for the demo and for tests.
// It serves the folders of a directory as buckets, checks SigV4 and refuses writes.
package s3server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	iam "github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

// Region is the region the server says it is in.
const Region = "us-east-1"

// startTime is how long the server may take until it answers; it needs some 25 ms.
const startTime = 15 * time.Second

// A Server is a running S3 server.
type Server struct {
	Endpoint string // such as http://127.0.0.1:40123
	access   string
	secret   string
	cancel   context.CancelFunc
	done     chan error
}

// Start serves the folders of dir, and folders that symbolic links in dir lead to, as buckets on
// a free loopback port with credentials of its own. A process can run one at a time, and the server
// makes dir the working directory of the process.
func Start(ctx context.Context, dir string) (*Server, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, fmt.Errorf("start the S3 server: %w", err)
	}
	backend, err := posix.New(dir, meta.XattrMeta{}, posix.PosixOpts{BucketLinks: true})
	if err != nil {
		return nil, fmt.Errorf("start the S3 server over %s: %w", dir, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Server{
		Endpoint: "http://" + addr, access: rand.Text(), secret: rand.Text(),
		cancel: cancel, done: make(chan error, 1),
	}
	go func() {
		s.done <- embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
			RootUserAccess: s.access, RootUserSecret: s.secret, Region: Region,
			Ports: []string{addr}, MaxConnections: 1024, MaxRequests: 512, MultipartMaxParts: 1,
			IAMService: iam.NewIAMServiceSingle(iam.Account{Access: s.access, Secret: s.secret, Role: iam.RoleAdmin}),
			Quiet:      true, KeepAlive: true, Readonly: true, DisableACLs: true,
		})
	}()
	if err := s.waitReady(ctx, addr); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// freeAddr finds a free port. Another process may take it before the server does; then Start fails.
func freeAddr(ctx context.Context) (string, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

func (s *Server) waitReady(ctx context.Context, addr string) error {
	deadline := time.NewTimer(startTime)
	defer deadline.Stop()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		select {
		case err := <-s.done:
			s.done <- err
			return fmt.Errorf("start the S3 server on %s: %w", addr, err)
		case <-deadline.C:
			return fmt.Errorf("start the S3 server on %s: it did not answer within %v", addr, startTime)
		case <-poll.C:
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Endpoint+"/", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			return res.Body.Close()
		}
	}
}

// Config is what an SDK client needs to reach the server; use path-style addresses.
func (s *Server) Config() aws.Config {
	return aws.Config{
		Region:      Region,
		Credentials: credentials.NewStaticCredentialsProvider(s.access, s.secret, ""),
	}
}

// stopTime is how long Stop waits. The server itself would wait ten seconds for clients that keep
// idle connections, as the SDK does, though nothing is lost by cutting those.
const stopTime = 500 * time.Millisecond

// Stop ends the server. No request may be under way.
func (s *Server) Stop() error {
	s.cancel()
	select {
	case err := <-s.done:
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("S3 server: %w", err)
		}
	case <-time.After(stopTime):
	}
	return nil
}
