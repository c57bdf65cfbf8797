package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// A tab is a page in a browser of its own, as one person's.
type tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // chromedp's tab is a context

	mu     sync.Mutex
	spoken []string // what the console said that is worth a failure
}

// newTab starts a browser with nothing in it. Its console must stay silent; see quiet.
func newTab(t *testing.T, further ...chromedp.ExecAllocatorOption) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.Headless, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("use-angle", "swiftshader"), chromedp.Flag("enable-unsafe-swiftshader", true),
		chromedp.Flag("disk-cache-size", "1"), // what is drawn must have been asked for, and allowed, now
		chromedp.WindowSize(1280, 900), chromedp.UserDataDir(t.TempDir()),
	)
	options = append(options, further...)
	if path := os.Getenv("CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	alloc, cancel := chromedp.NewExecAllocator(withPatience(t), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	b.do(chromedp.EmulateViewport(1280, 900))
	messages := chromedp.Console(ctx)
	go b.listen(messages)
	return b
}

// listen notes errors and warnings of the console. The browser's own line for a 404 that the viewer
// provoked by probing for optional files is no error of the page.
func (b *tab) listen(messages func(func(chromedp.ConsoleMessage, error) bool)) {
	for m, err := range messages {
		if err != nil {
			return
		}
		probe := m.Source == "network" && strings.Contains(m.Text, "404")
		noisy := m.IsException() || m.Type == "error" || m.Type == "assert"
		if noisy && !probe {
			b.mu.Lock()
			b.spoken = append(b.spoken, m.String()+" "+m.URL)
			b.mu.Unlock()
		}
	}
}

// quiet fails the test if the console has said anything bad.
func (b *tab) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.spoken {
		b.t.Errorf("console: %s", line)
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.shot("failure")
		b.t.Fatal(err)
	}
}

// eval runs JavaScript in the page, waits for its promise and returns its value.
func eval[T any](b *tab, script string, args ...any) T {
	b.t.Helper()
	var quoted []string
	for _, a := range args {
		j, err := json.Marshal(a)
		if err != nil {
			b.t.Fatal(err)
		}
		quoted = append(quoted, string(j))
	}
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T]("("+script+")("+strings.Join(quoted, ",")+")", chromedp.EvalAwaitPromise))
	if err != nil {
		b.shot("failure")
		b.t.Fatalf("%.120s…: %v", script, err)
	}
	return v
}

// until waits for a condition in whatever page is there.
func (b *tab) until(what, condition string, args ...any) {
	b.t.Helper()
	deadline := time.Now().Add(90 * time.Second)
	for time.Now().Before(deadline) {
		if b.try(condition, args...) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.shot("failure")
	b.t.Fatalf("waited in vain until %s; at %s", what, eval[string](b, "() => location.href.slice(0, 200)"))
}

// try evaluates a condition, or waits for its promise. It may fail while a page is being replaced.
func (b *tab) try(condition string, args ...any) bool {
	var quoted []string
	for _, a := range args {
		j, err := json.Marshal(a)
		if err != nil {
			b.t.Fatal(err)
		}
		quoted = append(quoted, string(j))
	}
	ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("(async () => !!await ("+condition+")("+strings.Join(quoted, ",")+"))()", chromedp.EvalAwaitPromise))
	return err == nil && ok
}

func (b *tab) open(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
}

// find is the element that a person would call by this name: what it is, and what it says. It gives
// the middle of it, scrolled into view, or null if it cannot be seen.
const find = `(selector, name) => {
	const say = e => (e.getAttribute('aria-label') ?? e.textContent).replace(/\s+/g, ' ').trim();
	for (const e of document.querySelectorAll(selector)) {
		if (say(e) !== name || !e.checkVisibility()) continue;
		e.scrollIntoView({block: 'center'});
		const r = e.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	}
	return null;
}`

// clickable are the selectors of what one can press.
const clickable = "a, button, input[type=checkbox], summary"

// click presses what is called name, with the mouse.
func (b *tab) click(name string) {
	b.t.Helper()
	b.until("there is a "+name, find, clickable, name)
	at := eval[[]float64](b, find, clickable, name)
	b.do(chromedp.MouseClickXY(at[0], at[1]))
}

// follow clicks and waits until another page has come.
func (b *tab) follow(name string) {
	b.t.Helper()
	before := eval[float64](b, "() => performance.timeOrigin")
	b.click(name)
	b.until("a page comes after "+name, "(t) => performance.timeOrigin !== t && document.readyState === 'complete'", before)
}

func (b *tab) text(selector string) string {
	b.t.Helper()
	return eval[string](b, "(s) => document.querySelector(s)?.innerText ?? ''", selector)
}

// signIn signs in from the first page.
func (b *tab) signIn(who string) {
	b.t.Helper()
	b.signInAt(the.portal, who)
	eval[any](b, "async () => { for (const what of ['clear', 'view']) await fetch('/tray/' + what, {method: 'POST'}); return null }") // what another test has left
	b.open(the.portal)
}

// signInAt signs in from the first page of a portal.
func (b *tab) signInAt(portal, who string) {
	b.t.Helper()
	b.open(portal)
	b.follow("Sign in")
	b.follow(who)
}

// colors makes the page light or dark.
func (b *tab) colors(scheme string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"}, // a color on its way to another has no contrast to judge
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// shot writes a picture of the page to out/, for people to look at.
func (b *tab) shot(name string) {
	b.t.Helper()
	if err := os.MkdirAll("out", 0o755); err != nil {
		b.t.Fatal(err)
	}
	b.keep(filepath.Join("out", strings.ReplaceAll(fmt.Sprintf("%s-%s.png", b.t.Name(), name), "/", "-")))
}

// keep writes a picture of the page to a file.
func (b *tab) keep(file string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Logf("no picture for %s: %v", file, err)
		return
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) clickAt(at []float64) {
	b.t.Helper()
	if len(at) != 2 {
		b.shot("failure")
		b.t.Fatal("there is nothing to click")
	}
	b.do(chromedp.MouseClickXY(at[0], at[1]))
}
