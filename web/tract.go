package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"ngportal/tract"
)

// tractCommand tells about a tractogram, or makes a static folder of one for Neuroglancer.
func tractCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "info":
			return tractInfo(ctx, args[1:], stdout, stderr)
		case "convert":
			return tractConvert(ctx, args[1:], stdout, stderr)
		}
	}
	return fmt.Errorf("%w: ngportal tract info FILE, or ngportal tract convert FILE OUTDIR --as skeleton|annotation", errUsage)
}

// A tractInput is the file that a command line names.
type tractInput struct {
	path  string
	frame string
	tsf   texts
}

// texts are the values of a flag that can be repeated.
type texts []string

func (t *texts) String() string { return strings.Join(*t, ",") }

func (t *texts) Set(s string) error {
	*t = append(*t, s)
	return nil
}

func (in *tractInput) flags(fs *flag.FlagSet) {
	fs.StringVar(&in.frame, "frame", "", "ras or lps: the axes of a .vtk file")
	fs.Var(&in.tsf, "tsf", "a file of scalars of a .tck file")
}

// check looks for what cannot be, before anything is opened.
func (in *tractInput) check() error {
	format, _ := tract.FormatOf(in.path)
	switch tract.Frame(in.frame) {
	case tract.RAS, tract.LPS:
		if format != tract.VTK {
			return fmt.Errorf("%w: --frame is for .vtk files: any other says itself which way its axes point", errUsage)
		}
	case tract.Unstated:
	default:
		return fmt.Errorf("%w: --frame is ras or lps, not %q", errUsage, in.frame)
	}
	if len(in.tsf) > 0 && format != tract.TCK {
		return fmt.Errorf("%w: --tsf is for .tck files", errUsage)
	}
	return nil
}

// parseMixed reads flags and arguments in any order; there must be one argument for each name.
func parseMixed(fs *flag.FlagSet, args []string, names ...string) ([]string, error) {
	fs.SetOutput(io.Discard)
	var got []string
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, fmt.Errorf("%w: see ngportal help", errUsage)
			}
			return nil, fmt.Errorf("%w: %s: %w", errUsage, fs.Name(), err)
		}
		if fs.NArg() == 0 {
			break
		}
		got, args = append(got, fs.Arg(0)), fs.Args()[1:]
	}
	if len(got) != len(names) {
		return nil, fmt.Errorf("%w: %s takes %s, not %d arguments", errUsage, fs.Name(), strings.Join(names, " and "), len(got))
	}
	return got, nil
}
