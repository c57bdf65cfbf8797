package phantom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// A tree writes objects of a bucket as files below root.
type tree struct{ root string }

// put writes one object. Its key has slashes between folders.
func (t tree) put(key string, data []byte) error {
	name := filepath.Join(t.root, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return err // an *fs.PathError: it names what was done, and to what
	}
	return os.WriteFile(name, data, 0o600)
}

// putText writes a text object.
func (t tree) putText(key, text string) error { return t.put(key, []byte(text)) }

// putJSON writes v indented; maps are sorted by key, so equal values give equal bytes.
func (t tree) putJSON(key string, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode %s: %w", key, err)
	}
	return t.put(key, b.Bytes())
}
