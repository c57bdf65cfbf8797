package handlers

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"ngportal/views"
)

// drawn is Markdown as a page shows it: what is inside the box of the text.
func drawn(t *testing.T, markdown string) string {
	t.Helper()
	var page bytes.Buffer
	m := views.AdminPage{Page: views.Page{Title: "Terms"}, Sections: []views.Section{{Prose: prose(markdown)}}}
	if err := views.Admin(m).Render(t.Context(), &page); err != nil {
		t.Fatalf("render: %v", err)
	}
	box := regexp.MustCompile(`(?s)<div class="prose">(.*)</div></section></main>`).FindStringSubmatch(page.String())
	if box == nil {
		if len(prose(markdown)) > 0 {
			t.Fatalf("no text on the page\n%s", page.String())
		}
		return ""
	}
	return box[1]
}

func TestProse(t *testing.T) {
	tests := map[string]struct{ markdown, want string }{
		"paragraphs, with what stands out in them": {
			"Cite **the *new* paper**\nand `a  b`.\n\nThen  \nstop\\*.",
			"<p>Cite <strong>the <em>new</em> paper</strong> and <code>a  b</code>.</p><p>Then<br>stop*.</p>",
		},
		"headings begin at 2 and skip no level": {
			"# One\n\n#### Two\n\n## Three\n\nFour\n====", "<h2>One</h2><h3>Two</h3><h3>Three</h3><h2>Four</h2>",
		},
		"a small heading first":    {"###### a", "<h2>a</h2>"},
		"lists in lists, numbered": {"3. a\n4. b\n   - c\n\n     d", `<ol start="3"><li><p>a</p></li><li><p>b</p><ul><li><p>c</p><p>d</p></li></ul></li></ol>`},
		"a quote, a rule, code":    {"> a\n\n---\n\n```go\nx := \"<b>\"\n```\n\n    y", "<blockquote><p>a</p></blockquote><hr><pre tabindex=\"0\"><code>x := &#34;&lt;b&gt;&#34;</code></pre><pre tabindex=\"0\"><code>y</code></pre>"},
		"links to the three schemes": {
			"[a](https://x.org/?a=1&b=%20 \"t\") <http://x.org> <ben@x.org> [r][]\n\n[r]: HTTPS://x.org",
			`<p><a href="https://x.org/?a=1&amp;b=%20" rel="noopener noreferrer">a</a> <a href="http://x.org" rel="noopener noreferrer">http://x.org</a> ` +
				`<a href="mailto:ben@x.org" rel="noopener noreferrer">ben@x.org</a> <a href="HTTPS://x.org" rel="noopener noreferrer">r</a></p>`,
		},
		"links to anywhere else are their words": {
			"[a](javascript:alert(1)) [b](/logout) [c](//x.org) [d](data:text/html,x) [e](<java\tscript:x>) [f](&#106;avascript:x) [g](\\javascript:x) [h](vbscript:x) [i](https:x) <javascript:x> []()",
			"<p>a b c d e f g h i javascript:x </p>",
		},
		"HTML is text": {
			"a <b onclick=x>b</b> <!-- c -->\n\n<script>\nalert(1)\n</script>\n\n<!-- d\n-->",
			"<p>a &lt;b onclick=x&gt;b&lt;/b&gt; &lt;!-- c --&gt;</p><p>&lt;script&gt;\nalert(1)\n&lt;/script&gt;\n</p><p>&lt;!-- d\n--&gt;</p>",
		},
		"an image is its description":             {"![a *b*](https://x.org/i.png \"t\")", "<p>a <em>b</em></p>"},
		"entities are the text they stand for":    {"&lt;b&gt; &amp;lt; &#60;i> \\&amp; &copy; &nosuch; &#0;", "<p>&lt;b&gt; &amp;lt; &lt;i&gt; &amp;amp; © &amp;nosuch; \uFFFD</p>"},
		"text out of an attribute":                {"[\"><img src=x>](https://x.org/\"onmouseover=x)", `<p><a href="https://x.org/%22onmouseover=x" rel="noopener noreferrer">&#34;&gt;&lt;img src=x&gt;</a></p>`},
		"nothing":                                 {"", ""},
		"only a definition":                       {"[a]: https://x.org", ""},
		"quotes too deep are shown at the eighth": {strings.Repeat(">", 60) + " a", strings.Repeat("<blockquote>", 8) + "<p>a</p>" + strings.Repeat("</blockquote>", 8)},
		"lists too deep lose no word": {
			"- a\n" + strings.Repeat(" ", 2) + strings.Repeat("- ", 11) + "b",
			"<ul><li><p>a</p>" + strings.Repeat("<ul><li>", 7) + "<p>b</p>" + strings.Repeat("</li></ul>", 8),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := drawn(t, tt.markdown); got != tt.want {
				t.Errorf("prose(%q)\n%s\nwant\n%s", tt.markdown, got, tt.want)
			}
		})
	}
}

// TestProseOfTheDeep holds what is nested without end to a page that a browser can draw.
func TestProseOfTheDeep(t *testing.T) {
	const times = 10_000
	tests := map[string]string{
		"quotes":       strings.Repeat(">", times) + "a",
		"lists":        strings.Repeat("- ", times) + "a",
		"numbers":      strings.Repeat("1) ", times) + "a",
		"many lists":   strings.Repeat(strings.Repeat("- ", 200)+"a\n", times/200),
		"strong words": strings.Repeat("**a ", times) + strings.Repeat(" a**", times),
		"stars":        strings.Repeat("*a _", times) + strings.Repeat("_ a*", times),
		"brackets":     strings.Repeat("[", times) + "a" + strings.Repeat("](https://x.org)", times),
		"images":       strings.Repeat("![", times) + "a" + strings.Repeat("](https://x.org)", times),
		"backticks":    strings.Repeat("`a ``", times),
	}
	for name, markdown := range tests {
		t.Run(name, func(t *testing.T) {
			got := drawn(t, markdown)
			if !strings.Contains(got, "a") {
				t.Error("the text is lost")
			}
			if deep := depth(parsed(t, got)); deep > 3+2*maxNesting+maxNesting+2 {
				t.Errorf("%d elements deep", deep)
			}
		})
	}
}

func parsed(t *testing.T, part string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func depth(n *html.Node) int {
	deepest := 0
	for c := range n.ChildNodes() {
		deepest = max(deepest, depth(c))
	}
	return deepest + 1
}

// FuzzProse: whatever the Markdown, the page has only the elements and attributes of a text, and
// links to three schemes.
func FuzzProse(f *testing.F) {
	for _, seed := range []string{
		"# a\n\n- *b*\n  > c `d`", "[a](javascript:x)", "<script>x</script>", "<div onclick='x'\n>", "![a](x)", "<https://x.org>",
		"[a]: <java\nscript:x>\n\n[a]", "&#x3c;b>", "```\n</code>", "a\x00\xff\u202e", "> - > - 1) *a **b***", "[a](https://x.org\x01\"x=)",
	} {
		f.Add(seed)
	}
	allowed := cascadia.MustCompile("html, head, body, p, h2, h3, h4, h5, h6, ul, ol[start], li, blockquote, pre[tabindex], code, hr, br, strong, em, a[href][rel]")
	safe := regexp.MustCompile(`^(?i:https?://|mailto:)`)
	attributes := map[string]int{"ol": 1, "pre": 1, "a": 2}
	f.Fuzz(func(t *testing.T, markdown string) {
		for _, n := range cascadia.QueryAll(parsed(t, drawn(t, markdown)), cascadia.MustCompile("*")) {
			if !allowed.Match(n) || len(n.Attr) != attributes[n.Data] {
				t.Errorf("%q gives <%s %v>", markdown, n.Data, n.Attr)
			}
			for _, a := range n.Attr {
				if a.Key == "href" && !safe.MatchString(a.Val) {
					t.Errorf("%q links to %q", markdown, a.Val)
				}
			}
		}
	})
}
