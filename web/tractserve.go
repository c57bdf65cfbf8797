package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/tract"
	"ngportal/tractstore"
	"ngportal/volume"
)

// tracts gives the edge what the library makes of tractograms, and the names of labels that it finds.
type tracts struct{ library *s3index.Library }

// ServeTract is [edge.Tracts].
func (t tracts) ServeTract(w http.ResponseWriter, r *http.Request, loc access.Location, path, what string) error {
	var err error
	switch source, rest, _ := strings.Cut(what, "/"); source {
	case "names":
		err = t.serveNames(w, r, loc, path)
	case "skel":
		err = t.serveSkeleton(w, r, loc, path, rest)
	default:
		err = t.serveAnnotations(w, r, loc, path, rest)
	}
	if option, ok := errors.AsType[*s3index.OptionError](err); ok {
		refuse(w, http.StatusNotFound, option.Error())
		return nil
	}
	if preparing, ok := errors.AsType[*tractstore.PreparingError](err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(preparing.Again.Seconds())))
		refuse(w, http.StatusServiceUnavailable, preparing.Error())
		return nil
	}
	for _, data := range []error{tract.ErrInvalid, volume.ErrInvalid, errors.ErrUnsupported} {
		if errors.Is(err, data) {
			refuse(w, http.StatusUnprocessableEntity, err.Error())
			return nil
		}
	}
	return err
}

// refuse answers with a sentence, which is not to be kept.
func refuse(w http.ResponseWriter, code int, sentence string) {
	h := w.Header()
	h.Del("ETag")
	h.Del("Content-Length")
	h.Set("Cache-Control", "no-store")
	http.Error(w, sentence, code)
}

// cutOptions cuts "length,s_fa/info" after its options, of which there may be none.
func cutOptions(rest string, files ...string) (options, file string) {
	first, after, ok := strings.Cut(rest, "/")
	if !ok || slices.Contains(files, first) || strings.HasPrefix(first, "spatial") {
		return "", rest
	}
	return first, after
}

// serveSkeleton answers with a file of a skeleton source.
func (t tracts) serveSkeleton(w http.ResponseWriter, r *http.Request, loc access.Location, path, rest string) error {
	text, file := cutOptions(rest, "prop")
	options, err := s3index.ParseSkeletonOptions(text)
	if err != nil {
		return err
	}
	s, err := t.library.SkeletonSet(r.Context(), loc, path, options)
	if err != nil {
		return err
	}
	if known(w, r, s.Version, "skel/"+file, s.Final) {
		return nil
	}
	switch file {
	case "info":
		return sendMade(w, r, func() ([]byte, error) { return s.Info(r.Context()) })
	case "prop/info":
		return sendMade(w, r, func() ([]byte, error) { return s.Properties(r.Context()) })
	}
	id, err := strconv.ParseUint(file, 10, 64)
	if err != nil {
		return fmt.Errorf("object %q: %w", file, fs.ErrNotExist)
	}
	k, err := s.Open(r.Context(), id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(k.Size(), 10))
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	_, err = k.WriteTo(w)
	return err
}

// known names the version of an answer, and answers whoever has it already. What is not final may be another in a moment.
func known(w http.ResponseWriter, r *http.Request, version, file string, final bool) bool {
	sum := sha256.Sum256([]byte(tractstore.Format + "\x00" + version + "\x00" + file))
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	if !final {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Set("ETag", tag)
	for t := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(t), "W/") == tag {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

// serveAnnotations answers with a file of an annotation source.
func (t tracts) serveAnnotations(w http.ResponseWriter, r *http.Request, loc access.Location, path, rest string) error {
	text, file := cutOptions(rest, "by_id", "bundle", "list")
	options, err := s3index.ParseAnnotationOptions(text)
	if err != nil {
		return err
	}
	a, version, err := t.library.Annotations(r.Context(), loc, path, options)
	if err != nil {
		return err
	}
	switch file {
	case "info":
		return sendInfo(w, r, version, file, a.Info)
	case "list/info":
		return sendInfo(w, r, version, file, a.List)
	}
	if a.Built() == 1 && known(w, r, version, "ann/"+file, true) {
		return nil
	}
	made, err := annotationsOf(r.Context(), a, file)
	if err != nil {
		return err
	}
	if !made.Final {
		version += "\x00now"
	}
	if known(w, r, version, "ann/"+file, made.Final) {
		return nil
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	send(w, r, made.Data)
	return nil
}

// sendInfo answers with an info file, which may be another when more is known.
func sendInfo(w http.ResponseWriter, r *http.Request, version, file string, info func(context.Context) (tractstore.File, error)) error {
	i, err := info(r.Context())
	if err != nil {
		return err
	}
	sum := sha256.Sum256(i.Data)
	if known(w, r, version+"\x00"+string(sum[:]), "ann/"+file, i.Final) {
		return nil
	}
	w.Header().Set("Content-Type", "application/json")
	send(w, r, i.Data)
	return nil
}

// annotationsOf reads "spatial1/0_1_0", "by_id/7" or "bundle/3".
func annotationsOf(ctx context.Context, a *tractstore.Annotations, file string) (tractstore.File, error) {
	folder, name, _ := strings.Cut(file, "/")
	none := fmt.Errorf("annotations %q: %w", file, fs.ErrNotExist)
	if digits, ok := strings.CutPrefix(folder, "spatial"); ok {
		level, err := strconv.Atoi(digits)
		parts := strings.Split(name, "_")
		if err != nil || len(parts) != 3 {
			return tractstore.File{}, none
		}
		var cell [3]int
		for k := range cell {
			if cell[k], err = strconv.Atoi(parts[k]); err != nil {
				return tractstore.File{}, none
			}
		}
		return a.Chunk(ctx, level, cell)
	}
	id, err := strconv.ParseUint(name, 10, 64)
	switch {
	case err != nil:
		return tractstore.File{}, none
	case folder == "by_id":
		return a.ByID(ctx, id)
	}
	return a.Bundle(ctx, id)
}

// serveNames answers with the segment properties of a volume.
func (t tracts) serveNames(w http.ResponseWriter, r *http.Request, loc access.Location, path string) error {
	info, version, err := t.library.SegmentProperties(r.Context(), loc, path)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", `"`+version+`-names"`)
	w.Header().Set("Content-Type", "application/json")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(info))
	return nil
}

// sendMade sends JSON that is made.
func sendMade(w http.ResponseWriter, r *http.Request, made func() ([]byte, error)) error {
	data, err := made()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	send(w, r, data)
	return nil
}

// send sends data of which the headers are there.
func send(w http.ResponseWriter, r *http.Request, data []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(data)
	}
}
