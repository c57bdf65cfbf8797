package store

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// A Hash stands for a secret in the database. Secrets are random and at least 128 bits long,
// so that a plain SHA-256 cannot be searched backwards.
type Hash [sha256.Size]byte

// HashOf returns the hash of a secret.
func HashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// Value implements [driver.Valuer].
func (h Hash) Value() (driver.Value, error) { return h[:], nil }

// orNull is h, or NULL for the zero Hash.
func orNull(h Hash) any {
	if h == (Hash{}) {
		return nil
	}
	return h
}

// Scan implements [database/sql.Scanner]. NULL is the zero Hash.
func (h *Hash) Scan(src any) error {
	if src == nil {
		*h = Hash{}
		return nil
	}
	b, ok := src.([]byte)
	if !ok || len(b) != len(h) {
		return fmt.Errorf("hash: have %T of another form, want %d bytes", src, len(h))
	}
	copy(h[:], b)
	return nil
}

// list is a list of words in one column.
type list []string

func (l list) Value() (driver.Value, error) {
	if l == nil {
		return "[]", nil
	}
	b, err := json.Marshal([]string(l))
	return string(b), err
}

func (l *list) Scan(src any) error {
	s, ok := src.(string)
	if !ok {
		return fmt.Errorf("list: have %T, want text", src)
	}
	return json.Unmarshal([]byte(s), (*[]string)(l))
}
