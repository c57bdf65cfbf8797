// Package pgtest runs PostgreSQL for tests: a private cluster with a socket in a folder of its own, that ends with the tests.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrMissing is wrapped when PostgreSQL is not installed here.
var ErrMissing = errors.New("there is no PostgreSQL below /usr/lib/postgresql: install it with apt-get install postgresql")

// A Cluster is a PostgreSQL server with its databases. Whoever can reach its folder is let in as any user.
type Cluster struct {
	bin, dir string
	as       *syscall.Credential // nil: who we are
	server   *exec.Cmd
	ended    chan struct{}
	log      bytes.Buffer // read it only when the server has ended
	made     atomic.Int32 // databases
}

// Start makes a cluster and runs it. Settings are lines of its configuration, such as "fsync = on": without them it
// is quick and would not survive a power cut. The caller closes it. The error wraps [ErrMissing] if there is no
// PostgreSQL here.
func Start(settings ...string) (*Cluster, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return nil, ErrMissing
	}
	slices.Sort(found)
	c := &Cluster{bin: filepath.Dir(found[len(found)-1])}
	if c.dir, err = os.MkdirTemp(memory(), "pgtest"); err != nil {
		return nil, err
	}
	if err = c.make(settings); err == nil {
		err = c.Resume()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), c.Close())
	}
	return c, nil
}

// memory is a folder in memory if there is one with room: making a database is ten times as quick there.
func memory() string {
	const shared, enough = "/dev/shm", 1 << 30
	var s syscall.Statfs_t
	if err := syscall.Statfs(shared, &s); err != nil || s.Bavail*uint64(s.Bsize) < enough {
		return ""
	}
	return shared
}

// make writes the files of the cluster.
func (c *Cluster) make(settings []string) error {
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		var err error
		if c.as, err = other("postgres", "nobody"); err != nil {
			return err
		}
		if err = os.Chown(c.dir, int(c.as.Uid), int(c.as.Gid)); err != nil {
			return err
		}
	}
	initdb := c.command("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	lines := append([]string{
		"listen_addresses = ''", "unix_socket_directories = '" + c.dir + "'",
		"fsync = off", "full_page_writes = off", "synchronous_commit = off", "autovacuum = off",
		"shared_buffers = 16MB", "max_connections = 60", "dynamic_shared_memory_type = mmap", "jit = off",
	}, settings...)
	conf, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = conf.WriteString(strings.Join(lines, "\n") + "\n")
	return errors.Join(err, conf.Close())
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// command is one of PostgreSQL's, about the files of the cluster. It ends with us, however we end.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	args = append([]string{"-D", c.data()}, args...)
	cmd := exec.CommandContext(context.Background(), filepath.Join(c.bin, name), args...) //nolint:gosec // the name is written above
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as, Pdeathsig: syscall.SIGQUIT}
	cmd.Dir = c.dir
	return cmd
}

// other is the first user of these who exists here.
func other(names ...string) (*syscall.Credential, error) {
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGid := strconv.ParseUint(u.Gid, 10, 32)
		if err = errors.Join(err, errGid); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("there is none of the users %v to run as", names)
}

// Resume runs the server of a cluster that has been stopped, and waits until it answers.
func (c *Cluster) Resume() error {
	c.server = c.command("postgres")
	c.server.Stdout, c.server.Stderr = &c.log, &c.log
	if err := c.server.Start(); err != nil {
		return err
	}
	server, ended := c.server, make(chan struct{})
	c.ended = ended
	go func() {
		_ = server.Wait() // its log says why it ended
		close(ended)
	}()
	return c.await()
}

// await waits until the server answers.
func (c *Cluster) await() error {
	enough := time.After(time.Minute)
	for {
		err := c.Exec("SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-c.ended:
			return fmt.Errorf("it has ended: %s", c.log.String())
		case <-enough:
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// How a server ends: https://www.postgresql.org/docs/current/server-shutdown.html.
const (
	Fast      = syscall.SIGINT  // connections are cut, all is written
	Immediate = syscall.SIGQUIT // as if it had crashed
)

// Stop ends the server and waits for that. [Cluster.Resume] runs it again.
func (c *Cluster) Stop(how syscall.Signal) error {
	err := c.server.Process.Signal(how)
	<-c.ended
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Signal sends a signal to all processes of the server, such as SIGSTOP and SIGCONT.
func (c *Cluster) Signal(s syscall.Signal) error {
	pids := []int{c.server.Process.Pid}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pids[0]))
	if err != nil {
		return err
	}
	for _, field := range strings.Fields(string(children)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return err
		}
		pids = append(pids, pid)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return nil
}

// Close ends the server and removes the cluster.
func (c *Cluster) Close() error {
	var err error
	if c.ended != nil {
		err = c.Stop(Immediate)
	}
	return errors.Join(err, os.RemoveAll(c.dir))
}

// Exec runs a statement as the superuser.
func (c *Cluster) Exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.Address("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// Address is that of a database of the cluster, whether it is there or not.
func (c *Cluster) Address(database string) string {
	return "postgres://postgres@/" + database + "?" + url.Values{"host": {c.dir}}.Encode()
}

// Create makes an empty database.
func (c *Cluster) Create(name string) error {
	return c.Exec("CREATE DATABASE " + name + " TEMPLATE template0")
}

// Database makes a database like template, "" for an empty one, and returns its address. It is removed when t ends.
func (c *Cluster) Database(t testing.TB, template string) string {
	t.Helper()
	if template == "" {
		template = "template0"
	}
	name := fmt.Sprintf("test%d", c.made.Add(1))
	if err := c.Exec("CREATE DATABASE " + name + " TEMPLATE " + template + ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Logf("drop the test's database: %v", err) // the server may have been stopped
		}
	})
	return c.Address(name)
}
