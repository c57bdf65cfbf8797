package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"time"
)

// doctorTime bounds all checks together.
const doctorTime = 55 * time.Second

// doctor holds a configuration against the deployment that it describes, and prints a line about each thing looked at.
func doctor(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	path := flags.String("config", "", "the configuration file")
	asJSON := flags.Bool("json", false, "print one JSON document")
	if err := parseFlags(flags, args); err != nil {
		return err
	}
	if *path == "" {
		return fmt.Errorf("%w: doctor needs --config ngportal.yaml", errUsage)
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	p := newPatient(ctx, *path, getenv)
	defer p.client.CloseIdleConnections()
	found := examine(ctx, p, p.checks())
	var err error
	if *asJSON {
		err = printJSON(stdout, found)
	} else {
		err = printLines(stdout, found)
	}
	return errors.Join(err, verdict(found))
}

// A status is the outcome of a check.
type status string

const (
	held      status = "ok"
	noted     status = "note"  // held, with something to know
	wrong     status = "wrong" // did not hold
	unchecked status = "unchecked"
)

// A finding is what a check found.
type finding struct {
	status status
	detail string // what was looked at, or what is wrong, or why it could not be checked
	mend   string // what to do about it
}

func fine(format string, args ...any) finding {
	return finding{status: held, detail: fmt.Sprintf(format, args...)}
}

func note(mend, format string, args ...any) finding {
	return finding{noted, fmt.Sprintf(format, args...), mend}
}

func bad(mend, format string, args ...any) finding {
	return finding{wrong, fmt.Sprintf(format, args...), mend}
}

func skip(format string, args ...any) finding {
	return finding{status: unchecked, detail: fmt.Sprintf(format, args...)}
}

// A check asks one thing of a deployment.
type check struct {
	name  string   // for programs; never changes
	title string   // what holds if it holds
	needs []string // names of earlier checks without which this one would say nothing
	after []string // names of earlier checks that find what this one works with
	run   func(ctx context.Context, p *patient) finding
}

// A result is a check and what it found.
type result struct {
	check
	finding
}

// examine makes all checks, each as soon as those that it waits for are done, and returns the results in their order.
func examine(ctx context.Context, p *patient, checks []check) []result {
	results := make([]result, len(checks))
	place := map[string]int{}
	done := make([]chan struct{}, len(checks))
	for i, c := range checks {
		place[c.name], done[i] = i, make(chan struct{})
	}
	for i, c := range checks {
		go func() {
			defer close(done[i])
			results[i].check = c
			for _, name := range slices.Concat(c.after, c.needs) {
				<-done[place[name]]
			}
			for _, name := range c.needs {
				if first := results[place[name]]; first.status == wrong || first.status == unchecked {
					results[i].finding = because(first)
					return
				}
			}
			results[i].finding = c.within(ctx, p)
		}()
	}
	for _, d := range done {
		<-d
	}
	return results
}

// because is the finding of a check that an earlier one has made idle.
func because(first result) finding {
	if first.status == unchecked {
		return skip("%s", first.detail) // the reason is the same
	}
	return skip("this has to be mended first: %s", first.title)
}

// within makes the check. What was found while the time ran out would be wrong about the deployment.
func (c check) within(ctx context.Context, p *patient) finding {
	if ctx.Err() == nil {
		if f := c.run(ctx, p); ctx.Err() == nil || f.status == held {
			return f
		}
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return skip("doctor was interrupted")
	}
	return skip("the time for all checks, %v, was over", doctorTime)
}

// verdict is an error unless everything held.
func verdict(found []result) error {
	count := map[status]int{}
	for _, r := range found {
		count[r.status]++
	}
	if count[wrong]+count[unchecked] == 0 {
		return nil
	}
	return fmt.Errorf("of %d checks %d found something wrong, and %d could not be made", len(found), count[wrong], count[unchecked])
}
