package store

import "context"

// Exec runs a statement on the connection that writes, to bring about the faults of a real disk.
func (s *Store) Exec(ctx context.Context, statement string) error {
	_, err := s.write.ExecContext(ctx, statement)
	return err
}
