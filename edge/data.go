package edge

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/cloudfront"
)

// data serves /d/<id>/<key>. Nothing is asked of the storage before the cookies have been found good.
func (e *edge) data(a *answer, r *http.Request, path string) error {
	if err := readOnly(a, r); err != nil {
		return err
	}
	id, key, err := parsePath(path)
	if err != nil {
		return err
	}
	loc, known := e.Router.Route(id)
	if known {
		a.location = id
	}
	var who reader
	if known && e.IsPublic(loc.Bucket) {
		who = stranger(r)
	} else if who, err = e.verify(a, r); err != nil {
		return err
	}
	if !known || key == "" {
		return errNoPage
	}
	release, err := e.limits.acquire(r.Context(), who)
	if err != nil {
		return err
	}
	defer release()
	want, span := wanted(r)
	obj, err := e.Objects.Open(r.Context(), loc.Bucket, loc.Prefix+key, want)
	if err != nil {
		return fmt.Errorf("read %s: %w", loc.URI(key), err)
	}
	if obj.Body != nil {
		defer obj.Body.Close()
	}
	return e.sendObject(a, obj, span, want.HeadOnly)
}

// parsePath cuts "<id>/<key>" of a raw request target. The key is taken literally.
func parsePath(path string) (id, key string, err error) {
	id, raw, _ := strings.Cut(path, "/")
	if _, err = access.ParseTarget(id); err != nil {
		return "", "", badPath(err)
	}
	if key, err = access.ParseTarget(raw); err != nil {
		return "", "", badPath(err)
	}
	return id, key, nil
}

func badPath(err error) error {
	reason := strings.TrimPrefix(err.Error(), access.ErrInvalid.Error()+": ")
	return &fault{status: http.StatusBadRequest, message: "This address cannot be read: " + reason + "."}
}

// verify holds the request's cookies against its address, as the public knows it, and tells who reads.
func (e *edge) verify(a *answer, r *http.Request) (reader, error) {
	c, twice := signedCookies(r)
	from, _ := netip.ParseAddrPort(r.RemoteAddr) // the zero Addr is in no network
	err := e.Verifier.Verify(c, cloudfront.Request{URL: e.dataOrigin() + r.RequestURI, Now: e.Now(), IP: from.Addr()})
	if err != nil && twice {
		// A sibling host may have set a cookie of the same name on our domain (cloud.md 1.7).
		a.notes = append(a.notes, slog.Bool("duplicate_cf_cookie", true))
	}
	if err != nil {
		return reader{}, err
	}
	return e.reader(r, c), nil
}

// sendObject answers with an object, streamed: what is read is written before more is read.
//
// Only the first 64 kB are read before the header is written. Neuroglancer draws zeros for what fails before
// it has a status, and asks again for what is 503: so a chunk that the storage tears should be the latter.
func (e *edge) sendObject(a *answer, obj *Object, want span, headOnly bool) error {
	if err := want.answered(obj); err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	if obj.NotModified || headOnly || obj.Body == nil {
		a.WriteHeader(objectHeader(a.Header(), obj))
		return nil
	}
	buf, _ := e.buffers.Get().(*[]byte)
	defer e.buffers.Put(buf)
	head := (*buf)[:min(obj.Size, int64(len(*buf)))]
	if n, err := io.ReadFull(obj.Body, head); err != nil {
		return torn(int64(n), obj.Size, err)
	}
	a.WriteHeader(objectHeader(a.Header(), obj))
	to := &patient{a, http.NewResponseController(a), e.Patience}
	if _, err := to.Write(head); err != nil {
		return err
	}
	rest := obj.Size - int64(len(head))
	if rest == 0 {
		return nil
	}
	n, err := to.copy(obj.Body, *buf)
	switch {
	case errors.Is(err, errReader):
		return err
	case err != nil || n < rest:
		return torn(obj.Size-rest+n, obj.Size, err)
	}
	return nil
}

func torn(n, size int64, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("after %d of %d bytes: %w", n, size, err)
}

// objectHeader describes obj in h and returns the status.
func objectHeader(h http.Header, obj *Object) int {
	set := func(name, value string) {
		if value != "" {
			h.Set(name, value)
		}
	}
	h.Set("Cache-Control", "private, max-age=3600")
	set("ETag", obj.ETag)
	if !obj.LastModified.IsZero() {
		h.Set("Last-Modified", obj.LastModified.UTC().Format(http.TimeFormat))
	}
	if obj.NotModified {
		return http.StatusNotModified
	}
	h.Set("Accept-Ranges", "bytes")
	h.Set("Content-Type", "application/octet-stream")
	set("Content-Type", obj.ContentType)
	set("Content-Encoding", obj.ContentEncoding)
	set("Content-Range", obj.ContentRange)
	h.Set("Content-Length", strconv.FormatInt(obj.Size, 10))
	if obj.ContentRange != "" {
		return http.StatusPartialContent
	}
	return http.StatusOK
}

// errReader is wrapped by errors of the reader's connection.
var errReader = errors.New("reader")

// A patientAnswer is an answer whose body is written patiently.
type patientAnswer struct {
	*answer
	body patient
}

func (w *patientAnswer) Write(p []byte) (int, error) {
	const piece = 64 << 10 // as much as the patience is for
	written := 0
	for {
		n, err := w.body.Write(p[:min(len(p), piece)])
		written += n
		if p = p[n:]; err != nil || len(p) == 0 {
			return written, err
		}
	}
}

// A patient writer gives the reader time for each piece, instead of one time for the whole: big
// objects may take hours, but a reader who takes nothing must not keep the storage's connection. The
// server takes the deadline away when the request is done.
type patient struct {
	to      *answer
	control *http.ResponseController
	time    time.Duration
}

func (w *patient) Write(p []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(w.time)) // not all writers know deadlines
	n, err := w.to.Write(p)
	return n, ofReader(err)
}

// copy writes what is left of body. The kernel moves the bytes where both connections are plain TCP.
func (w *patient) copy(body io.Reader, buf []byte) (int64, error) {
	splicer, can := body.(Splicer)
	taker, takes := w.to.ResponseWriter.(io.ReaderFrom)
	if can && takes {
		return splicer.SpliceTo(&patientTaker{w, taker})
	}
	return io.CopyBuffer(w, struct{ io.Reader }{body}, buf)
}

// A patientTaker is a patient writer whose connection reads by itself, a piece at a time.
type patientTaker struct {
	*patient
	taker io.ReaderFrom
}

// ReadFrom takes all of from, which is one piece.
func (w *patientTaker) ReadFrom(from io.Reader) (int64, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(w.time))
	n, err := w.taker.ReadFrom(from)
	w.to.bytes += n
	return n, ofReader(err)
}

func ofReader(err error) error {
	if err != nil {
		return fmt.Errorf("%w: %w", errReader, err)
	}
	return nil
}
