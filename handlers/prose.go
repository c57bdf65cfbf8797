package handlers

import (
	"bufio"
	"bytes"
	"html"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	renderer "github.com/yuin/goldmark/renderer/html"
	reader "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"ngportal/views"
)

// maxNesting is how deep lists and quotes, or emphasis and links, are shown within each other. What
// lies deeper is shown at that depth: terms of service must lose no word.
const maxNesting = 8

// A proser maps one Markdown text.
type proser struct {
	source  []byte
	heading int // level of the last heading
}

// prose reads Markdown (CommonMark) as a page shows it. Nothing in it becomes markup of its own: HTML
// comes out as the text it is, an image as its description. Headings begin below the page's h1 and
// skip no level. Whoever takes Markdown from people bounds its length.
func prose(markdown string) []views.Block {
	p := proser{source: []byte(shallow(markdown)), heading: 1}
	var out []views.Block
	p.blocks(&out, goldmark.DefaultParser().Parse(reader.NewReader(p.source)), 0)
	return out
}

// shallow takes away what opens lists and quotes in a line over and over: for each that is open
// goldmark looks at the rest of the line again, for 50,000 that is eleven seconds.
func shallow(markdown string) string {
	const markers, most = " \t>*+-.)0123456789", 256
	lines := strings.SplitAfter(markdown, "\n")
	for i, line := range lines {
		if run := len(line) - len(strings.TrimLeft(line, markers)); run > most {
			lines[i] = line[run-most:]
		}
	}
	return strings.Join(lines, "")
}

// blocks appends what parent holds.
func (p *proser) blocks(out *[]views.Block, parent ast.Node, depth int) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			p.heading = min(n.Level+1, p.heading+1, 6)
			*out = append(*out, views.Block{Kind: views.BlockHeading, Level: p.heading, Inlines: p.words(n)})
		case *ast.Paragraph, *ast.TextBlock:
			*out = append(*out, views.Block{Kind: views.BlockParagraph, Inlines: p.words(n)})
		case *ast.List, *ast.Blockquote:
			p.nested(out, n, depth)
		case *ast.ListItem: // of a list too deep to be shown as one
			p.blocks(out, n, depth)
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			*out = append(*out, views.Block{Kind: views.BlockCode, Text: strings.TrimSuffix(string(n.Lines().Value(p.source)), "\n")})
		case *ast.HTMLBlock:
			*out = append(*out, views.Block{Kind: views.BlockParagraph, Inlines: plain(p.html(n))})
		case *ast.ThematicBreak:
			*out = append(*out, views.Block{Kind: views.BlockRule})
		}
	}
}

// nested appends a list or a quote, or, where that would be too deep, what it holds.
func (p *proser) nested(out *[]views.Block, n ast.Node, depth int) {
	if depth == maxNesting {
		p.blocks(out, n, depth)
		return
	}
	list, ok := n.(*ast.List)
	if !ok {
		quote := views.Block{Kind: views.BlockQuote}
		p.blocks(&quote.Blocks, n, depth+1)
		*out = append(*out, quote)
		return
	}
	b := views.Block{Kind: views.BlockList, Ordered: list.IsOrdered(), Start: list.Start}
	for n := list.FirstChild(); n != nil; n = n.NextSibling() {
		item := views.Block{Kind: views.BlockItem}
		p.blocks(&item.Blocks, n, depth+1)
		b.Blocks = append(b.Blocks, item)
	}
	*out = append(*out, b)
}

// words are the inlines of a heading or paragraph.
func (p *proser) words(n ast.Node) []views.Inline {
	var out []views.Inline
	p.inlines(&out, n, 0)
	return out
}

// inlines appends what parent holds.
func (p *proser) inlines(out *[]views.Inline, parent ast.Node, depth int) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			p.text(out, n)
		case *ast.CodeSpan:
			*out = append(*out, views.Inline{Kind: views.InlineCode, Text: p.code(n)})
		case *ast.Emphasis:
			kind := views.InlineEmphasis
			if n.Level == 2 {
				kind = views.InlineStrong
			}
			p.within(out, n, views.Inline{Kind: kind}, depth)
		case *ast.Link:
			p.within(out, n, views.Inline{Kind: views.InlineLink, Href: string(util.URLEscape(n.Destination, true))}, depth)
		case *ast.AutoLink:
			*out = append(*out, p.autoLink(n))
		case *ast.RawHTML:
			*out = append(*out, plain(string(n.Segments.Value(p.source)))...)
		default: // an image's description
			p.inlines(out, n, depth)
		}
	}
}

// within appends an inline with what n holds, or, where that would be too deep, what n holds.
func (p *proser) within(out *[]views.Inline, n ast.Node, around views.Inline, depth int) {
	if depth == maxNesting {
		p.inlines(out, n, depth)
		return
	}
	p.inlines(&around.Inlines, n, depth+1)
	*out = append(*out, around)
}

func (p *proser) text(out *[]views.Inline, n *ast.Text) {
	value := n.Segment.Value(p.source)
	if !n.IsRaw() {
		value = unescaped(value)
	}
	switch {
	case n.HardLineBreak():
		*out = append(*out, append(plain(string(value)), views.Inline{Kind: views.InlineBreak})...)
	case n.SoftLineBreak():
		*out = append(*out, plain(string(value)+" ")...)
	default:
		*out = append(*out, plain(string(value))...)
	}
}

func (p *proser) code(n *ast.CodeSpan) string {
	var b bytes.Buffer
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(p.source))
		}
	}
	return string(bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte(" ")))
}

func (p *proser) autoLink(n *ast.AutoLink) views.Inline {
	href := string(util.URLEscape(n.URL(p.source), false))
	if n.AutoLinkType == ast.AutoLinkEmail {
		href = "mailto:" + href
	}
	return views.Inline{Kind: views.InlineLink, Href: href, Inlines: plain(string(n.Label(p.source)))}
}

func (p *proser) html(n *ast.HTMLBlock) string {
	all := string(n.Lines().Value(p.source))
	if n.HasClosure() {
		all += string(n.ClosureLine.Value(p.source))
	}
	return all
}

func plain(words string) []views.Inline {
	return []views.Inline{{Kind: views.InlineText, Text: words}}
}

// unescaped resolves the backslashes and entities of Markdown. goldmark knows how, and writes HTML.
func unescaped(words []byte) []byte {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	renderer.DefaultWriter.Write(w, words)
	if w.Flush() != nil { // a buffer takes everything
		return words
	}
	return []byte(html.UnescapeString(b.String()))
}
