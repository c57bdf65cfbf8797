package s3index

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// A Get says which part of an object is wanted, and under what condition. The zero Get is all of it.
type Get struct {
	Range           string // such as "bytes=0-99", or ""
	IfNoneMatch     string
	IfModifiedSince time.Time
	HeadOnly        bool // no body
}

// A Body is an object, or part of one, being read. Close it, also when it is empty.
type Body struct {
	io.ReadCloser
	Size            int64 // bytes that this body will give
	ContentRange    string
	ETag            string
	Modified        time.Time
	ContentType     string
	ContentEncoding string
}

// SpliceTo writes what is left of the body to w. While both are plain TCP connections, w is given pieces of
// storage's connection to read from, so that the kernel moves the bytes.
func (b *Body) SpliceTo(w SpliceWriter) (int64, error) {
	if body, ok := b.ReadCloser.(*wireBody); ok && body.left >= 0 {
		if tcp, plain := body.conn.Conn.(*net.TCPConn); plain {
			return body.splice(w, tcp)
		}
	}
	return io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{b}, make([]byte, 64<<10))
}

// A NotModifiedError answers a conditional read of an object that is as the caller knows it.
type NotModifiedError struct {
	ETag     string // may be empty
	Modified time.Time
}

func (*NotModifiedError) Error() string { return "not modified" }

// A RangeError answers a read of a range that begins after the end of the object.
type RangeError struct{ ContentRange string } // such as "bytes */100", or empty

func (*RangeError) Error() string { return "range not satisfiable" }

// Open begins to read an object. A body that gives nothing for half a minute ends with an error.
//
// The error is a [*StorageError], or wraps a [*NotModifiedError] or a [*RangeError].
func (b *Bucket) Open(ctx context.Context, key string, want Get) (*Body, error) {
	op := "read"
	if want.HeadOnly {
		op = "look at"
	}
	for attempt := 1; ; attempt++ {
		body, err := b.raw.open(ctx, key, want)
		if err == nil {
			return body, nil
		}
		if attempt == attempts || ctx.Err() != nil || !again(err) || !pause(ctx, attempt) {
			return nil, b.fail(op, key, err)
		}
	}
}

// again reports whether another try may mend what went wrong.
func again(err error) bool {
	if final(err) {
		return false
	}
	if a, ok := errors.AsType[*answerError](err); ok {
		return a.status >= http.StatusInternalServerError || a.status == http.StatusTooManyRequests
	}
	return true // the network
}

// final reports whether err is what the caller asked for, by a condition or a range.
func final(err error) bool {
	_, same := errors.AsType[*NotModifiedError](err)
	return same || isRange(err)
}

func isRange(err error) bool {
	_, ok := errors.AsType[*RangeError](err)
	return ok
}

// pause waits before the next try, longer each time. It reports whether the caller still waits.
func pause(ctx context.Context, attempt int) bool {
	t := time.NewTimer(100 * time.Millisecond << attempt)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// A sender makes requests of a server. *wire is one.
type sender interface {
	send(ctx context.Context, method, target string, fields []field) (head, io.ReadCloser, error)
}

// A reader reads the objects of one bucket.
type reader struct {
	sender
	host   string // as in the Host header
	path   string // before the keys, escaped; ends in "/"
	signer *signer
	from   aws.CredentialsProvider // nil: nothing is signed
	err    error                   // why nothing can be read
}

// newReader returns the reader of a bucket at the address that the SDK would use.
func newReader(bucket string, o s3.Options) reader {
	at, err := s3.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), s3.EndpointParameters{
		Bucket: &bucket, Region: &o.Region, Endpoint: o.BaseEndpoint, ForcePathStyle: &o.UsePathStyle,
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
	}.WithDefaults())
	if err != nil {
		return reader{err: fmt.Errorf("address of bucket %s: %w", bucket, err)}
	}
	u := at.URI
	r := reader{host: u.Host, path: strings.TrimSuffix(u.EscapedPath(), "/") + "/", signer: &signer{region: o.Region}, from: o.Credentials}
	if aws.IsCredentialsProvider(o.Credentials, aws.AnonymousCredentials{}) {
		r.from = nil
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	r.sender = newWire(u.Scheme == "https", u.Hostname(), port, u.Host)
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: &u}); err != nil || proxy != nil {
		r.sender = &proxied{base: url.URL{Scheme: u.Scheme, Host: u.Host}, client: o.HTTPClient, stall: stallTime}
	}
	return r
}

// proxied reaches a server through the proxy that the environment names, as the SDK does.
type proxied struct {
	base   url.URL
	client s3.HTTPClient
	stall  time.Duration
}

func (p *proxied) send(ctx context.Context, method, target string, fields []field) (head, io.ReadCloser, error) {
	ctx, cancel := context.WithCancel(ctx)
	req, err := http.NewRequestWithContext(ctx, method, p.base.String()+target, http.NoBody)
	if err != nil {
		cancel()
		return head{}, nil, err
	}
	for _, f := range fields {
		req.Header.Set(f.name, f.value)
	}
	res, err := p.client.Do(req) //nolint:bodyclose // whoever gets the answer closes it
	if err != nil {
		cancel()
		return head{}, nil, err
	}
	return head{
		status: res.StatusCode, length: res.ContentLength,
		contentRange: res.Header.Get("Content-Range"), contentType: res.Header.Get("Content-Type"),
		contentEncoding: res.Header.Get("Content-Encoding"), etag: res.Header.Get("ETag"),
		lastModified: res.Header.Get("Last-Modified"), requestID: res.Header.Get("X-Amz-Request-Id"),
	}, newStallReader(res.Body, p.stall, cancel), nil
}

// open makes one try.
func (r reader) open(ctx context.Context, key string, want Get) (*Body, error) {
	if r.err != nil {
		return nil, r.err
	}
	method := http.MethodGet
	if want.HeadOnly {
		method = http.MethodHead
	}
	target := r.path + escapeKey(key)
	var fields []field
	if r.from != nil {
		c, err := r.from.Retrieve(ctx)
		if err != nil {
			return nil, fmt.Errorf("credentials: %w", err)
		}
		fields = r.signer.sign(method, r.host, target, c, time.Now())
	}
	if want.Range != "" {
		fields = append(fields, field{"Range", want.Range})
	}
	if want.IfNoneMatch != "" {
		fields = append(fields, field{"If-None-Match", want.IfNoneMatch})
	}
	if !want.IfModifiedSince.IsZero() {
		fields = append(fields, field{"If-Modified-Since", want.IfModifiedSince.UTC().Format(http.TimeFormat)})
	}
	h, body, err := r.send(ctx, method, target, fields)
	if err != nil {
		return nil, err
	}
	modified, _ := http.ParseTime(h.lastModified) // not all servers tell
	if err := want.answered(h, modified); err != nil {
		body.Close()
		return nil, err
	}
	if h.status != http.StatusOK && h.status != http.StatusPartialContent {
		return nil, refusal(h, body)
	}
	return &Body{
		ReadCloser: body, Size: h.length, ContentRange: h.contentRange, ETag: h.etag, Modified: modified,
		ContentType: h.contentType, ContentEncoding: h.contentEncoding,
	}, nil
}

// answered tells why h is no answer to w, or what there is instead of a body; nil if it is an answer or a refusal. A part
// that does not say so must not be taken for the whole.
func (w Get) answered(h head, modified time.Time) error {
	conditional := w.IfNoneMatch != "" || !w.IfModifiedSince.IsZero()
	switch {
	case h.status == http.StatusNotModified && conditional:
		return &NotModifiedError{ETag: h.etag, Modified: modified}
	case h.status == http.StatusRequestedRangeNotSatisfiable && w.Range != "":
		return &RangeError{ContentRange: h.contentRange}
	case h.status == http.StatusNotModified, h.status == http.StatusRequestedRangeNotSatisfiable:
		return fmt.Errorf("storage answers %d, which was not asked for", h.status)
	case h.status == http.StatusPartialContent && h.contentRange == "":
		return errors.New("storage sends a part and does not say which")
	}
	return nil
}

// An answerError is an answer of storage other than the object.
type answerError struct {
	status    int
	code      string // S3's word, if it said one
	requestID string
}

var _ smithy.APIError = (*answerError)(nil)

// ErrorCode is S3's word.
func (e *answerError) ErrorCode() string { return e.code }

// ErrorMessage is nothing that S3 said: it may hold names.
func (e *answerError) ErrorMessage() string { return e.Error() }

// ErrorFault tells whose fault it is.
func (e *answerError) ErrorFault() smithy.ErrorFault {
	if e.status >= http.StatusInternalServerError {
		return smithy.FaultServer
	}
	return smithy.FaultClient
}

func (e *answerError) Error() string {
	if e.code == "" {
		return fmt.Sprintf("storage answers %d", e.status)
	}
	return fmt.Sprintf("storage answers %d %s", e.status, e.code)
}

// refusal reads why there is no object, and closes the answer.
func refusal(h head, body io.ReadCloser) error {
	defer body.Close()
	e := &answerError{status: h.status, requestID: h.requestID}
	var said struct{ Code string }
	if text, err := io.ReadAll(io.LimitReader(body, 64<<10)); err == nil && xml.Unmarshal(text, &said) == nil {
		e.code = said.Code
	}
	return e
}
