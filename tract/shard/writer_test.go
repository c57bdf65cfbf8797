package shard_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"ngportal/tract/shard"
)

func TestWriterRefusesAnOrderItCannotWrite(t *testing.T) {
	s := shard.Spec{ShardBits: 1, MinishardBits: 1}
	for name, tt := range map[string]struct {
		ids  []uint64
		want string
	}{
		"twice":            {[]uint64{1, 1}, "object 1 comes after object 1"},
		"descending":       {[]uint64{5, 4}, "object 4 comes after object 5"},
		"shards in pieces": {[]uint64{1, 2, 5}, "shard 0 come apart"},
	} {
		w, err := shard.NewWriter(s, folder{}.create)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range tt.ids {
			err = w.Add(id, nil)
		}
		if !errors.Is(err, shard.ErrInvalid) || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
		if closed := w.Close(); closed == nil {
			t.Errorf("%s: Close tells nothing", name)
		}
	}
	for _, bad := range []shard.Spec{{MinishardBits: -1}, {MinishardBits: 21}, {PreshiftBits: 65}, {ShardBits: 64, MinishardBits: 1}} {
		if _, err := shard.NewWriter(bad, nil); !errors.Is(err, shard.ErrInvalid) {
			t.Errorf("NewWriter(%+v): %v", bad, err)
		}
	}
}

// A full disk takes some bytes and then none.
type full struct{ left *int }

var errFull = errors.New("full")

func (f full) Write(p []byte) (int, error) {
	if len(p) > *f.left {
		return 0, errFull
	}
	*f.left -= len(p)
	return len(p), nil
}

func (f full) WriteAt(p []byte, _ int64) (int, error) { return f.Write(p) }

func (f full) Close() error { return nil }

func TestAFullDiskIsTold(t *testing.T) {
	const whole = 16 + 100 + 24 + 16 // index, object, index of the minishard, and the first again
	for room := range whole + 2 {
		left := room
		w, err := shard.NewWriter(shard.Spec{}, func(string) (shard.File, error) { return full{&left}, nil })
		if err != nil {
			t.Fatal(err)
		}
		added := w.Add(1, make([]byte, 100))
		if (added == nil) != (room >= 16+100) || added != nil && !errors.Is(added, errFull) {
			t.Fatalf("with room for %d bytes, Add: %v", room, added)
		}
		closed := w.Close()
		if (closed == nil) != (room >= whole) || closed != nil && !errors.Is(closed, errFull) {
			t.Fatalf("with room for %d bytes, Close: %v", room, closed)
		}
	}
}

func TestAWriterIsClosedOnce(t *testing.T) {
	w, err := shard.NewWriter(shard.Spec{}, folder{}.create)
	if err != nil {
		t.Fatal(err)
	}
	if err = w.Close(); err != nil {
		t.Fatal(err)
	}
	if err = w.Add(1, nil); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Add after Close: %v", err)
	}
}
