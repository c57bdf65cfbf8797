package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// control is the field of a form that is called so.
const control = `(name) => {
	const said = l => { const c = l.cloneNode(true); c.querySelectorAll('.soft').forEach(s => s.remove()); return c.textContent.trim() };
	return [...document.querySelectorAll('label')].find(l => said(l) === name && l.control?.checkVisibility())?.control;
}`

// fill enters a value into the field that is called name: text, a day as 2026-03-01, the words of an option, and for a box
// or a radio button anything.
func (b *tab) fill(name, value string) {
	b.t.Helper()
	b.until("there is a field "+name, control, name)
	wrong := eval[string](b, `(name, value) => {
		const field = (`+control+`)(name);
		if (field.type === 'checkbox' || field.type === 'radio') {
			field.click();
			return '';
		}
		if (field.tagName === 'SELECT') {
			const option = [...field.options].find(o => o.text.trim() === value);
			if (!option) return 'there is none of ' + [...field.options].map(o => o.text.trim()).join(', ');
			value = option.value;
		}
		field.value = value;
		field.dispatchEvent(new Event('input', {bubbles: true}));
		field.dispatchEvent(new Event('change', {bubbles: true}));
		return field.value === value ? '' : 'it has become ' + field.value;
	}`, name, value)
	if wrong != "" {
		b.shot("failure")
		b.t.Fatalf("fill %q with %q: %s", name, value, wrong)
	}
}

// heading is what the page is headed.
func (b *tab) heading() string {
	b.t.Helper()
	return b.text("h1")
}

// status is what the page has been answered with.
func (b *tab) status() int {
	b.t.Helper()
	return int(eval[float64](b, "() => performance.getEntriesByType('navigation')[0].responseStatus"))
}

// rows are those of the tables of the page, the texts of their cells with bars between them.
func (b *tab) rows() []string {
	b.t.Helper()
	return eval[[]string](b, `() => [...document.querySelectorAll('main tbody tr')].map(r =>
		[...r.cells].filter(c => !c.classList.contains('act')).map(c => c.innerText.replace(/\s+/g, ' ').trim()).join(' | '))`)
}

// another is an empty tab of the same browser.
func (b *tab) another() *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	other := &tab{t: b.t, ctx: ctx}
	other.do(chromedp.EmulateViewport(1280, 900))
	return other
}

// person is a browser in which somebody has signed in.
func (d *deployment) person(t *testing.T, who string) *tab {
	t.Helper()
	b := newTab(t)
	b.signInAt(d.portal, who)
	return b
}
