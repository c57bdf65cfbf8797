package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// TestLinkBetweenPeople copies a link as Ada and opens it as the others.
func TestLinkBetweenPeople(t *testing.T) {
	ada := newTab(t)
	ada.signIn("Ada")
	link := ada.linkTo(dwi, fa)
	hidden := ada.linkTo("/browse/demo-"+evenBucket+"/"+evenFolder+"/", evenPath)
	ada.quiet()

	ben := newTab(t)
	ben.open(link) // signed out: sign-in first, then the picture
	ben.follow("Ben")
	ben.waitViewer(1)
	if names := ben.layerNames(); names[0] != "FA dwi · phantom brain" {
		t.Errorf("Ben sees %q", names)
	}
	ben.shot("ben")
	ben.quiet()

	eve := newTab(t)
	eve.signIn("Eve")
	eve.open(link)
	if got, want := eve.heading(), "You lack access to 1 of 1 layer"; got != want {
		t.Errorf("Eve is told %q, want %q", got, want)
	}
	if got := eve.text("main"); !strings.Contains(got, "Phantom: MRI, XPCT and tracts") || strings.Contains(got, "FA") {
		t.Errorf("Eve is told %q, want the dataset's title, for it is listed, and no more", got)
	}
	eve.open(hidden)
	if got := eve.text("main"); !strings.Contains(got, "1 dataset that is not listed") || strings.Contains(got, evenBucket) {
		t.Errorf("Eve is told %q, want no word of the dataset, for it is hidden", got)
	}
	eve.open(the.portal + "/browse/demo-" + evenBucket + "/")
	if got := eve.status(); got != http.StatusNotFound {
		t.Errorf("the hidden dataset is answered %d, want 404", got)
	}
}

// linkTo makes a link to what is in a folder, by the tray.
func (b *tab) linkTo(folder string, names ...string) string {
	b.t.Helper()
	eval[any](b, "() => fetch('/tray/clear', {method: 'POST'}).then(() => null)")
	b.collect(folder, names...)
	b.open(the.portal + "/tray")
	b.click("Copy link")
	b.until("the link is there", "() => !!document.querySelector('#made code')")
	return b.text("#made code")
}
