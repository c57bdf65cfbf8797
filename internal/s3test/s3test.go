// Package s3test gives a test binary a real S3 server.
package s3test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"ngportal/web/s3server"
)

// Main runs the tests of m beside an S3 server over an empty folder, of which ready is told, and returns the exit status. A
// process can have one such server.
func Main(m *testing.M, ready func(server *s3server.Server, root string)) int {
	root, err := os.MkdirTemp("", "ngportal-s3test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(root)
	server, err := s3server.Start(context.Background(), root)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ready(server, root)
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
