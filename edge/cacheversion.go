package edge

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// maxText bounds what the headers of a kept answer take, in bytes. More is not kept.
const maxText = 512

// An objectID stands for the bucket and the key of an object. The names themselves are not kept.
type objectID [sha256.Size]byte

func newObjectID(bucket, key string) objectID {
	var space [256]byte // longer ones are allocated
	b := append(space[:0], bucket...)
	b = append(b, 0) // is in no bucket's name
	return sha256.Sum256(append(b, key...))
}

// A fileName stands for one range of an object.
type fileName [sha256.Size]byte

func newFileName(id objectID, part string) fileName {
	var space [96]byte
	return sha256.Sum256(append(append(space[:0], id[:]...), part...))
}

func (n fileName) String() string { return hex.EncodeToString(n[:]) }

// parseFileName reads what String wrote.
func parseFileName(s string) (n fileName, ok bool) {
	if len(s) != 2*len(n) || strings.ToLower(s) != s {
		return n, false
	}
	_, err := hex.Decode(n[:], []byte(s))
	return n, err == nil
}

// A version is what is known of an object, whichever range of it was read. The zero version knows nothing.
type version struct {
	etag            string
	modified        time.Time
	contentType     string
	contentEncoding string
	total           int64 // size of the object; -1 if unknown
}

// newVersion reads what an answer that is not NotModified says of its object. It copies the texts, which may be
// pieces of a whole header.
func newVersion(o *Object) version {
	v := version{strings.Clone(o.ETag), o.LastModified, strings.Clone(o.ContentType), strings.Clone(o.ContentEncoding), o.Size}
	if o.ContentRange != "" {
		v.total = -1
		if part := contentForm.FindStringSubmatch(o.ContentRange); part != nil {
			v.total = number(part[3])
		}
	}
	return v
}

// is tells whether v and other are of the same bytes and headers: a copy onto itself changes the headers only.
func (v version) is(other version) bool {
	return v.etag == other.etag && v.modified.Equal(other.modified)
}

// strong tells whether the ETag vouches for each byte.
func (v version) strong() bool { return isStrong(v.etag) }

func isStrong(etag string) bool {
	return len(etag) > 2 && cutETag(etag) == etag && etag[0] == '"'
}

func (v version) text() int { return len(v.etag) + len(v.contentType) + len(v.contentEncoding) }

func (v version) notModified() *Object {
	return &Object{NotModified: true, ETag: v.etag, LastModified: v.modified}
}

// facts is the answer to HEAD.
func (v version) facts() *Object {
	return &Object{
		Size: v.total, ETag: v.etag, LastModified: v.modified,
		ContentType: v.contentType, ContentEncoding: v.contentEncoding,
	}
}

// unmodified decides the conditions of w, as RFC 9110 (13.1.2, 13.1.3) has them.
func (v version) unmodified(w Want) bool {
	if w.IfNoneMatch != "" {
		return matches(w.IfNoneMatch, v.etag)
	}
	return !w.IfModifiedSince.IsZero() && !v.modified.IsZero() &&
		!v.modified.Truncate(time.Second).After(w.IfModifiedSince)
}

// matches tells whether an If-None-Match header names etag, by weak comparison.
func matches(header, etag string) bool {
	if strings.Trim(header, " \t") == "*" {
		return true
	}
	for {
		header = strings.TrimLeft(header, " \t,")
		tag := cutETag(header)
		if tag == "" {
			return false // the end, or what cannot be read
		}
		if strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
		header = header[len(tag):]
	}
}

// cutETag returns the entity tag that s begins with, or "".
func cutETag(s string) string {
	begin := 1
	if strings.HasPrefix(s, "W/") {
		begin = 3
	}
	if len(s) <= begin || s[begin-1] != '"' {
		return ""
	}
	for i := begin; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[:i+1]
		case c <= ' ' || c == 0x7f:
			return ""
		}
	}
	return ""
}
