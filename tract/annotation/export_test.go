package annotation

import "ngportal/tract"

// BuildIn is Build with parts and arenas of other sizes.
func BuildIn(f *tract.File, l *Layout, w Workshop, workers int, part int64, arena int, progress func(float64) error) error {
	return build(f, l, w, workers, sizes{part, arena}, progress)
}
