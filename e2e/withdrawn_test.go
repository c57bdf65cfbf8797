package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// shortest is the shortest lifetime that the configuration lets cookies have.
const shortest = time.Minute

// slack is how much longer than it must something may take on a busy machine.
const slack = 5 * time.Second

// TestWithdrawnGrant takes a grant away on the pages of the administration while the viewer is open: listing ends at the
// next request, data within one lifetime of the cookies, and nothing is drawn as zeros. Undone, all is back.
func TestWithdrawnGrant(t *testing.T) {
	t.Parallel()
	d := deployWith(t, func(d *deployment) { d.lifetime = shortest.String() }, dataset{evenFolder, []string{addressOf("Ben")}, false})
	ben, ada := d.person(t, "Ben"), d.person(t, "Ada")
	listing := ben.another()
	listing.open(d.portal + "/browse/" + evenFolder + "/")
	if got := listing.status(); got != http.StatusOK {
		t.Fatalf("the listing is answered %d before anything is withdrawn", got)
	}
	ben.front()
	ben.openEven(d, evenFolder)
	ben.plain()
	ben.slab(0)
	ben.reload()
	ben.isEven("granted")

	ada.takeOut(d, "Ben", titleOf(evenFolder)+" viewers")
	since := time.Now()
	copied := ben.copied(d)
	listing.open(d.portal + "/browse/" + evenFolder + "/")
	if got, said := listing.status(), listing.heading(); got != http.StatusNotFound || strings.Contains(listing.text("main"), titleOf(evenFolder)) {
		t.Errorf("the listing is answered %d, %q, want 404 and no word of the dataset", got, said)
	}
	ben.front()
	ben.fades(since)
	copied.ends(since)

	ada.follow("Undo")
	if said := ada.text(".note.success"); !strings.Contains(said, "put Ben into the group") {
		t.Errorf("after Undo Ada is told %q", said)
	}
	listing.open(d.portal + "/browse/" + evenFolder + "/")
	if got := listing.status(); got != http.StatusOK {
		t.Errorf("after Undo the listing is answered %d", got)
	}
	ben.front()
	ben.comeBack("undone", func() {})
	ada.quiet()
}

// takeOut takes somebody out of a group, on its page.
func (b *tab) takeOut(d *deployment, who, group string) {
	b.t.Helper()
	b.open(d.portal + "/admin/groups")
	b.follow(group)
	b.follow("Remove " + who)
	if got := b.heading(); !strings.Contains(got, "take "+who+" out of") {
		b.t.Errorf("Ada is asked %q", got)
	}
	b.follow("Yes, take them out")
	if said := b.text(".note.success"); !strings.Contains(said, "took "+who+" out of the group") {
		b.t.Errorf("Ada is told %q", said)
	}
	if all := strings.Join(b.rows(), "\n"); strings.Contains(all, addressOf(who)) {
		b.t.Errorf("%s is still in the group:\n%s", who, all)
	}
}

// fades looks on, moving all the time to data that have not been read, until the banner says that access has ended. That
// must be within one lifetime of the withdrawal, and meanwhile nothing may be drawn but the data and the background.
// What has not been read by then is not drawn any more.
func (b *tab) fades(since time.Time) {
	b.t.Helper()
	gray := b.background()
	said, looks := "", 0
	for slab := 0; said == ""; slab++ {
		b.slab(slab % (slabs - 4))
		seen := b.look(1000)
		looks += seen.Looks
		if seen.Darkest < gray-1 || seen.Brightest > evenValue+1 {
			b.t.Errorf("%v after the withdrawal: drawn %v", time.Since(since), seen)
		}
		if time.Since(since) > shortest+slack {
			b.shot("failure")
			b.t.Fatalf("the data have not ended %v after the withdrawal", time.Since(since))
		}
		said = b.text("#access-alert")
	}
	took := time.Since(since)
	if !strings.Contains(said, allEnded) {
		b.t.Errorf("the banner says %q", said)
	}
	b.slab(slabs - 2)
	b.look(500)
	later := b.look(1500)
	b.shot("ended")
	if !later.isAll(gray) {
		b.t.Errorf("what was not read in time is drawn %v, want the background, %v", later, gray)
	}
	b.t.Logf("the viewer says so %v after the withdrawal; %d looks until then, and none was black", took.Round(time.Second), looks)
}

// A held is a program that holds a copy of a browser's cookies, and heeds nobody.
type held struct {
	t       *testing.T
	url     string
	cookies []*http.Cookie
}

// copied copies the cookies that b reads data with.
func (b *tab) copied(d *deployment) held {
	b.t.Helper()
	h := held{t: b.t, url: d.data + "/d/" + evenFolder + "/" + evenPath + "/0.0.0"}
	for _, c := range b.signed() {
		h.cookies = append(h.cookies, &http.Cookie{Name: c.Name, Value: c.Value})
	}
	if got := h.read(); got != http.StatusOK {
		b.t.Fatalf("a copy of the cookies is answered %d", got)
	}
	return h
}

func (h held) read() int {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.url, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, c := range h.cookies {
		r.AddCookie(c)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	_ = res.Body.Close() // it has been read, or not
	return res.StatusCode
}

// ends insists that the copy is good for nothing one lifetime after the withdrawal.
func (h held) ends(since time.Time) {
	h.t.Helper()
	for h.read() == http.StatusOK {
		if time.Since(since) > shortest+slack {
			h.t.Fatalf("a copy of the cookies still reads %v after the withdrawal", time.Since(since))
		}
		time.Sleep(time.Second / 4)
	}
	h.t.Logf("a copy of the cookies reads nothing any more %v after the withdrawal", time.Since(since).Round(time.Second))
}
