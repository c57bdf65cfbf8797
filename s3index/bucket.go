// Package s3index finds assets in S3 buckets: it lists a folder live, recognizes what a
// viewer opens, and reads what assets say about themselves.
//
// A [Bucket] talks to storage and knows nothing of people. A [Library] is all buckets behind
// an [access.Policy]: it alone is given to handlers, and every method of it asks the policy first.
package s3index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"ngportal/access"
)

// A lister is the part of the SDK's client that is used.
type lister interface {
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
}

// Limits of one call. Storage that has not begun to answer in headerTime is tried again, at most
// attempts times in all, and a call that a page waits for ends after callTime whatever happens.
const (
	headerTime = 5 * time.Second
	callTime   = 12 * time.Second
	stallTime  = 30 * time.Second
	attempts   = 3
)

// NewClient returns an S3 client with bounded retries and timeouts. endpoint may be empty (AWS);
// pathStyle asks for https://endpoint/bucket/key, which most servers that are not AWS need.
func NewClient(cfg aws.Config, endpoint string, pathStyle bool) *s3.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = headerTime
	transport.MaxIdleConnsPerHost = 128
	transport.DisableCompression = true // an object stored compressed is passed on as it is
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.HTTPClient = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // signed for one host, and for that alone
		}}
		o.UsePathStyle = pathStyle
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts = attempts
			r.MaxBackoff = time.Second
		})
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
	})
}

// A Bucket is one S3 bucket. It is safe for concurrent use.
type Bucket struct {
	name string
	api  lister
	raw  reader
}

// NewBucket returns the bucket called name as client sees it. Listings go through the client; objects, which a
// viewer reads by the hundred, are read by a lean client of our own with the same address and credentials.
func NewBucket(name string, client *s3.Client) *Bucket {
	return &Bucket{name: name, api: client, raw: newReader(name, client.Options())}
}

// An Object is one stored object as a listing tells it.
type Object struct {
	Key      string
	Size     int64
	Modified time.Time
	ETag     string // as stored, with its quotes; may be empty
}

// A Listing is a page of what lies directly below a prefix.
type Listing struct {
	Folders []string // common prefixes, each ending in "/"
	Objects []Object
	Next    string // token of the next page; "" on the last
}

// List returns up to limit entries directly below prefix, from where the page that gave token ended.
//
// The error is a [*StorageError], or wraps [access.ErrInvalid] if storage does not know the token.
func (b *Bucket) List(ctx context.Context, prefix, token string, limit int32) (Listing, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	in := &s3.ListObjectsV2Input{
		Bucket: &b.name, Prefix: &prefix, Delimiter: aws.String("/"), MaxKeys: &limit,
	}
	if token != "" {
		in.ContinuationToken = &token
	}
	out, err := b.api.ListObjectsV2(ctx, in)
	if ae, ok := errors.AsType[smithy.APIError](err); ok && token != "" && ae.ErrorCode() == "InvalidArgument" {
		return Listing{}, fmt.Errorf("list %s/%s: %w: storage does not know this page of the folder", b.name, prefix, access.ErrInvalid)
	}
	if err != nil {
		return Listing{}, b.fail("list", prefix, err)
	}
	l := Listing{
		Folders: make([]string, 0, len(out.CommonPrefixes)),
		Objects: make([]Object, 0, len(out.Contents)),
		Next:    aws.ToString(out.NextContinuationToken),
	}
	for _, p := range out.CommonPrefixes {
		l.Folders = append(l.Folders, aws.ToString(p.Prefix))
	}
	for _, o := range out.Contents {
		l.Objects = append(l.Objects, objectOf(o))
	}
	return l, nil
}

// Stat returns what storage says of an object without reading it. The error is a [*StorageError].
//
// It lists the one key: the answer to HEAD has no body, so that a missing bucket looks like a missing object.
func (b *Bucket) Stat(ctx context.Context, key string) (Object, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	out, err := b.api.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &key, MaxKeys: aws.Int32(1)})
	if err != nil {
		return Object{}, b.fail("look for", key, err)
	}
	if len(out.Contents) == 0 || aws.ToString(out.Contents[0].Key) != key {
		return Object{}, &StorageError{Op: "look for", Bucket: b.name, Key: key, Kind: fs.ErrNotExist}
	}
	return objectOf(out.Contents[0]), nil
}

func objectOf(o types.Object) Object {
	return Object{
		Key: aws.ToString(o.Key), Size: aws.ToInt64(o.Size),
		Modified: aws.ToTime(o.LastModified), ETag: aws.ToString(o.ETag),
	}
}

// ErrTooLarge answers the reading of a small file that is not small.
var ErrTooLarge = errors.New("larger than what is read at once")

// ReadFile returns a whole object of at most limit bytes.
//
// The error is a [*StorageError], or wraps [ErrTooLarge].
func (b *Bucket) ReadFile(ctx context.Context, key string, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	body, err := b.Open(ctx, key, Get{})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	if body.Size > limit {
		return nil, fmt.Errorf("read %s/%s of %d bytes: %w (%d)", b.name, key, body.Size, ErrTooLarge, limit)
	}
	data, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, b.fail("read", key, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %s/%s: %w (%d)", b.name, key, ErrTooLarge, limit)
	}
	return data, nil
}

// Version is a name for the state of an object: it changes when the object does. It is the ETag
// where storage keeps one, else size and time.
func (o Object) Version() string {
	if tag := strings.Trim(o.ETag, `"`); tag != "" {
		return tag
	}
	return fmt.Sprintf("%x-%x", o.Size, o.Modified.UnixNano())
}

// missing reports whether err says that something is not there.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// Name is the bucket's name.
func (b *Bucket) Name() string { return b.name }
