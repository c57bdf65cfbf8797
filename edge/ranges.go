package edge

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

// A span is one range of bytes, as RFC 9110 (14.1.2) has them. The zero span asks for everything.
type span struct {
	asked       bool
	first, last int64 // -1: not given. Without first, last counts from the end
}

// Eighteen digits fit into an int64, and no object has more bytes.
var (
	rangeForm   = regexp.MustCompile(`^(?i:bytes)=([0-9]{0,18})-([0-9]{0,18})$`)
	contentForm = regexp.MustCompile(`^bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})$`)
)

// wanted reads what a request wants of an object.
//
// Ranges count for GET only. A header that is no single well-formed range of bytes is passed over and the whole
// object sent, as RFC 9110 (14.2) allows and S3 does: several ranges, another unit, a range that
// ends before it begins. So is every range with If-Range, whose condition only the storage could decide.
func wanted(r *http.Request) (Want, span) {
	w := Want{HeadOnly: r.Method == http.MethodHead, IfNoneMatch: r.Header.Get("If-None-Match")}
	if since, err := http.ParseTime(r.Header.Get("If-Modified-Since")); err == nil && w.IfNoneMatch == "" {
		w.IfModifiedSince = since
	}
	var s span
	if r.Method == http.MethodGet && len(r.Header["Range"]) == 1 && r.Header.Get("If-Range") == "" {
		s = parseRange(r.Header.Get("Range"))
		w.Range = s.String()
	}
	return w, s
}

func parseRange(header string) span {
	part := rangeForm.FindStringSubmatch(header)
	if part == nil {
		return span{}
	}
	s := span{asked: true, first: number(part[1]), last: number(part[2])}
	if s.first < 0 && s.last < 0 || s.first >= 0 && s.last >= 0 && s.last < s.first {
		return span{}
	}
	return s
}

func number(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// String is s as a header, or "".
func (s span) String() string {
	switch {
	case !s.asked:
		return ""
	case s.first < 0:
		return fmt.Sprintf("bytes=-%d", s.last)
	case s.last < 0:
		return fmt.Sprintf("bytes=%d-", s.first)
	}
	return fmt.Sprintf("bytes=%d-%d", s.first, s.last)
}

// answered tells why obj is no answer to s, or nil if it is one. A viewer that is given other bytes than
// it asked for draws nonsense.
func (s span) answered(obj *Object) error {
	switch {
	case obj.NotModified:
		return nil
	case obj.Size < 0:
		return errors.New("it does not say how long the object is")
	case obj.ContentRange == "":
		return nil // the whole object always is
	}
	part := contentForm.FindStringSubmatch(obj.ContentRange)
	if part == nil {
		return fmt.Errorf("content range %q is not well formed", obj.ContentRange)
	}
	first, last, total := number(part[1]), number(part[2]), number(part[3])
	from, to := s.first, total-1
	switch {
	case from < 0:
		from = max(0, total-s.last)
	case s.last >= 0:
		to = min(to, s.last)
	}
	if !s.asked || first != from || last != to || obj.Size != last-first+1 {
		return fmt.Errorf("%d bytes of content range %q answer the range %q", obj.Size, obj.ContentRange, s.String())
	}
	return nil
}
