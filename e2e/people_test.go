package e2e

import (
	"strings"
	"testing"
)

// TestLinkBetweenPeople copies a link as Ada and opens it as the others.
func TestLinkBetweenPeople(t *testing.T) {
	ada := newTab(t)
	ada.signIn("Ada")
	ada.collect(dwi, fa)
	ada.open(the.portal + "/tray")
	ada.click("Copy link")
	ada.until("the link is there", "() => !!document.querySelector('#made code')")
	link := ada.text("#made code")
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
	if got := eve.text("main"); !strings.Contains(got, "Phantom: MRI, XPCT and tracts") || strings.Contains(got, "FA") {
		t.Errorf("Eve is told %q, want the dataset's title and no more", got)
	}
}
