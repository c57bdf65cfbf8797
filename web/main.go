// Command ngportal is a portal to private neuroimaging data: sign in, walk the buckets, tick assets,
// and see them together in Neuroglancer.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"ngportal/assets"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const help = `ngportal shows private neuroimaging data in Neuroglancer.

  ngportal demo   [--dir DIR] [--port 8080] [--viewer-port 8081] [--no-browser]
      Run everything here: sample data, S3, sign-in, portal and viewer.
      NGPORTAL_DEMO_S3_DIR=DIR adds the sub-folders of DIR as buckets.

  ngportal serve  --config ngportal.yaml
      Run the portal, and the viewer host where viewer.edge_listen is set.

  ngportal check-config --config ngportal.yaml
      Tell everything that is wrong with a configuration, with line and hint.

  ngportal doctor --config ngportal.yaml [--json]
      Hold a configuration against the deployment that runs: a line for each
      check, and how to mend what is wrong. Exits with 1 unless all held.

  ngportal backup  --config ngportal.yaml FILE
      Write all that the portal remembers into FILE while it runs: people,
      permission, links, audit. FILE is an SQLite database, whatever the
      portal uses.

  ngportal restore --config ngportal.yaml [--replace] FILE
      Take a backup into the configured database, which is empty, or with
      --replace is emptied. Stop the portal first.

  ngportal tract info FILE [--json] [--frame ras|lps] [--tsf FILE]
      Tell what is in a tractogram: .trk, .trk.gz, .tck, .trx, .vtk, .tt.gz,
      or a .trx folder.

  ngportal tract convert FILE OUTDIR --as skeleton|annotation [--sharded]
                 [--attributes length,s_fa] [--tolerance 0.1]
                 [--frame ras|lps] [--tsf FILE]
      Write a folder that Neuroglancer shows from any server of files.
      docs/tracts.md explains which kind is for what.

  ngportal version
  ngportal help

docs/operate.md explains the configuration.
`

// errUsage is wrapped by errors about the command line itself.
var errUsage = errors.New("usage")

// run is main without the process: it returns the exit status, 2 for a wrong command line.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	err := dispatch(ctx, args, getenv, stdout, stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(stderr, "ngportal: %s\nTry: ngportal help\n", strings.TrimPrefix(err.Error(), errUsage.Error()+": "))
		return 2
	}
	fmt.Fprintf(stderr, "ngportal: %v\n", err)
	return 1
}

func dispatch(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		args = []string{"help"}
	}
	verb, args := args[0], args[1:]
	if verb == "demo" || verb == "serve" {
		// Said before anything is written or opened: neither the viewer nor htmx would be there.
		if _, err := assets.Viewer(); err != nil {
			return err
		}
	}
	switch verb {
	case "demo":
		return demo(ctx, args, getenv, stdout, stderr)
	case "serve":
		return serve(ctx, args, getenv, stderr)
	case "check-config":
		return checkConfig(args, getenv, stdout)
	case "doctor":
		return doctor(ctx, args, getenv, stdout)
	case "backup":
		return backup(ctx, args, getenv, stdout)
	case "restore":
		return restore(ctx, args, getenv, stdout)
	case "tract":
		return tractCommand(ctx, args, stdout, stderr)
	case "version":
		fmt.Fprintln(stdout, version())
		return nil
	case "help", "-h", "--help":
		fmt.Fprint(stdout, help)
		return nil
	}
	return fmt.Errorf("%w: there is no command %q", errUsage, verb)
}

// version names the program's own version and that of the viewer inside it.
func version() string {
	v := "ngportal"
	if info, ok := debug.ReadBuildInfo(); ok {
		v += " " + info.Main.Version + " " + info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v += " " + s.Value
			}
		}
	}
	if n := assets.ViewerVersion(); n != "" {
		return v + ", neuroglancer " + n
	}
	return v + ", built without the viewer"
}

// parseFlags reads a verb's flags; anything else on the line is an error.
func parseFlags(fs *flag.FlagSet, args []string) error {
	fs.SetOutput(io.Discard)
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return fmt.Errorf("%w: see ngportal help", errUsage)
		}
		return fmt.Errorf("%w: %s: %w", errUsage, fs.Name(), err)
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("%w: %s takes no argument %q", errUsage, fs.Name(), fs.Arg(0))
	}
	return nil
}

// configFlag reads --config.
func configFlag(verb string, args []string) (string, error) {
	fs := flag.NewFlagSet(verb, flag.ContinueOnError)
	path := fs.String("config", "", "the configuration file")
	if err := parseFlags(fs, args); err != nil {
		return "", err
	}
	if *path == "" {
		return "", fmt.Errorf("%w: %s needs --config ngportal.yaml", errUsage, verb)
	}
	return *path, nil
}

func checkConfig(args []string, getenv func(string) string, stdout io.Writer) error {
	path, err := configFlag("check-config", args)
	if err != nil {
		return err
	}
	_, err = loadConfig(path, getenv)
	if found, ok := errors.AsType[faults](err); ok {
		return fmt.Errorf("%s has %d faults\n%w", path, len(found), found)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s is in order\n", path)
	return nil
}
