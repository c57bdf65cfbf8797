package e2e

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ngportal/internal/pgtest"
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
// startPostgres runs a PostgreSQL server and returns the address of a database in it.
func startPostgres(t *testing.T) string {
	t.Helper()
	c, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Logf("PostgreSQL: %v", err)
		}
	})
	return c.Address("postgres")
}
