package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"

	"ngportal/web/phantom"
)

// TestWalk opens the tree in place, turns the pages of a large folder, sorts, and goes back, as htmx does it.
func TestWalk(t *testing.T) {
	b := newTab(t)
	b.signIn("Ada")
	b.open(the.portal + dwi)
	b.click("Folders in rawdata")
	b.until("the branch opens in place", `() => [...document.querySelectorAll('nav li')].some(li =>
		li.querySelector(':scope > a:not(.twist)')?.innerText === 'rawdata' && li.querySelector(':scope > ul a:not(.twist)')?.innerText === 'sub-phantom')`)
	if at := eval[string](b, "() => location.pathname"); at != dwi {
		t.Errorf("opening a branch of the tree leads to %s", at)
	}

	first := func(want string) {
		t.Helper()
		b.until("the first row is "+want, "(n) => document.querySelector('tbody th').innerText.trim() === n", want)
	}
	b.open(the.portal + "/browse/microscopy/" + phantom.TilesPrefix)
	first("tile-0001.json")
	b.click("Next →")
	first("tile-0201.json")
	if said := b.text(".pager"); said == "" || !b.try("() => location.search.startsWith('?after=')") {
		t.Errorf("page two says %q at %s", said, eval[string](b, "() => location.href"))
	}
	b.click("Name")
	b.until("the rows are sorted", "() => document.querySelector('th.name').getAttribute('aria-sort') === 'ascending'")
	b.click("Name") // once more: the other way round
	first("tile-0400.json")
	b.do(chromedp.NavigateBack(), chromedp.NavigateBack())
	first("tile-0201.json")
	b.click("← Previous")
	first("tile-0001.json")
	b.quiet()
}
