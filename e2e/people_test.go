package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"ngportal/web/phantom"
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

// TestNeverBlack takes the access away while the viewer is open: what cannot be read must not be
// drawn as zeros, and it must be said.
func TestNeverBlack(t *testing.T) {
	b := newTab(t)
	b.signIn("Ben")
	b.collect(dwi, fa)
	b.follow("Open in Neuroglancer")
	b.waitViewer(1)
	at := probes(phantom.FA(), 0.65*771)[0]
	b.lookAt(at[0], at[1], at[2])
	if got := b.middles(); brightest(got).mean() < 150 {
		t.Fatalf("before: drawn %v, want bright", got)
	}
	if _, err := chromedp.Call(b.ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	eval[any](b, `() => { for (const o of viewer.chunkManager.rpc.objects.values()) o.invalidateCache?.(); return null }`)
	b.until("it is said", "() => document.querySelector('#access-alert')?.innerText")
	b.shot("denied")
	if said := b.text("#access-alert"); !strings.Contains(said, "Your access to this data has ended") {
		t.Errorf("the banner says %q", said)
	}
	for _, p := range b.middles() {
		if p.mean() < 100 {
			t.Errorf("what may not be read is drawn %v, as if it were dark", p)
		}
	}
}
