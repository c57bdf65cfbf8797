// Package e2e drives the real command in a real browser: the demo is started as a person starts it,
// and used as a person uses it.
package e2e

import (
	"bufio"
	"cmp"
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

// command is the path of the command that is tested.
func command() (string, error) {
	binary, err := filepath.Abs(cmp.Or(os.Getenv("NGPORTAL_BINARY"), "../bin/ngportal-race"))
	if err != nil {
		return "", err
	}
	if _, err = os.Stat(binary); err != nil {
		return "", fmt.Errorf("%w: build it with: make race-binary", err)
	}
	return binary, nil
}

var addressForm = regexp.MustCompile(`http://localhost:\d+`)

func startDemo(dir string) (*demo, error) {
	binary, err := command()
	if err != nil {
		return nil, err
	}
	extra := filepath.Join(dir, "extra")
	if err = writeExtra(extra); err != nil {
		return nil, err
	}
	d := &demo{dir: dir, cmd: exec.Command(binary, "demo", "--dir", dir, "--port", "0", "--viewer-port", "0", "--no-browser")}
	d.cmd.Env = append(os.Environ(), "NGPORTAL_DEMO_S3_DIR="+extra)
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

func (d *demo) stop() error { return interrupt(d.cmd, waiting(d.cmd)) }

// waiting waits for the end of a command.
func waiting(cmd *exec.Cmd) <-chan error {
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	return done
}

// interrupt ends a command as Ctrl-C does; it must end well, races and all.
func interrupt(cmd *exec.Cmd, done <-chan error) error {
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("%s ended badly: %w", cmd.Args[1], err)
		}
		return nil
	case <-time.After(time.Minute):
		return errors.Join(fmt.Errorf("%s did not end within a minute of Ctrl-C", cmd.Args[1]), cmd.Process.Kill())
	}
}

// patience bounds one test's waiting in the browser.
const patience = 8 * time.Minute

func withPatience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
