package phantom

// A tissue is what a point of the head consists of, without its side.
type tissue uint8

const (
	air tissue = iota
	skin
	muscle
	bone
	marrow
	fluid
	cortex
	white
	callosum
	ventricle
	midVentricle
	thalamus
	caudate
	putamen
	pallidum
	stem
	folia
	arbor
	lesion
	eye
	tissues // how many there are
)

// A look is what a tissue is called and how bright it is in each contrast, in stored values.
type look struct {
	t1, fa, xpct float64
	left, right  Label
}

// looks is indexed by tissue.
//
//nolint:gochecknoglobals // a table; never changes
var looks = [tissues]look{
	air:          {0, 0, 4, Background, Background},
	skin:         {820, 0, 96, SoftTissue, SoftTissue},
	muscle:       {390, 0, 118, SoftTissue, SoftTissue},
	bone:         {60, 0, 232, Skull, Skull},
	marrow:       {430, 0, 205, Skull, Skull},
	fluid:        {130, 30, 42, CSF, CSF},
	cortex:       {450, 140, 168, LeftCortex, RightCortex},
	white:        {800, 420, 112, LeftWhite, RightWhite},
	callosum:     {860, 780, 102, Callosum, Callosum},
	ventricle:    {95, 20, 34, LeftVentricle, RightVentricle},
	midVentricle: {100, 20, 34, MidVentricle, MidVentricle},
	thalamus:     {640, 260, 150, LeftThalamus, RightThalamus},
	caudate:      {560, 170, 162, LeftCaudate, RightCaudate},
	putamen:      {590, 170, 158, LeftPutamen, RightPutamen},
	pallidum:     {690, 230, 138, LeftPallidum, RightPallidum},
	stem:         {730, 480, 120, BrainStem, BrainStem},
	folia:        {470, 130, 170, LeftCerebellarCortex, RightCerebellarCortex},
	arbor:        {770, 400, 116, LeftCerebellarWhite, RightCerebellarWhite},
	lesion:       {1050, 120, 222, Lesion, Lesion},
	eye:          {210, 0, 60, SoftTissue, SoftTissue},
}

// A mix says what a point consists of.
type mix struct {
	part [tissues]float64 // shares; their sum is 1
	pial float64          // millimeters below the surface of cortex, sulci included; negative outside
}

// paint covers a share of the point with t.
func (m *mix) paint(t tissue, share float64) {
	switch {
	case share <= 0:
		return
	case share >= 1:
		m.part = [tissues]float64{}
	default:
		for i := range m.part {
			m.part[i] *= 1 - share
		}
	}
	m.part[t] += share
}

// most is the tissue with the largest share.
func (m *mix) most() tissue {
	best := air
	for t := range tissues {
		if m.part[t] > m.part[best] {
			best = t
		}
	}
	return best
}
