package e2e

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
)

// A shownState is what a test reads of the viewer's state.
type shownState struct {
	Layers []struct {
		Name, Shader   string
		Opacity        float64
		ShaderControls struct {
			Normalized struct{ Range []float64 }
		}
		Visible *bool
	}
	Layout                            json.RawMessage
	Position, CrossSectionOrientation []float64
}

func (b *tab) shownState() shownState {
	b.t.Helper()
	return eval[shownState](b, "() => viewer.state.toJSON()")
}

// isArranged insists that the viewer has exactly what was chosen.
func (b *tab) isArranged() {
	b.t.Helper()
	s := b.shownState()
	l := s.Layers[1] // between the streamlines and the volume in the space of the head
	if l.Name != blockLayer(0) || l.Opacity != 0.6 || !slices.Equal(l.ShaderControls.Normalized.Range, []float64{20, 200}) || l.Visible != nil {
		b.t.Errorf("the second layer is %+v, want the block, with 60 %% and from 20 to 200", l)
	}
	if !strings.Contains(l.Shader, "3.0 * v - 1.0") {
		b.t.Errorf("the shader is\n%s\nwant the colors “hot”", l.Shader)
	}
	if string(s.Layout) != `"xz"` || len(s.Position) != 3 || math.Hypot(math.Hypot(s.Position[0]+30, s.Position[1]+50), s.Position[2]-12) > 1e-3 {
		b.t.Errorf("layout %s, position %v, want xz, and -30, -50, 12", s.Layout, s.Position)
	}
	if q := s.CrossSectionOrientation; len(q) != 4 || math.Abs(math.Abs(q[0])-math.Sqrt2/2) > 1e-6 || math.Abs(q[0]+q[3]) > 1e-6 {
		b.t.Errorf("the sections are turned by %v, want neurological ones", q)
	}
}
