package s3index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// ErrUnwell is wrapped when storage fails in a way that another try may mend.
var ErrUnwell = errors.New("storage is unwell")

// A StorageError is a call to storage that did not succeed. It wraps exactly one of
// [fs.ErrNotExist], [fs.ErrPermission] (storage refuses the portal itself) and [ErrUnwell].
type StorageError struct {
	Op, Bucket, Key string
	RequestID       string // storage's own name for the call, for its operator's log; may be empty
	Kind, Cause     error
}

func (e *StorageError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s/%s: %v", e.Op, e.Bucket, e.Key, e.Kind)
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request %s)", e.RequestID)
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	return b.String()
}

// Unwrap gives what happened and why.
func (e *StorageError) Unwrap() []error { return []error{e.Kind, e.Cause} }

func (b *Bucket) fail(op, key string, err error) error {
	status, id := 0, ""
	if re, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		status, id = re.HTTPStatusCode(), re.ServiceRequestID()
	} else if a, ok := errors.AsType[*answerError](err); ok {
		status, id = a.status, a.requestID
	}
	if final(err) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s %s/%s: %w", op, b.name, key, err)
	}
	return &StorageError{Op: op, Bucket: b.name, Key: key, RequestID: id, Kind: kindOf(status, err), Cause: err}
}

// kindOf tells the three outcomes apart. A bucket that does not exist is a fault of the
// configuration and not an empty folder, so it counts as unwell. Unknown is unwell, not missing.
func kindOf(status int, err error) error {
	code := ""
	if ae, ok := errors.AsType[smithy.APIError](err); ok {
		code = ae.ErrorCode()
	}
	switch code {
	case "NoSuchBucket", "XAdminUserNotFound", "RequestTimeTooSkewed":
		return ErrUnwell
	case "NoSuchKey", "NotFound":
		return fs.ErrNotExist
	case "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "AllAccessDisabled":
		return fs.ErrPermission
	}
	switch status {
	case http.StatusNotFound:
		return fs.ErrNotExist
	case http.StatusForbidden, http.StatusUnauthorized:
		return fs.ErrPermission
	}
	return ErrUnwell
}
