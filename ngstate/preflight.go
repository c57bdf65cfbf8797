package ngstate

import "ngportal/volume"

// A Light is what a check says: whether an asset opens as it should.
type Light string

// The lights.
const (
	Green Light = "green" // it is in order
	Amber Light = "amber" // it opens, and something will surprise; or it has been repaired
	Red   Light = "red"   // it does not open
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
	RuleOpens    volume.Rule = "opens"         // the one green check of an asset without any finding
	RulePyramid  volume.Rule = "pyramid"       // a large image without coarser levels
	RuleChunk    volume.Rule = "chunk-size"    // chunks too large for a browser
	RuleMirrored volume.Rule = "mirrored"      // axes that run the other way round
	RuleCentered volume.Rule = "centered"      // the center lies at the origin, which is where linc-convert puts every volume
	RuleVectors  volume.Rule = "vector-chunks" // a map of directions whose chunks hold not all three components
	RuleSample   volume.Rule = "sample"        // a chunk that was read to see whether it can be
)

// Preflight looks at an asset before it is opened: the findings of its metadata, what the viewer makes of them, and what
// [Compose] repairs. sample is the error of reading one chunk, nil when that went well.
func Preflight(a Asset, sample error) []Check { return nil }
