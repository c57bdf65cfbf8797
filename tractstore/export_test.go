package tractstore

import (
	"ngportal/tract"
	"ngportal/tract/annotation"
)

// Build is what builds annotations.
type Build = func(*tract.File, *annotation.Layout, annotation.Workshop, int, func(float64) error) error

// SetBuild has d build by another function.
func (d *Depot) SetBuild(b Build) { d.build = b }

// Folder is where an entry lies.
func (a *Annotations) Folder() string { return a.t.depot.path(a.entry) }

// Wait waits until nothing is being built.
func (d *Depot) Wait() { d.work.Wait() }

// Hold opens a store as a reader does.
func (a *Annotations) Hold() (release func(), err error) {
	_, release, err = a.t.depot.store(a.entry)
	return release, err
}
