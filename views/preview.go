package views

import "strconv"

// A Preview is sections through an image, and how they are contrasted.
type Preview struct {
	Figures  []Figure
	Caption  string // where the sections lie, and what was left out
	Action   string // where the form is sent: the page itself
	Reset    string // the page without contrasts; "" while they are as the page has them by itself
	Channels []ChannelLook
}

// A Figure is one section.
type Figure struct {
	Title                    string // "Coronal"
	Src                      string
	Alt                      string
	Width, Height            int    // pixels
	Left, Right, Top, Bottom string // what lies at its edges, a letter each
	Bar                      int    // length of the scale bar in pixels
	BarText                  string // "10 mm"
}

// A ChannelLook is the contrast of one channel, in stored values.
type ChannelLook struct {
	Name              string
	Value             string // of the field "ch"; "" where there is only this channel
	Color             string // "#rrggbb"; "" for gray
	Shown             bool
	Low, High         string
	Least, Most, Step string // range of the two
	Histogram         string // path of an area in a box of 100 × 24; "" when it is not known
}

func (f Figure) width() string  { return strconv.Itoa(f.Width) }
func (f Figure) height() string { return strconv.Itoa(f.Height) }
func (f Figure) box() string    { return "0 0 " + f.width() + " " + f.height() }

// middle is half of n.
func middle(n int) string { return strconv.Itoa(n / 2) }

// before is n less by.
func before(n, by int) string { return strconv.Itoa(n - by) }

// bar draws the scale bar with its two ends, in the lower right.
func (f Figure) bar() string {
	right, y := f.Width-8, f.Height-8
	left := right - f.Bar
	return "M" + strconv.Itoa(left) + " " + strconv.Itoa(y-3) + "v3H" + strconv.Itoa(right) + "v-3"
}
