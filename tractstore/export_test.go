package tractstore

import (
	"time"

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

// Jobs is how many entries are being built, wait for it, or have failed.
func (d *Depot) Jobs() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.jobs)
}

// Pause is how long a is not built.
func (d *Depot) Pause(a *Annotations) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Until(d.jobs[a.entry].until)
}

// Unprepared is what people are told.
func Unprepared(err error) error { return unprepared(err) }
