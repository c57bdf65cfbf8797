package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"ngportal/web/phantom"
)

// TestSlowTyping enters numbers slowly while the page is renewed: none is lost, and none sent half.
func TestSlowTyping(t *testing.T) {
	b := newTab(t)
	b.signIn("Ada")
	b.collect(registered+"dwi/", lastOf(phantom.RegisteredFA().Key))
	c := &composer{tab: b, scripts: true}
	b.open(the.portal + "/tray")
	const layer = "FA dwi · I58 hemi"
	c.enterHere("Adjust "+layer, "Adjust "+layer)
	const pause = 510 * time.Millisecond // after it, what has been changed is on its way
	for _, round := range []struct {
		begins time.Duration // after the field before
		values [3]string
	}{
		{0, [3]string{"60", "20", "200"}},
		{pause, [3]string{"75", "300", "400"}}, // black is more than white was
	} {
		for i, name := range []string{"Opacity, %", "Black", "White"} {
			c.tabTo(name)
			time.Sleep(round.begins)
			c.types(round.values[i][:1])
			time.Sleep(rest)
			c.types(round.values[i][1:])
		}
		c.do(chromedp.KeyEvent(kb.Tab))
		c.until("all of it has been kept", "(values) => ['opacity', 'low0', 'high0'].every((n, i) => document.querySelector(`[name=${n}]`).getAttribute('value') === values[i])", round.values)
		if got := fmt.Sprint(c.shows("Opacity, %"), c.shows("Black"), c.shows("White")); got != fmt.Sprint(round.values[0], round.values[1], round.values[2]) {
			t.Errorf("the fields have become %s, want %v", got, round.values)
		}
	}
	b.quiet()
}
