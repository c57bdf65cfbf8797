//go:build !amd64

package tract

// shiftFast moves no numbers where there are no instructions for it.
func (*mover) shiftFast([]float32, []float32) int { return 0 }

// finiteFast looks at no numbers where there are no instructions for it.
func finiteFast([]float32) (int, bool) { return 0, true }
