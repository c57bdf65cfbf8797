package ngstate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// An Imported is a scene that was made elsewhere.
type Imported struct {
	Remote   string // the link leads to a stored state at this address, which must be fetched and given to Import; then all else is empty
	Title    string
	Layers   []ImportedLayer
	View     View
	Warnings []string // sentences: what was left out
}

// An ImportedLayer is one layer of a state.
type ImportedLayer struct {
	Name    string
	Type    string          // Neuroglancer's; "" leaves it to the viewer
	Hidden  bool            // it was switched off
	Sources []string        // addresses as [Resource] has them, in the order of Raw; none if all is in the layer itself, as local annotations are
	Raw     json.RawMessage // the layer as it was, compact, with hostile or unknown members left out; its source is as in the state
}

// Import reads a Neuroglancer link, the part of one after "#!", or a state as JSON: ours, LINC's, ngtools', CAVE's. An
// address without such a part, as of a short link, is taken for that of a stored state.
//
// Of what it returns no source holds a password, no layer more than a state may hold, and nothing can run but shaders.
// The error wraps [ErrInvalid].
func Import(text string) (Imported, error) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if len(text) > 3*MaxState { // percent-encoded
		return Imported{}, tooLarge()
	}
	fragment, isLink := fragmentOf(text)
	if !isLink && importScheme(text) != "" {
		return remote(text)
	}
	if isLink {
		fragment = strings.TrimPrefix(fragment, "+") // merged into what is there; here the same
		if fragment == "" {
			return Imported{}, fmt.Errorf("%w: the link has no scene in it", ErrInvalid)
		}
		if importScheme(fragment) != "" {
			return remote(fragment)
		}
	}
	state, err := stateText(fragment, isLink)
	if err != nil {
		if decoded, unescapeErr := url.PathUnescape(fragment); unescapeErr == nil && importScheme(decoded) != "" {
			return remote(decoded)
		}
		return Imported{}, err
	}
	return importState(state)
}

func tooLarge() error {
	return fmt.Errorf("%w: the scene is larger than the %d kB that a link can hold", ErrInvalid, MaxState>>10)
}

// fragmentOf returns what follows "#!", also where a program has escaped the two.
func fragmentOf(text string) (fragment string, isLink bool) {
	if strings.HasPrefix(text, "{") {
		return text, false
	}
	for _, mark := range []string{"#!", "#%21"} {
		if _, after, ok := strings.Cut(text, mark); ok {
			return after, true
		}
	}
	if after, ok := strings.CutPrefix(text, "!"); ok {
		return after, true
	}
	return text, strings.HasPrefix(text, "%7B") || strings.HasPrefix(text, "%7b")
}

// remote checks the address of a stored state.
func remote(address string) (Imported, error) {
	address = strings.TrimSpace(address)
	switch scheme := importScheme(address); {
	case len(address) > maxAddress || strings.ContainsFunc(address, unprintable):
		return Imported{}, fmt.Errorf("%w: the address of the scene is too long, or holds characters that no address has", ErrInvalid)
	case !importable(scheme):
		return Imported{}, fmt.Errorf("%w: a scene cannot be read from an address that begins with “%s”", ErrInvalid, shorten(scheme))
	case hasPassword(address):
		return Imported{}, fmt.Errorf("%w: the address of the scene holds a user name or password", ErrInvalid)
	}
	return Imported{Remote: address}, nil
}

// stateText finds the JSON in a fragment as Neuroglancer does: percent-encoded, and then with _ or & for commas and ' for
// quotes, if need be. What stands there without being encoded is read as well.
func stateText(text string, escaped bool) ([]byte, error) {
	candidates := []string{text}
	if decoded, err := url.PathUnescape(text); escaped && err == nil {
		candidates = []string{decoded, text}
	}
	for _, c := range candidates {
		if c = strings.ToValidUTF8(c, "\ufffd"); len(c) > MaxState || !strings.HasPrefix(strings.TrimSpace(c), "{") {
			continue
		}
		for _, state := range [][]byte{[]byte(c), urlSafeJSON(c)} {
			if depth(state) <= maxDepth && json.Valid(state) {
				return state, nil
			}
		}
	}
	if len(candidates[0]) > MaxState {
		return nil, tooLarge()
	}
	return nil, fmt.Errorf("%w: this is neither a Neuroglancer link nor the JSON of a scene; perhaps it was cut off when it was copied", ErrInvalid)
}

// maxDepth is how deeply a state may be nested; Neuroglancer's own reach ten.
const maxDepth = 64

// depth is how deeply brackets are nested in JSON.
func depth(text []byte) (most int) {
	now, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			most = max(most, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return most
}

// urlSafeJSON turns Neuroglancer's JSON for addresses into JSON: outside of strings "_" and "&" are commas, and strings
// may be in single quotes (its util/json.ts, urlSafeToJSON).
func urlSafeJSON(text string) []byte {
	var b bytes.Buffer
	b.Grow(len(text) + 64)
	var quote byte // that the string we are in ends with; 0 outside
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote == 0 && (c == '_' || c == '&'):
			b.WriteByte(',')
		case quote == 0 && (c == '"' || c == '\''), c == quote && quote != 0:
			quote ^= c
			b.WriteByte('"')
		case quote == '\'' && c == '"':
			b.WriteString(`\"`)
		case quote != 0 && c == '\\' && i+1 < len(text):
			i++
			if text[i] != '\'' {
				b.WriteByte(c)
			}
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.Bytes()
}

func unprintable(r rune) bool {
	return unicode.IsControl(r) || r == '\\' || r == unicode.ReplacementChar
}

// shorten is text for a sentence.
func shorten(s string) string {
	const most = 60
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}
