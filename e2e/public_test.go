package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestPublicDataset has somebody who has not signed in look at a dataset that is public, and go on when they have.
func TestPublicDataset(t *testing.T) {
	t.Parallel()
	const closed = "set-004"
	d := deploySingle(t, dataset{evenFolder, nil, false}, dataset{closed, []string{addressOf("Ben")}, false})
	ada := d.ada()
	var public int64
	for _, g := range list[struct {
		ID   int64
		Kind string
	}](ada, "groups") {
		if g.Kind == "public" {
			public = g.ID
		}
	}
	ada.do(http.MethodPut, fmt.Sprintf("datasets/%s/grants/%d/view", evenFolder, public), object{}, nil)

	b := newTab(t)
	b.open(d.portal)
	b.shot("signed-out")
	if said := b.text("main"); strings.Contains(said, titleOf(closed)) {
		t.Errorf("whoever comes is told %q", said)
	}
	b.follow(titleOf(evenFolder))
	b.open(eval[string](b, "(n) => [...document.querySelectorAll('tbody a')].find(a => a.innerText === n).href", evenPath))
	b.follow("Open in Neuroglancer")
	b.waitViewer(1)
	b.plain()
	b.slab(0)
	b.reload()
	b.isEven("signed-out")

	page := b.another()
	page.open(d.portal + "/browse/" + evenFolder + "/")
	page.follow("Sign in")
	page.follow("Ben")
	if got := page.text(".crumbs"); !strings.Contains(got, titleOf(evenFolder)) {
		t.Errorf("after signing in Ben is at %q, want the dataset that he came from", got)
	}
	page.openEven(d, closed)
	page.quiet()
	b.front()
	b.expire()
	b.slab(8) // in the viewer of before, whose session has ended
	b.until("it is said", "() => document.querySelector('#access-alert').innerText")
	b.comeBack("signed-in", func() {})
}
