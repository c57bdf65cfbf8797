package store

import (
	"context"
	"strings"
)

// ManagerAddresses returns the verified e-mail addresses of the people with these ids, sorted, each once; who is disabled
// and who has none is left out. It asks nobody's permission: it is for writing to those who can answer a request,
// and what it returns is for mails alone, never for a page.
func (s *Store) ManagerAddresses(ctx context.Context, ids []int64) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	var out []string
	err := each(ctx, s.read, `SELECT DISTINCT email FROM people WHERE email <> '' AND kind = 'person' AND disabled = 0
		AND id IN (?`+strings.Repeat(", ?", len(ids)-1)+") ORDER BY email", func(row scan) error {
		out = append(out, "")
		return row(&out[len(out)-1])
	}, args...)
	return out, explain("read the addresses of managers", err)
}
