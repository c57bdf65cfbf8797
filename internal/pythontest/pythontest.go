// Package pythontest runs Debian's Python in tests, for its readers and writers of the formats that we read.
package pythontest

import (
	"os/exec"
	"testing"
)

// interpreter is Debian's: another one lacks its modules.
const interpreter = "/usr/bin/python3"

// Run runs a script that writes files below a new directory and returns that directory. It skips the test if this
// machine's python lacks numpy or one of modules.
func Run(t testing.TB, script string, modules ...string) string {
	t.Helper()
	probe := "import numpy"
	for _, m := range modules {
		probe += ", " + m
	}
	if out, err := exec.CommandContext(t.Context(), interpreter, "-c", probe).CombinedOutput(); err != nil {
		t.Skipf("no oracle: %s -c %q: %v\n%s", interpreter, probe, err, out)
	}
	root := t.TempDir()
	c := exec.CommandContext(t.Context(), interpreter, "-c", script) //nolint:gosec // the script is a test's own
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("python: %v\n%s", err, out)
	}
	return root
}
