package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestKeyboardAdministration has a data manager put somebody into a group and undo it, without a mouse, with scripts and
// without.
func TestKeyboardAdministration(t *testing.T) {
	t.Parallel()
	d := deploySingle(t, dataset{evenFolder, []string{addressOf("Ben")}, false})
	d.program("Ben") // both have signed in once
	d.program("Eve")
	ada := d.person(t, "Ada")
	for name, scripts := range map[string]bool{"with scripts": true, "without scripts": false} {
		t.Run(name, func(t *testing.T) {
			ada.scripts(scripts)
			ada.open(d.portal)
			ada.enter("Admin")
			ada.enter("Groups")
			ada.enter(titleOf(evenFolder) + " viewers")
			ada.tabTo("E-mail address, or number of a person")
			ada.types(addressOf("Eve"))
			ada.press(kb.Enter)
			if said, all := ada.text(".note.success"), strings.Join(ada.rows(), "\n"); !strings.Contains(said, "You put Eve into the group") || !strings.Contains(all, addressOf("Eve")) {
				t.Errorf("Ada is told %q, and the group has\n%s", said, all)
			}
			ada.shot(strings.ReplaceAll(name, " ", "-"))
			ada.enter("Undo")
			if said, all := ada.text(".note.success"), strings.Join(ada.rows(), "\n"); !strings.Contains(said, "You took Eve out of the group") || strings.Contains(all, addressOf("Eve")) {
				t.Errorf("after Undo Ada is told %q, and the group has\n%s", said, all)
			}
			ada.enter("Remove Ben")
			ada.enter("Keep Ben in " + titleOf(evenFolder) + " viewers")
			if all := strings.Join(ada.rows(), "\n"); !strings.Contains(all, addressOf("Ben")) {
				t.Errorf("Ben was not kept:\n%s", all)
			}
		})
	}
	ada.quiet()
}

// enter goes to what is called name with the Tab key, presses Enter and waits for another page.
func (b *tab) enter(name string) {
	b.t.Helper()
	b.tabTo(name)
	b.press(kb.Enter)
}

// press presses a key that leads to another page.
func (b *tab) press(key string) {
	b.t.Helper()
	before := eval[float64](b, "() => performance.timeOrigin")
	b.do(chromedp.KeyEvent(key))
	b.until("a page comes", "(t) => performance.timeOrigin !== t && document.readyState === 'complete'", before)
}

// types types text into what has the focus.
func (b *tab) types(text string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(text))
}
