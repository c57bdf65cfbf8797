package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRequestFlow is two people in two browsers: from "You lack access to 1 of 3 layers" to the picture, and from a request
// that is declined to the reason.
func TestRequestFlow(t *testing.T) {
	t.Parallel()
	const near, far, refused = "set-001", "set-002", "set-003"
	post := newMailbox(t)
	eves := []string{addressOf("Eve")}
	d := deployWith(t, func(d *deployment) {
		d.extra = object{"mail": object{"smtp": post.addr, "from": "ngportal <portal@example.org>", "tls": "none"}}
	}, dataset{evenFolder, eves, false}, dataset{near, eves, false}, dataset{far, nil, true}, dataset{refused, nil, true})
	ada, eve := d.person(t, "Ada"), d.person(t, "Eve")
	link := ada.linkOf(d, evenFolder, near, far)

	eve.open(link)
	if got, want := eve.heading(), "You lack access to 1 of 3 layers"; got != want {
		t.Fatalf("Eve is told %q, want %q", got, want)
	}
	if said := eve.text("main"); !strings.Contains(said, titleOf(far)) || strings.Contains(said, titleOf(near)) {
		t.Errorf("Eve is told %q, want the dataset that she lacks and no other", said)
	}
	eve.shot("lacks")
	eve.follow("Request access to " + titleOf(far))
	eve.fill("Why do you ask?", "I compare <b>slices</b> with ours.")
	eve.follow("Send the request")
	eve.shot("asked")
	if said := eve.text("main"); !strings.Contains(said, "waiting") {
		t.Errorf("after asking Eve is told %q", said)
	}
	post.gets(t, "Ada", "Eve asks for access to "+titleOf(far), addressOf("Eve"), "> I compare <b>slices</b> with ours.", d.portal+"/admin/requests")

	ada.approves(d, far)
	post.gets(t, "Eve", "You have access to "+titleOf(far), d.portal+"/browse/"+far+"/", titleOf(far)+" viewers")
	eve.open(link)
	eve.waitViewer(3)
	eve.seesEach(3)

	eve.asks(d, refused, "And this one.")
	post.gets(t, "Ada", "Eve asks for access to "+titleOf(refused))
	ada.declines(d, refused, "Not before it is published.")
	post.gets(t, "Eve", titleOf(refused), "> Not before it is published.")
	eve.open(d.portal + "/requests")
	eve.shot("requests")
	all := eve.rows()
	if len(all) != 2 || !strings.Contains(all[0], "declined") || !strings.Contains(all[0], "Not before it is published.") || !strings.Contains(all[1], "approved") {
		t.Errorf("Eve's requests are %q", all)
	}
	eve.open(d.portal + "/browse/" + refused + "/")
	if got := eve.status(); got != http.StatusForbidden {
		t.Errorf("the dataset is answered %d after the request for it was declined", got)
	}
	ada.quiet()
}

// linkOf makes a link to the volumes of these locations.
func (b *tab) linkOf(d *deployment, locations ...string) string {
	b.t.Helper()
	var assets []object
	for _, name := range locations {
		assets = append(assets, object{"dataset": name, "path": evenPath + "/", "name": name})
	}
	var made struct{ Link struct{ URL string } }
	d.ada().do(http.MethodPost, "links", object{"title": "Three of a kind", "assets": assets}, &made)
	return made.Link.URL
}

// asks asks for access to a dataset from the first page.
func (b *tab) asks(d *deployment, dataset, why string) {
	b.t.Helper()
	b.open(d.portal)
	b.follow("Request access to " + titleOf(dataset))
	b.fill("Why do you ask?", why)
	b.follow("Send the request")
}

// waits goes from the badge in the header to the one request that waits.
func (b *tab) waits(d *deployment, dataset string) {
	b.t.Helper()
	b.open(d.portal)
	b.follow("Admin 1 waiting")
	b.shot("badge-" + dataset)
	b.follow("Requests 1 waiting")
	if all := b.rows(); len(all) != 1 || !strings.Contains(all[0], titleOf(dataset)) {
		b.t.Fatalf("the queue is %q", all)
	}
	b.follow("Eve")
	b.shot("request-" + dataset)
}

// approves lets Eve in for some days.
func (b *tab) approves(d *deployment, dataset string) {
	b.t.Helper()
	b.waits(d, dataset)
	if said := b.text("main"); !strings.Contains(said, "I compare <b>slices</b> with ours.") {
		b.t.Errorf("Ada reads %q", said)
	}
	b.fill("Into the group", "a group for the viewers of this dataset")
	last := time.Now().UTC().AddDate(0, 0, 30)
	b.fill("Until the end of", last.Format(time.DateOnly))
	b.follow("Approve")
	if said := b.text(".note.success"); !strings.Contains(said, "You approved the request of Eve") {
		b.t.Errorf("Ada is told %q", said)
	}
	b.open(d.portal + fmt.Sprintf("/admin/groups/%d", d.ada().viewersOf(dataset)))
	end := last.AddDate(0, 0, 1).Format("2 January 2006")
	if all := b.rows(); !slices.ContainsFunc(all, func(row string) bool { return strings.Contains(row, "Eve") && strings.Contains(row, end+", 00:00 UTC") }) {
		b.t.Errorf("the group has %q, want Eve until %s, 00:00 UTC", all, end)
	}
}

// declines does not let Eve in.
func (b *tab) declines(d *deployment, dataset, reason string) {
	b.t.Helper()
	b.waits(d, dataset)
	b.fill("Reason", reason)
	b.follow("Decline")
	b.open(d.portal)
	if b.try("() => document.querySelector('header .count')") {
		b.t.Error("the badge is still there after the last answer")
	}
}

// seesEach insists that each of some layers, shown alone, is drawn with the value of its data.
func (b *tab) seesEach(layers int) {
	b.t.Helper()
	names := b.layerNames()
	eval[any](b, `() => {
		const state = viewer.state.toJSON();
		for (const layer of state.layers) {
			delete layer.shaderControls;
			Object.assign(layer, {shader: 'void main() { emitGrayscale(toNormalized(getDataValue())); }', opacity: 1});
		}
		Object.assign(state, {layout: 'xy', showAxisLines: false});
		viewer.state.restoreState(state);
		return null;
	}`)
	b.waitViewer(layers)
	for _, name := range names {
		b.show(name)
		b.lookAt(8, 8, 8)
		b.shot("layer-" + name)
		if got := brightest(b.middles()); !near(got, evenValue) {
			b.t.Errorf("layer %q is drawn %v, want %d", name, got, evenValue)
		}
	}
	b.show()
	if got := brightest(b.middles()); near(got, evenValue) {
		b.t.Errorf("without any layer %v is drawn", got)
	}
}
