package s3index_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ngportal/s3index"
)

// TestAnswersToAnotherQuestion has storage answer what was asked, and what was not: a part must not be taken for
// the whole, nor "not modified" for an object.
func TestAnswersToAnotherQuestion(t *testing.T) {
	const (
		same    = "HTTP/1.1 304 Not Modified\r\nETag: \"t\"\r\nLast-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n\r\n"
		outside = "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */100\r\nContent-Length: 0\r\n\r\n"
		part    = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\nhello"
		bare    = "HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nhello"
		twice   = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/10\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nhello"
		control = "HTTP/1.1 200 OK\r\nContent-Type: a\x00b\r\nContent-Length: 5\r\n\r\nhello"
	)
	ranged := s3index.Get{Range: "bytes=0-4"}
	tests := map[string]struct {
		says string
		get  s3index.Get
		want string // in the error; "" is none
	}{
		"a condition that holds":         {same, s3index.Get{IfNoneMatch: `"t"`}, "not modified"},
		"a date that holds":              {same, s3index.Get{IfModifiedSince: time.Unix(1_700_000_000, 0)}, "not modified"},
		"304 without a condition":        {same, s3index.Get{}, "unwell"},
		"a range outside":                {outside, ranged, "range not satisfiable"},
		"416 without a range":            {outside, s3index.Get{}, "unwell"},
		"a part":                         {part, ranged, ""},
		"a part that does not say which": {bare, ranged, "unwell"},
		"a part that says it twice":      {twice, ranged, "unwell"},
		"a control character":            {control, s3index.Get{}, "unwell"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, b := newRaw(t, answers(tt.says))
			body, err := b.Open(t.Context(), "a", tt.get)
			if err == nil {
				body.Close()
			}
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if unwell := errors.Is(err, s3index.ErrUnwell); unwell != (tt.want == "unwell") {
				t.Errorf("error %v is ErrUnwell: %t", err, unwell)
			}
			if e, ok := errors.AsType[*s3index.NotModifiedError](err); ok && (e.ETag != `"t"` || e.Modified.Unix() != 1_700_000_000) {
				t.Errorf("not modified: %+v", e)
			}
			if e, ok := errors.AsType[*s3index.RangeError](err); ok && e.ContentRange != "bytes */100" {
				t.Errorf("range: %+v", e)
			}
		})
	}
}

// TestMoreThanToldOverTLS has storage send another answer after the one that was asked for, in a record of its own but
// in the same breath, so that TLS has read it already: it must not become the next object.
func TestMoreThanToldOverTLS(t *testing.T) {
	raw := httptest.NewTLSServer(nil)
	defer raw.Close()
	s, b := newRawTLS(t, raw.TLS, func(c *tls.Conn, cork func(bool)) {
		cork(true)
		_, _ = io.WriteString(c, whole("hello"))
		_, _ = io.WriteString(c, whole("evil"))
		cork(false)
	})
	s3index.Trust(b, raw.Certificate())
	if got, err := read(t.Context(), b, "a"); got != "hello" || err != nil {
		t.Fatalf("the first object is %q, %v", got, err)
	}
	if n := s3index.Idle(b); n != 0 {
		t.Errorf("%d connections are kept, though more has come than was asked for", n)
	}
	if got, err := read(t.Context(), b, "b"); got != "hello" || err != nil {
		t.Errorf("the second object is %q, %v", got, err)
	}
	if got := s.connections.Load(); got != 2 {
		t.Errorf("%d connections, want 2", got)
	}
}

// TestKeptOverTLS reads twice from a server that tells the truth.
func TestKeptOverTLS(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	defer srv.Close()
	cfg := aws.Config{Region: "x", Credentials: aws.AnonymousCredentials{}}
	b := s3index.NewBucket("b", s3index.NewClient(cfg, srv.URL, true))
	s3index.Trust(b, srv.Certificate())
	for range 3 {
		if got, err := read(t.Context(), b, "a"); got != "hello" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		if n := s3index.Idle(b); n != 1 {
			t.Errorf("%d connections are kept, want 1", n)
		}
	}
}

// TestStallBehindAProxy has storage fall silent where the environment's proxy is used.
func TestStallBehindAProxy(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "hello")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer srv.Close()
	cfg := aws.Config{Region: "x", Credentials: aws.AnonymousCredentials{}}
	b := s3index.NewBucket("b", s3index.NewClient(cfg, srv.URL, true))
	s3index.Relay(b, srv.Client(), 100*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if got, err := read(ctx, b, "a"); !errors.Is(err, s3index.ErrUnwell) {
		t.Errorf("%q, %v, want ErrUnwell", got, err)
	}
}

// TestEndpointsOfTheSDK asks for endpoints by the options that the environment may set.
func TestEndpointsOfTheSDK(t *testing.T) {
	tests := map[string]struct {
		set  func(*s3.Options)
		want string
	}{
		"dual stack": {
			func(o *s3.Options) { o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled },
			"https://data.s3.dualstack.us-east-2.amazonaws.com/k",
		},
		"FIPS": {
			func(o *s3.Options) { o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled },
			"https://data.s3-fips.us-east-2.amazonaws.com/k",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := aws.Config{Region: "us-east-2", Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", "")}
			if got := s3index.Address(s3index.NewBucket("data", s3.NewFromConfig(cfg, tt.set)), "k"); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
