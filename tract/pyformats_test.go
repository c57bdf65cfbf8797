package tract_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// formats runs testdata/formats_oracle.py and returns the folder it has written.
func formats(t *testing.T) string {
	t.Helper()
	if out, err := exec.Command(python, "-c", "import numpy").CombinedOutput(); err != nil {
		t.Skipf("no numpy to write files with (apt install python3-numpy): %v\n%s", err, out)
	}
	dir := t.TempDir()
	if out, err := exec.Command(python, filepath.Join("testdata", "formats_oracle.py"), dir).CombinedOutput(); err != nil {
		t.Fatalf("formats_oracle.py: %v\n%s", err, out)
	}
	return dir
}
