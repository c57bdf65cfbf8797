package handlers

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ngportal/preview"
	"ngportal/volume"
)

// mostLooks is how many channels a preview has, as many as [volume.Overview] reads.
const mostLooks = 8

// A look is how one channel of a preview is drawn.
type look struct {
	preview.Channel
	shown       bool
	least, most float64 // that low and high are chosen between
}

// looksOf are the channels of a layer as they are drawn unless somebody wishes otherwise. Labels have none.
func looksOf(layer preview.Layer, stats []volume.Stats) []look {
	if layer.Labels {
		return nil
	}
	looks := make([]look, min(layer.Image.ChannelCount(), mostLooks))
	for i := range looks {
		at := slices.IndexFunc(layer.Channels, func(c preview.Channel) bool { return c.Index == i })
		if at >= 0 {
			looks[i] = look{Channel: layer.Channels[at], shown: true}
		} else {
			looks[i] = look{Channel: hiddenChannel(layer.Image, stats, i)}
		}
		looks[i].choose(stats)
	}
	return looks
}

// hiddenChannel is a channel that is not drawn at first.
func hiddenChannel(img *volume.Image, stats []volume.Stats, i int) preview.Channel {
	c := preview.Channel{Index: i, High: 1, Color: [3]uint8{255, 255, 255}}
	if i < len(stats) && stats[i].Q01 < stats[i].Q99 {
		c.Low, c.High = stats[i].Q01, stats[i].Q99
	}
	if i < len(img.Channels) {
		if color, ok := parseColor(img.Channels[i].Color); ok {
			c.Color = color
		}
	}
	return c
}

// parseColor reads "#rrggbb".
func parseColor(text string) (c [3]uint8, ok bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 16, 32)
	if err != nil || len(text) != len("#rrggbb") || text[0] != '#' {
		return c, false
	}
	return [3]uint8{uint8(n >> 16), uint8(n >> 8), uint8(n)}, true
}

// choose finds the range of the two handles: all values, but not so many beyond the contrast that a handle could not be
// moved by little.
func (l *look) choose(stats []volume.Stats) {
	width := l.High - l.Low
	l.least, l.most = l.Low-width, l.High+width
	if l.Index < len(stats) && stats[l.Index].Count > 0 {
		const beyond = 4
		l.least = min(l.Low, max(min(0, stats[l.Index].Min), l.Low-beyond*width))
		l.most = max(l.High, min(stats[l.Index].Max, l.High+beyond*width))
	}
}

// A pictureWish is what the address of a page or a picture asks for.
type pictureWish struct {
	low, high []float64 // of the first channels; NaN leaves one as it is
	channels  []int     // that are shown
	chosen    bool      // channels is what was asked for
}

// parseWish reads the fields low, high and ch, of which there is one for each channel.
func parseWish(q url.Values) (pictureWish, error) {
	var w pictureWish
	var err error
	if w.low, err = parseNumbers(q["low"]); err != nil {
		return w, err
	}
	if w.high, err = parseNumbers(q["high"]); err != nil {
		return w, err
	}
	if len(q["ch"]) > 2*mostLooks {
		return w, badWish("channel", "many")
	}
	for _, text := range q["ch"] {
		w.chosen = true
		if text == "" { // the form's sign that channels can be chosen
			continue
		}
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 {
			return w, badWish("channel", text)
		}
		w.channels = append(w.channels, i)
	}
	return w, nil
}

func parseNumbers(texts []string) ([]float64, error) {
	if len(texts) > mostLooks {
		return nil, badWish("contrast", "many")
	}
	var out []float64
	for _, text := range texts {
		if text == "" {
			out = append(out, math.NaN())
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, badWish("contrast", text)
		}
		out = append(out, v)
	}
	return out, nil
}

func badWish(what, text string) error {
	const most = 40
	return &userError{
		code: http.StatusBadRequest, heading: "This preview cannot be drawn",
		what: fmt.Sprintf("The %s is %.*q, which is none.", what, most, text), do: "Open the page of the asset anew.",
	}
}

// apply changes looks as somebody wishes.
func (w pictureWish) apply(looks []look) {
	for i := range looks {
		l := &looks[i]
		if i < len(w.low) && !math.IsNaN(w.low[i]) {
			l.Low = w.low[i]
		}
		if i < len(w.high) && !math.IsNaN(w.high[i]) {
			l.High = w.high[i]
		}
		if w.chosen {
			l.shown = slices.Contains(w.channels, i)
		}
		l.least, l.most = min(l.least, l.Low, l.High), max(l.most, l.Low, l.High)
	}
}

// query is the wish as it is put behind an address.
func (w pictureWish) query() url.Values {
	q := url.Values{}
	number := func(v float64) string {
		if math.IsNaN(v) {
			return ""
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	for _, v := range w.low {
		q.Add("low", number(v))
	}
	for _, v := range w.high {
		q.Add("high", number(v))
	}
	if w.chosen {
		q.Add("ch", "")
	}
	for _, i := range w.channels {
		q.Add("ch", strconv.Itoa(i))
	}
	return q
}
