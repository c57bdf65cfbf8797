package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// A progressLine tells how far a long step has come: a bar where a person looks on, else a line for every tenth.
type progressLine struct {
	ctx  context.Context //nolint:containedctx // the line lives as long as the command; steps ask it whether to go on
	to   io.Writer
	live bool

	mu   sync.Mutex
	step string
	last int // percent that was told
}

func newProgressLine(ctx context.Context, to io.Writer) *progressLine {
	p := &progressLine{ctx: ctx, to: to, last: -1}
	if f, ok := to.(*os.File); ok {
		info, err := f.Stat()
		p.live = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// begin names the next step and returns what is called with the share of it that is done. That returns the error of the context.
func (p *progressLine) begin(step string) func(share float64) error {
	p.end()
	p.step = step
	return p.tell
}

func (p *progressLine) tell(share float64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	percent := int(100 * min(max(share, 0), 1))
	switch {
	case p.live && percent > p.last:
		const wide = 40
		done := wide * percent / 100
		fmt.Fprintf(p.to, "\r%-12s [%s%s] %3d %%", p.step, strings.Repeat("#", done), strings.Repeat(" ", wide-done), percent)
		p.last = percent
	case !p.live && percent/10 > p.last/10:
		fmt.Fprintf(p.to, "%s: %d %%\n", p.step, percent/10*10)
		p.last = percent
	}
	return p.ctx.Err()
}

// end leaves the line of a step; steps come one after the other.
func (p *progressLine) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live && p.last >= 0 {
		fmt.Fprintln(p.to)
	}
	p.last = -1
}

// An upTo is a writer that ends with the context, and counts.
type upTo struct {
	p     *progressLine
	to    io.Writer
	count *int64
	of    int64
}

func (u upTo) Write(b []byte) (int, error) {
	n, err := u.to.Write(b)
	*u.count += int64(n)
	if err != nil {
		return n, err
	}
	return n, u.p.tell(float64(*u.count) / float64(max(u.of, 1)))
}
