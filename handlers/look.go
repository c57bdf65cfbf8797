package handlers

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"ngportal/ngstate"
	"ngportal/volume"
)

// mostLooks is how many channels a preview has, as many as [volume.Overview] reads.
const mostLooks = 8

// A look is how one channel of a preview is drawn.
type look struct {
	ngstate.DrawnChannel
	least, most float64 // that low and high are chosen between
}

// looksOf are the channels of a drawing. Labels have none. Where one channel stands for too many to open at once, the others
// are like it and can be shown instead.
func looksOf(d ngstate.Drawing, img *volume.Image, stats []volume.Stats) []look {
	var looks []look
	for _, c := range d.Channels[:min(len(d.Channels), mostLooks)] {
		looks = append(looks, look{DrawnChannel: c})
	}
	if d.Kind == ngstate.Gray {
		for i := 1; i < int(min(img.ChannelCount(), mostLooks)); i++ {
			other := d.Channels[0]
			other.Index, other.Hidden = i, true
			looks = append(looks, look{DrawnChannel: other})
		}
	}
	for i := range looks {
		looks[i].choose(stats)
	}
	return looks
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
			l.Hidden = !slices.Contains(w.channels, i)
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
