package volume

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// maxExact is the largest integer up to which every JSON reader agrees about integers.
const maxExact = 1 << 53

// maxRank is numpy's limit; no image comes near it.
const maxRank = 32

// object holds the members of a JSON object that somebody asked for. A member that is null is absent.
type object map[string]json.RawMessage

// parse checks that raw is one JSON object and returns the wanted members.
func parse(raw []byte, want ...string) (object, error) {
	if len(raw) > MaxMetadata {
		return nil, invalid("the file has more than the %d MiB that metadata may have", MaxMetadata>>20)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, invalid("the file is empty")
	}
	var text json.RawMessage
	if err := json.Unmarshal(raw, &text); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, invalid("the text is not JSON: byte %d: %s", syntax.Offset, syntax)
		}
		return nil, invalid("the text is not JSON: %s", err)
	}
	return members(text, want...)
}

// members returns the wanted members of raw, which is valid JSON. The others are passed over
// without being kept, so that a file of a million members costs no more than its text.
func members(raw json.RawMessage, want ...string) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, invalid("expected a JSON object, got %s", excerpt(raw))
	}
	wanted := make(map[string]bool, len(want))
	for _, w := range want {
		wanted[w] = true
	}
	out := object{}
	var value json.RawMessage
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, invalid("the text is not JSON: %s", err)
		}
		if err := dec.Decode(&value); err != nil {
			return nil, invalid("the text is not JSON: %s", err)
		}
		key, _ := name.(string)
		switch {
		case !wanted[key]:
		case string(value) == "null":
			delete(out, key)
		default:
			out[key] = bytes.Clone(value)
		}
	}
	return out, nil
}

// elements returns at most limit elements of a JSON array, and whether there are more.
func elements(raw json.RawMessage, limit int) (list []json.RawMessage, more bool, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return nil, false, invalid("expected a JSON array, got %s", excerpt(raw))
	}
	for dec.More() {
		if len(list) == limit {
			return list, true, nil
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil && !errors.Is(err, io.EOF) {
			return nil, false, invalid("the text is not JSON: %s", err)
		}
		list = append(list, value)
	}
	return list, false, nil
}

func excerpt(raw []byte) string {
	const most = 40
	if len(raw) == 0 {
		return "nothing"
	}
	if len(raw) > most {
		return strconv.Quote(string(raw[:most])) + " …"
	}
	return strconv.Quote(string(raw))
}

func (o object) has(key string) bool { return o[key] != nil }

// text is the string called key, or "" when there is none.
func (o object) text(key string) string {
	s, _ := str(o[key])
	return s
}

func str(raw json.RawMessage) (string, bool) {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}

// strs is the list of strings called key, or nil; other elements, such as null, become "".
func (o object) strs(key string) []string {
	const most = 1 << 10
	list, more, err := elements(o[key], most)
	if err != nil || more {
		return nil
	}
	out := make([]string, len(list))
	for i, e := range list {
		out[i], _ = str(e)
	}
	return out
}

// number reads a finite JSON number.
func number(raw json.RawMessage) (float64, bool) {
	var v float64
	if len(raw) == 0 || raw[0] == 'n' || json.Unmarshal(raw, &v) != nil {
		return 0, false
	}
	return v, true
}

// numbers reads an array of exactly n finite numbers.
func numbers(raw json.RawMessage, n int) ([]float64, error) {
	list, more, err := elements(raw, n)
	if err != nil {
		return nil, err
	}
	if more || len(list) != n {
		return nil, invalid("expected %d numbers, got %s", n, excerpt(raw))
	}
	out := make([]float64, n)
	for i, e := range list {
		v, ok := number(e)
		if !ok {
			return nil, invalid("expected a number, got %s", excerpt(e))
		}
		out[i] = v
	}
	return out, nil
}

// whole reads an integer, also one that was written as a float, such as 64.0.
func whole(raw json.RawMessage) (int64, error) {
	v, ok := number(raw)
	switch {
	case !ok || v != math.Trunc(v):
		return 0, invalid("expected a whole number, got %s", excerpt(raw))
	case math.Abs(v) > maxExact:
		return 0, invalid("the number %s is larger than 2^53", excerpt(raw))
	}
	return int64(v), nil
}

// extent reads the member key as one positive size for each axis; rank 0 accepts any number of axes.
func (o object) extent(key string, rank int) ([]int64, error) {
	if !o.has(key) {
		return nil, invalid("the member %q is missing", key)
	}
	list, more, err := elements(o[key], maxRank)
	if err != nil {
		return nil, inMember(key, err)
	}
	switch {
	case more:
		return nil, invalid("%q has more than %d axes", key, maxRank)
	case len(list) == 0:
		return nil, invalid("%q is empty: a single number is no image", key)
	case rank != 0 && len(list) != rank:
		return nil, invalid("%q has %d axes where %d are expected", key, len(list), rank)
	}
	out := make([]int64, len(list))
	for i, e := range list {
		if out[i], err = whole(e); err != nil {
			return nil, inMember(key, err)
		}
		if out[i] <= 0 {
			return nil, invalid("%q holds %d: every axis needs at least one voxel", key, out[i])
		}
	}
	return out, nil
}

func inMember(key string, err error) error {
	return fmt.Errorf("member %q: %w", key, err)
}
