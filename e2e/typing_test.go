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
	file := "“" + lastOf(phantom.RegisteredFA().Key) + "”"
	for _, values := range [][3]string{{"60", "20", "200"}, {"75", "300", "400"}} { // the second black is more than the first white
		c.step("adjusting "+file, func() string {
			c.tabTo("Opacity, %")
			c.types(values[0])
			c.tabTo("Black")
			return "Black"
		})
		for i, name := range []string{"Black", "White"} {
			c.tabTo(name)
			c.types(values[i+1][:1])
			time.Sleep(rest)
			c.types(values[i+1][1:])
			c.do(chromedp.KeyEvent(kb.Tab))
		}
		c.until("the page has come back", "([black, white]) => ['low', 'high'].every((n, i) => document.querySelector(`[name=${n}0]`).getAttribute('value') === [black, white][i])", values[1:])
		if got := fmt.Sprint(c.shows("Opacity, %"), c.shows("Black"), c.shows("White")); got != fmt.Sprint(values[0], values[1], values[2]) {
			t.Errorf("the fields have become %s, want %v", got, values)
		}
	}
	b.quiet()
}
