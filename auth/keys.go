package auth

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// keySize is that of a pair: 32 bytes authenticate a cookie (HMAC-SHA-256), 32 encrypt it (AES-256).
const keySize = 64

// Keys protect the cookies that carry session ids: pairs of keys, the newest first. The first
// writes, all read; so a new pair can be put in front and the old one taken away a day later.
type Keys struct {
	pairs [][]byte
}

// String hides the keys from logs.
func (Keys) String() string { return "[keys]" }

// GoString hides the keys from logs.
func (Keys) GoString() string { return "[keys]" }

// NewKeys returns a random pair.
func NewKeys() Keys {
	raw := make([]byte, keySize)
	_, _ = rand.Read(raw) // It never fails: https://pkg.go.dev/crypto/rand#Read.
	return Keys{[][]byte{raw[:keySize/2], raw[keySize/2:]}}
}

// ReadKeys reads the keys in a file of 64 random bytes, or several times 64 with the newest first.
func ReadKeys(path string) (Keys, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Keys{}, fmt.Errorf("read session keys: %w", err)
	}
	if len(raw) == 0 || len(raw)%keySize != 0 {
		return Keys{}, fmt.Errorf("read session keys: %s has %d bytes, want %d random ones; "+
			"make them with: openssl rand -out %s %d", path, len(raw), keySize, path, keySize)
	}
	if bytes.Count(raw, raw[:1]) == len(raw) {
		return Keys{}, fmt.Errorf("read session keys: %s holds the same byte throughout, want random ones", path)
	}
	var k Keys
	for half := raw; len(half) > 0; half = half[keySize/2:] {
		k.pairs = append(k.pairs, half[:keySize/2])
	}
	return k, nil
}

// ReadOrMakeKeys is [ReadKeys], but makes the file, readable by its owner alone, if it is absent.
func ReadOrMakeKeys(path string) (Keys, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return ReadKeys(path)
	}
	if err != nil {
		return Keys{}, fmt.Errorf("make session keys: %w", err)
	}
	k := NewKeys()
	_, err = f.Write(bytes.Join(k.pairs, nil))
	if err = errors.Join(err, f.Close()); err != nil {
		// Half a file would be refused at the next start.
		return Keys{}, errors.Join(fmt.Errorf("make session keys: %w", err), os.Remove(path))
	}
	return k, nil
}
