package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
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
)

// A balancer is what stands before the replicas: it sends pages to one of them, and what the viewer asks of its session
// to another. Data come from that which has the pages.
type balancer struct {
	portals, viewers [2]string
	pages, renewals  atomic.Int32
}

// listen answers at an address in front of the replicas' own.
func (b *balancer) listen(t *testing.T, address string, to func(r *http.Request) string) {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", listenAt(address))
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		target, err := url.Parse(to(p.In))
		if err == nil {
			p.SetURL(target)
		}
		p.Out.Host = p.In.Host
	}}
	srv := &http.Server{Handler: proxy, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(ln) }() // until it is closed
	t.Cleanup(func() { srv.Close() })
}

// twoReplicas are two processes on one database, behind one balancer.
func twoReplicas(t *testing.T, datasets ...dataset) (first, second *deployment, front *balancer) {
	t.Helper()
	address := startPostgres(t)
	one, two := freePorts(t)
	front = &balancer{portals: [2]string{0: "http://localhost:" + one}, viewers: [2]string{0: "http://localhost:" + two}}
	first = deployWith(t, func(d *deployment) {
		d.lifetime, d.extra, d.ports = shortest.String(), object{"store": object{"url": address}}, [2]string{front.portals[0], front.viewers[0]}
	}, datasets...)
	twin := *first
	second = &twin
	one, two = freePorts(t)
	front.portals[1], front.viewers[1] = "http://localhost:"+one, "http://localhost:"+two
	second.ports, second.file = [2]string{front.portals[1], front.viewers[1]}, "second.yaml"
	second.start()
	t.Cleanup(second.stop)
	front.listen(t, first.portal, func(*http.Request) string { return front.portals[front.pages.Load()] })
	front.listen(t, first.viewer, func(r *http.Request) string {
		if strings.HasPrefix(r.URL.Path, "/_session/") {
			return front.viewers[front.renewals.Load()]
		}
		return front.viewers[front.pages.Load()]
	})
	return first, second, front
}

// TestReplicas withdraws a grant and ends a session at one of two replicas; the other knows at the next request. One is
// killed, and the other goes on.
func TestReplicas(t *testing.T) {
	t.Parallel()
	const a, b = 0, 1
	d, second, front := twoReplicas(t, dataset{evenFolder, []string{addressOf("Ben")}, false})
	front.renewals.Store(b)
	ben, ada := d.person(t, "Ben"), d.person(t, "Ada") // at A
	ben.openEven(d, evenFolder)
	ben.plain()
	ben.slab(0)
	ben.reload()
	ben.isEven("at-both")
	listing := ben.another()
	list := func(at int32, want int) {
		t.Helper()
		front.pages.Store(at)
		listing.open(d.portal + "/browse/" + evenFolder + "/")
		if got := listing.status(); got != want {
			t.Errorf("replica %d answers the listing with %d, want %d", at, got, want)
		}
	}
	list(b, http.StatusOK) // signed in at A, a page of B

	front.pages.Store(a)
	ada.takeOut(d, "Ben", titleOf(evenFolder)+" viewers")
	since := time.Now()
	list(b, http.StatusNotFound)
	front.pages.Store(a)
	ben.front()
	ben.fades(since)
	if got := second.log.count(renewal()); got == 0 {
		t.Error("no renewal has come to replica B")
	}
	ada.follow("Undo")
	list(b, http.StatusOK)
	front.pages.Store(a)
	ben.front()
	ben.comeBack("undone", func() {})

	ada.open(d.portal + "/admin/people")
	ada.follow("Ben")
	ada.shot("person")
	ada.endSessions()
	front.pages.Store(b)
	listing.open(d.portal + "/settings")
	if got := eval[string](listing, "() => location.origin"); got != d.providers[0].issuer {
		t.Errorf("a session that has ended at A leads to %s at B, want the sign-in", got)
	}
	ben.front()
	ben.expire()
	ben.ended(second, "session-ended", 10, allEnded, http.StatusUnauthorized)

	if err := d.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-d.done; err == nil {
		t.Error("a replica that is killed has ended well")
	}
	d.cmd = nil
	ben.comeBack("signed-in-again", func() { ben.follow("Ben") }) // at B alone
	list(b, http.StatusOK)
}

// endSessions signs the person whose page it is out everywhere.
func (b *tab) endSessions() {
	b.t.Helper()
	b.follow("End all sessions")
	b.follow("Yes, end all sessions")
	if b.text(".note.success") == "" {
		b.t.Error("Ada is not told that the sessions have ended")
	}
}

// startPostgres runs PostgreSQL in a folder of its own until the test ends, and returns the address of its database. It is
// internal/pgtest without a driver, which this module does not have.
func startPostgres(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		t.Fatal("there is no PostgreSQL below /usr/lib/postgresql: install it with apt-get install postgresql")
	}
	slices.Sort(found)
	dir, err := os.MkdirTemp("", "e2epg") //nolint:usetesting // those of tests lie in a folder that nobody else may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	as := unprivileged(t, dir)
	run := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(filepath.Dir(found[len(found)-1]), name), args...)
		cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Credential: as, Pdeathsig: syscall.SIGQUIT}
		return cmd
	}
	data := filepath.Join(dir, "data")
	if out, err := run("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, out)
	}
	server := run("postgres", "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "dynamic_shared_memory_type=mmap")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	done := waiting(server)
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT) // it may have ended
		if err := <-done; err != nil {
			t.Logf("PostgreSQL: %v", err)
		}
	})
	for deadline := time.Now().Add(time.Minute); run("pg_isready", "-q", "-U", "postgres", "-h", dir).Run() != nil; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("PostgreSQL was not ready after a minute")
		}
	}
	return "postgres://postgres@/postgres?" + url.Values{"host": {dir}}.Encode()
}

// unprivileged is whom to run PostgreSQL as, which refuses root; nil for ourselves. The folder becomes theirs.
func unprivileged(t *testing.T, dir string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		t.Fatal(fmt.Errorf("give the folder to nobody: %w", err))
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
