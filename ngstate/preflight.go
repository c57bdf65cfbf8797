package ngstate

import (
	"slices"
	"strings"

	"ngportal/volume"
)

// A Light is what a check says: whether an asset opens as it should.
type Light string

// The lights.
const (
	Green Light = "green" // it is in order
	Amber Light = "amber" // it opens, and something will surprise; or it has been repaired
	Red   Light = "red"   // it does not open, or hardly
)

// A Check is one rule's answer.
type Check struct {
	Rule   volume.Rule
	Light  Light
	Text   string // a sentence
	Repair string // what the state does about it, a sentence; "" when nothing can be done, or need be
}

// The rules beyond those of package volume.
const (
	RuleOpens    volume.Rule = "opens"         // the one green check of an asset without any other
	RulePlaced   volume.Rule = "placed"        // it says where it lies, and the viewer by itself would put it elsewhere
	RulePyramid  volume.Rule = "pyramid"       // a large image without coarser levels
	RuleChunk    volume.Rule = "chunk-size"    // chunks too large for a browser
	RuleMirrored volume.Rule = "mirrored"      // axes that run the other way round
	RuleCentered volume.Rule = "centered"      // the center lies at the origin, which is where linc-convert puts every volume
	RuleChannels volume.Rule = "channels"      // an axis of channels that the viewer would take for one of places
	RuleVectors  volume.Rule = "vector-chunks" // components of a color or direction that do not lie in one chunk
	RuleSample   volume.Rule = "sample"        // a chunk that was read to see whether it can be
)

// Preflight looks at an asset before it is opened: the findings of its metadata, what the viewer makes of them, and what
// [Compose] repairs. sample is the error of reading one chunk, nil when that went well. The most serious checks come
// first. Compose refuses what is red for its metadata; what is red for its size or its sample opens, at one's own risk.
func Preflight(a Asset, sample error) []Check {
	var out []Check
	switch {
	case a.Volume != nil:
		out = volumeChecks(a, sample)
	case a.Tract == nil && a.Raw != nil:
		return []Check{{RuleOpens, Amber, "It is read from elsewhere, by the browser, and has not been looked at.", ""}}
	case sample != nil:
		out = []Check{{RuleSample, Red, "It was read in part to see whether that works: " + plain(sample), ""}}
	}
	if len(out) == 0 {
		return []Check{{RuleOpens, Green, "It opens as it should.", ""}}
	}
	order := []Light{Red, Amber, Green}
	slices.SortStableFunc(out, func(a, b Check) int { return slices.Index(order, a.Light) - slices.Index(order, b.Light) })
	return out
}

func volumeChecks(a Asset, sample error) []Check {
	var out []Check
	for _, f := range a.Volume.Findings {
		out = append(out, findingCheck(a, f))
	}
	if why := refusal(a); why != "" && a.Volume.Unreadable() == "" {
		out = append(out, Check{volume.RuleKind, Red, sentence(why), ""})
	}
	if len(a.Volume.Levels) > 0 {
		for _, rule := range []func(Asset) (Check, bool){placed, mirrored, centered, renamed, channelAxis, components, pyramid, chunkSize} {
			if c, ok := rule(a); ok {
				out = append(out, c)
			}
		}
	}
	if sample != nil && !slices.ContainsFunc(a.Volume.Findings, func(f volume.Finding) bool { return f.Rule == volume.RuleUndecoded }) {
		out = append(out, Check{RuleSample, Red, "A chunk was read to see whether that works: " + plain(sample), ""})
	}
	return out
}

// findingCheck says what becomes of a finding of the metadata.
func findingCheck(a Asset, f volume.Finding) Check {
	c := Check{f.Rule, Amber, f.Text, ""}
	if f.Refused {
		if c.Repair = sentence(repair(a.Volume)); c.Repair == "" {
			c.Light = Red
		}
		return c
	}
	switch f.Rule {
	case volume.RuleUnit:
		c.Repair = unitRepair(a)
	case volume.RuleForms:
		c.Repair = "It is placed by the sform."
	case volume.RuleAffine:
		if gridOf(a).turned() {
			c.Repair = "It is placed by the voxel sizes alone, around the origin."
		}
	case volume.RuleScales:
		if gridOf(a).turned() {
			c.Repair = "It is placed as the header says."
		}
	default:
	}
	return c
}

// unitRepair says what is assumed of axes without a unit; "" where the viewer takes the same by itself.
func unitRepair(a Asset) string {
	img := a.Volume
	_, some := measured(img)
	_, alone := repairLevel(img)
	switch {
	case img.Format == volume.N5:
		return ""
	case img.Affine != nil, alone && !some:
		return "Millimeters are assumed."
	case some:
		if said := assumption(a); said != "" {
			return "The unit of its other axes is assumed."
		}
		return ""
	case img.Place().Axes == [3]int{-1, -1, -1}:
		return ""
	}
	return "Beside anything that has a unit, millimeters are assumed."
}

// plain is the sentence of an error, without the mark that its package puts in front.
func plain(err error) string {
	text := err.Error()
	for _, mark := range []error{volume.ErrInvalid, ErrInvalid} {
		text = strings.ReplaceAll(text, mark.Error()+": ", "")
	}
	return strings.TrimSuffix(text, ".") + "."
}

// sentence begins with a capital letter and ends with a period.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	return strings.TrimSuffix(text, ".") + "."
}
