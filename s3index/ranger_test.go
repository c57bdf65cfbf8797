package s3index_test

import (
	"errors"
	"io/fs"
	"math"
	"strings"
	"testing"

	"ngportal/s3index"
	"ngportal/volume"
)

func TestRanger(t *testing.T) {
	const large = 64<<20 + 1
	b := put(t, "parts", map[string]string{"z/c/0": "0123456789", "z/empty": "", "z/large": strings.Repeat("x", large)})
	get := s3index.Parts(t.Context(), b, "z/")
	for name, tt := range map[string]struct {
		offset, length int64
		want           string
	}{
		"all":                      {0, -1, "0123456789"},
		"the beginning":            {0, 3, "012"},
		"the middle":               {4, 3, "456"},
		"past the end":             {8, 9, "89"},
		"to the end":               {7, -1, "789"},
		"the end":                  {-3, -1, "789"},
		"some of the end":          {-3, 2, "78"},
		"more of the end than all": {-30, -1, "0123456789"},
		"behind the end":           {10, 5, ""},
		"nothing":                  {3, 0, ""},
		"to the end of numbers":    {6, math.MaxInt64, "6789"},
	} {
		if got, err := get("c/0", tt.offset, tt.length); string(got) != tt.want || err != nil {
			t.Errorf("%s: got %q, error %v, want %q", name, got, err, tt.want)
		}
	}
	if got, err := get("empty", 0, 99); len(got) != 0 || err != nil {
		t.Errorf("empty object: got %q, error %v", got, err)
	}
	if got, err := get("large", 5, large-5); len(got) != large-5 || err != nil {
		t.Errorf("as much as is read at once: got %d bytes, error %v", len(got), err)
	}
	if _, err := get("large", 0, -1); !errors.Is(err, volume.ErrInvalid) || !errors.Is(err, s3index.ErrTooLarge) {
		t.Errorf("more than is read at once: error %v, want ErrInvalid and ErrTooLarge", err)
	}
	if _, err := get("missing", 0, 5); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing object: error %v, want fs.ErrNotExist", err)
	}
}
