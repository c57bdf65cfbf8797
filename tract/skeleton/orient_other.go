//go:build !amd64

package skeleton

// orientFast does no points where there are no instructions for it.
func orientFast([][3]float32, [][3]float32) int { return 0 }
