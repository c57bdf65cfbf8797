package phantom

import "slices"

// A Label is a value of the label volume. The values of brain structures are
// those of FreeSurfer's color table, so that its users know them.
type Label uint16

// The labels of the phantom. Left is negative x.
const (
	Background            Label = 0
	LeftWhite             Label = 2
	LeftCortex            Label = 3
	LeftVentricle         Label = 4
	LeftCerebellarWhite   Label = 7
	LeftCerebellarCortex  Label = 8
	LeftThalamus          Label = 10
	LeftCaudate           Label = 11
	LeftPutamen           Label = 12
	LeftPallidum          Label = 13
	MidVentricle          Label = 14
	BrainStem             Label = 16
	CSF                   Label = 24
	Lesion                Label = 25
	RightWhite            Label = 41
	RightCortex           Label = 42
	RightVentricle        Label = 43
	RightCerebellarWhite  Label = 46
	RightCerebellarCortex Label = 47
	RightThalamus         Label = 49
	RightCaudate          Label = 50
	RightPutamen          Label = 51
	RightPallidum         Label = 52
	Skull                 Label = 165
	Callosum              Label = 192
	SoftTissue            Label = 258
)

// A LabelInfo describes one label.
type LabelInfo struct {
	Label Label
	Name  string
	Color [3]uint8 // red, green, blue
}

// Labels lists every label but [Background], by rising value.
func Labels() []LabelInfo { return slices.Clone(labelInfos) }

// String returns the name, such as "Left-Thalamus".
func (l Label) String() string {
	for _, info := range labelInfos {
		if info.Label == l {
			return info.Name
		}
	}
	return "Background"
}

// CarriesFibers reports whether streamlines may run here: white matter, deep nuclei and brainstem.
func (l Label) CarriesFibers() bool {
	switch l {
	case LeftWhite, RightWhite, Callosum, BrainStem, LeftThalamus, RightThalamus, LeftCaudate, RightCaudate,
		LeftPutamen, RightPutamen, LeftPallidum, RightPallidum, LeftCerebellarWhite, RightCerebellarWhite:
		return true
	default:
		return false
	}
}

//nolint:gochecknoglobals // a table; never changes
var labelInfos = []LabelInfo{
	{LeftWhite, "Left-Cerebral-White-Matter", [3]uint8{235, 235, 225}},
	{LeftCortex, "Left-Cerebral-Cortex", [3]uint8{205, 92, 120}},
	{LeftVentricle, "Left-Lateral-Ventricle", [3]uint8{110, 40, 160}},
	{LeftCerebellarWhite, "Left-Cerebellum-White-Matter", [3]uint8{220, 248, 164}},
	{LeftCerebellarCortex, "Left-Cerebellum-Cortex", [3]uint8{230, 148, 34}},
	{LeftThalamus, "Left-Thalamus", [3]uint8{0, 118, 14}},
	{LeftCaudate, "Left-Caudate", [3]uint8{122, 186, 220}},
	{LeftPutamen, "Left-Putamen", [3]uint8{236, 13, 176}},
	{LeftPallidum, "Left-Pallidum", [3]uint8{12, 48, 255}},
	{MidVentricle, "Third-and-Fourth-Ventricle", [3]uint8{204, 182, 142}},
	{BrainStem, "Brain-Stem", [3]uint8{119, 159, 176}},
	{CSF, "CSF", [3]uint8{60, 60, 120}},
	{Lesion, "Left-Lesion", [3]uint8{255, 230, 0}},
	{RightWhite, "Right-Cerebral-White-Matter", [3]uint8{215, 225, 240}},
	{RightCortex, "Right-Cerebral-Cortex", [3]uint8{180, 110, 190}},
	{RightVentricle, "Right-Lateral-Ventricle", [3]uint8{80, 60, 200}},
	{RightCerebellarWhite, "Right-Cerebellum-White-Matter", [3]uint8{190, 235, 170}},
	{RightCerebellarCortex, "Right-Cerebellum-Cortex", [3]uint8{240, 120, 50}},
	{RightThalamus, "Right-Thalamus", [3]uint8{0, 150, 60}},
	{RightCaudate, "Right-Caudate", [3]uint8{90, 200, 235}},
	{RightPutamen, "Right-Putamen", [3]uint8{250, 70, 150}},
	{RightPallidum, "Right-Pallidum", [3]uint8{60, 90, 255}},
	{Skull, "Skull", [3]uint8{140, 140, 130}},
	{Callosum, "Corpus-Callosum", [3]uint8{255, 255, 255}},
	{SoftTissue, "Soft-Tissue", [3]uint8{120, 85, 70}},
}
