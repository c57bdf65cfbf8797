package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"ngportal/web/phantom"
)

// A composer arranges a scene on the tray page by keyboard alone, and remembers what it did.
type composer struct {
	*tab
	scripts bool
	steps   []arranged
}

// arranged is a step of it.
type arranged struct {
	undo          string // as the page calls it
	before, after string // all that the page says and has in its fields
}

// TestComposerByKeyboard arranges two volumes and a tractogram without a mouse, takes all of it back, does it again and opens
// it: with scripts, which send what has been changed, and without.
func TestComposerByKeyboard(t *testing.T) {
	for name, scripts := range map[string]bool{"with scripts": true, "without scripts": false} {
		t.Run(name, func(t *testing.T) {
			b := newTab(t)
			b.signIn("Ada")
			block := phantom.Blocks()[0].Volume
			b.collect(registered+"dwi/", lastOf(phantom.RegisteredFA().Key), lastOf(phantom.RegisteredTRKKey))
			b.collect(registered+"micr/", lastOf(block.Key))
			c := &composer{tab: b, scripts: scripts}
			b.scripts(scripts)
			b.open(the.portal + "/tray")
			c.arrange(blockLayer(0), "“"+lastOf(block.Key)+"”")
			c.shot("arranged")
			c.takesBack()
			c.doesAgain()
			b.scripts(true)
			b.open(the.portal + "/tray")
			b.enter("Open in Neuroglancer")
			b.waitViewer(3)
			b.shot("scene")
			b.isArranged()
			b.hasValues(phantom.RegisteredFA(), 25)
			b.hasValues(block, 6)
			b.quiet()
		})
	}
}

// arrange goes through everything that can be chosen for the layer of a block, and for the view.
func (c *composer) arrange(layer, file string) {
	c.t.Helper()
	adjusting, apply := "adjusting "+file, "Apply to "+layer
	c.enterHere("Adjust "+layer, "Adjust "+layer)
	c.field(adjusting, "Opacity, %", "60", apply)
	c.field(adjusting, "Black", "20", apply)
	c.field(adjusting, "White", "200", apply)
	c.field(adjusting, "Colors", "hot", apply)
	c.field(adjusting, "Transform", blockTransform(0), apply)
	c.button(adjusting, "Hide "+layer, "Show "+layer)
	c.button(adjusting, "Show "+layer, "Hide "+layer)
	c.button("moving "+file, "Move "+layer+" up", "Move "+layer+" up")
	c.button("moving "+file, "Move "+layer+" up", "Move "+layer+" down") // it is the first now
	c.button("moving "+file, "Move "+layer+" down", "Move "+layer+" down")
	const view, applyView = "changing the view", "Apply to the view"
	c.field(view, "Layout", "Axial section", applyView)
	c.field(view, "Orientation", "Neurological: the subject’s left on the left", applyView)
	c.position(view, applyView, "-30", "-50", "12")
}

// field enters a value, or chooses an option. Scripts send it when one goes on; else Apply does.
func (c *composer) field(undo, name, value, apply string) {
	c.t.Helper()
	c.step(undo, func() (focus string) {
		c.tabTo(name)
		c.put(name, value)
		return c.leave(apply)
	})
	if got := c.shows(name); got != value {
		c.t.Errorf("%s is %q, want %q", name, got, value)
	}
}

// rest is longer than scripts wait before they send what has been changed.
const rest = 700 * time.Millisecond

// position enters the three numbers of a place, and rests before each: what is half filled in is not sent.
func (c *composer) position(undo, apply string, numbers ...string) {
	c.t.Helper()
	c.step(undo, func() (focus string) {
		for i, axis := range []string{"x", "y", "z"} {
			c.tabTo(axis)
			time.Sleep(rest)
			c.put(axis, numbers[i])
		}
		return c.leave(apply)
	})
}

// leave goes on with the Tab key, or to the button that sends the form; it returns where the focus must be then.
func (c *composer) leave(apply string) (focus string) {
	c.t.Helper()
	if !c.scripts {
		c.enter(apply)
		return ""
	}
	c.do(chromedp.KeyEvent(kb.Tab))
	return eval[string](c.tab, focused)
}

// put types a number over what is there, or goes through the options of a select with the arrow keys.
func (c *composer) put(name, value string) {
	c.t.Helper()
	const away = `(text) => {
		const e = document.activeElement;
		return e.tagName === 'SELECT' ? [...e.options].findIndex(o => o.text === text) - e.selectedIndex : null;
	}`
	steps := eval[*int](c.tab, away, value)
	switch {
	case steps == nil:
		c.types(value)
	case *steps < 0:
		c.t.Fatalf("there is no %q below what is chosen of %s", value, name)
	default:
		c.do(chromedp.KeyEvent(strings.Repeat(kb.ArrowDown, *steps)))
	}
}

// shows is what the field has that is called so.
func (c *composer) shows(name string) string {
	c.t.Helper()
	return eval[string](c.tab, `(name) => {
		const field = (`+control+`)(name);
		return field.tagName === 'SELECT' ? field.selectedOptions[0].text : field.value;
	}`, name)
}

// button presses a button with the keyboard, after which the focus must be on what is called focus.
func (c *composer) button(undo, name, focus string) {
	c.t.Helper()
	c.step(undo, func() string {
		c.enterHere(name, "")
		return focus
	})
}

// enterHere presses Enter on what is called name. Without scripts a page comes.
func (c *composer) enterHere(name, focus string) {
	c.t.Helper()
	if !c.scripts {
		c.enter(name)
		return
	}
	was := c.arrangement()
	c.tabTo(name)
	c.do(chromedp.KeyEvent(kb.Enter))
	if focus != "" {
		c.until("something comes of "+name, "(was) => ("+arrangement+")() !== was", was)
		c.hasFocus(focus)
	}
}

// step does something that changes the scene, and looks where the focus is then; "" is anywhere.
func (c *composer) step(undo string, act func() (focus string)) {
	c.t.Helper()
	before, digest := c.arrangement(), eval[string](c.tab, pictured)
	focus := act()
	c.until("the pictures are others", "(was) => ("+pictured+")() !== was", digest)
	c.hasFocus(focus)
	c.steps = append(c.steps, arranged{undo, before, c.arrangement()})
	if got := c.said("#undo"); got != "Undo "+undo {
		c.t.Errorf("the page offers %q, want “Undo %s”", got, undo)
	}
}

// pictured changes with everything about the scene, as the addresses of its pictures do.
const pictured = `() => new URL(document.querySelector('#preview img').src).searchParams.get('v')`

// arrangement is all that the page says about the scene, and has in its fields.
const arrangement = `() => [...document.querySelectorAll('main .compose :is(input:not([type=hidden]), select, .what .soft, button, [aria-expanded])')].map(e => {
	const name = e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? '';
	const value = e.type === 'checkbox' ? e.checked : e.tagName === 'SELECT' ? e.selectedOptions[0].text : e.value || e.textContent;
	return [name, value, e.disabled ? 'disabled' : '', e.ariaExpanded ?? ''].join(' ').replace(/\s+/g, ' ').trim();
}).join('\n')`

func (c *composer) arrangement() string {
	c.t.Helper()
	return eval[string](c.tab, arrangement)
}

// said is the text of something in one line.
func (c *composer) said(selector string) string {
	c.t.Helper()
	return strings.Join(strings.Fields(eval[string](c.tab, "(s) => document.querySelector(s)?.textContent ?? ''", selector)), " ")
}

// hasFocus insists that what is called so has the focus, once the page holds still. Without scripts, a new page has it at its top.
func (c *composer) hasFocus(name string) {
	c.t.Helper()
	if !c.scripts || name == "" {
		return
	}
	c.still()
	if got := eval[string](c.tab, focused); got != name {
		c.shot("focus")
		c.t.Errorf("the focus is on %.60q, want it on %q", got, name)
	}
}

// still waits until the page has been renewed.
func (c *composer) still() {
	c.t.Helper()
	c.until("the page holds still", "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')")
}

// undoes is how many steps are undone: with scripts all, without them a few, as each is a page that comes.
func (c *composer) undoes() []arranged {
	if c.scripts {
		return c.steps
	}
	return c.steps[len(c.steps)-4:]
}

// takesBack undoes steps.
func (c *composer) takesBack() {
	c.t.Helper()
	for _, s := range slices.Backward(c.undoes()) {
		c.tabTo("Undo " + s.undo)
		c.through(s.before)
		if c.scripts && !strings.HasPrefix(eval[string](c.tab, focused), "Undo ") {
			c.t.Errorf("after Undo the focus is on %.60q", eval[string](c.tab, focused))
		}
	}
}

// doesAgain does them again.
func (c *composer) doesAgain() {
	c.t.Helper()
	for _, s := range c.undoes() {
		c.tabTo("Redo " + s.undo)
		c.through(s.after)
	}
	if !c.scripts {
		return
	}
	c.until("it is said", "() => document.querySelector('#toast').innerText.startsWith('Done again')")
	c.hasFocus(c.said("#undo")) // there is nothing to be done again
}

// through presses Enter and waits until the page says what it shall.
func (c *composer) through(want string) {
	c.t.Helper()
	if c.scripts {
		c.do(chromedp.KeyEvent(kb.Enter))
	} else {
		c.press(kb.Enter)
	}
	for deadline := time.Now().Add(20 * time.Second); c.arrangement() != want; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.shot("failure")
			c.t.Fatalf("the page says\n%s\nwant\n%s", c.arrangement(), want)
		}
	}
	c.still()
}
