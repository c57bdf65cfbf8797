package handlers_test

import (
	"os"
	"path/filepath"
	"testing"

	"ngportal/internal/s3test"
	"ngportal/web/s3server"
)

// server is the one S3 server of this test binary; root is the directory it serves.
var (
	server *s3server.Server
	root   string
)

func TestMain(m *testing.M) {
	os.Exit(s3test.Main(m, func(s *s3server.Server, dir string) { server, root = s, dir }))
}

// put makes an object; name is "bucket/key".
func put(t testing.TB, name string, data []byte) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// drop removes an object.
func drop(t testing.TB, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(root, filepath.FromSlash(name))); err != nil {
		t.Fatal(err)
	}
}
