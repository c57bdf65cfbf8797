// Package e2e drives the real command in a real browser: the demo is started as a person starts it,
// and used as a person uses it.
package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// A demo is a running `ngportal demo`.
type demo struct {
	portal, viewer string // addresses
	dir            string
	cmd            *exec.Cmd
}

// the is the demo of this test binary.
var the *demo

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "ngportal-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if the, err = startDemo(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := the.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// dataDir is the folder of real files, or "" where it is not.
func dataDir() string {
	dir := os.Getenv("NGPORTAL_TEST_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// startTime is how long the demo may take to write its data and listen, on a busy machine with the race detector on.
const startTime = 3 * time.Minute

var addressForm = regexp.MustCompile(`http://localhost:\d+`)

func startDemo(dir string) (*demo, error) {
	binary, err := filepath.Abs("../bin/ngportal-race")
	if err != nil {
		return nil, err
	}
	if _, err = os.Stat(binary); err != nil {
		return nil, fmt.Errorf("%w: build it with: make race-binary", err)
	}
	d := &demo{dir: dir, cmd: exec.Command(binary, "demo", "--dir", dir, "--port", "0", "--viewer-port", "0", "--no-browser")}
	d.cmd.Env = append(os.Environ(), "NGPORTAL_DEMO_S3_DIR="+dataDir())
	d.cmd.Stderr = os.Stderr
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	lines := make(chan string)
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
		close(lines)
	}()
	deadline := time.After(startTime)
	for d.portal == "" || d.viewer == "" {
		select {
		case line, ok := <-lines:
			if !ok {
				return nil, errors.Join(errors.New("the demo ended before it was ready"), d.cmd.Wait())
			}
			if at := addressForm.FindString(line); at != "" && d.portal == "" {
				d.portal = at
			} else if at != "" {
				d.viewer = at
			}
		case <-deadline:
			return nil, errors.Join(fmt.Errorf("the demo was not ready after %v", startTime), d.stop())
		}
	}
	go func() {
		for range lines { // nothing more is read from what it says
		}
	}()
	return d, nil
}

// stop ends the demo as Ctrl-C does; it must end well, races and all.
func (d *demo) stop() error {
	if err := d.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- d.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("the demo ended badly: %w", err)
		}
		return nil
	case <-time.After(time.Minute):
		return errors.Join(errors.New("the demo did not end within a minute of Ctrl-C"), d.cmd.Process.Kill())
	}
}

// patience bounds one test's waiting in the browser.
const patience = 3 * time.Minute

func withPatience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
