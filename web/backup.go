package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"

	"ngportal/store"
)

// backup writes the configured database into a new file. The portal may be running.
func backup(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	b, err := backupArgs("backup", args, getenv)
	if err != nil {
		return err
	}
	db, err := store.OpenAsIs(ctx, b.address)
	if err != nil {
		return err
	}
	if err = errors.Join(db.Backup(ctx, b.file), db.Close()); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s is a backup of %s\n", b.file, b.database)
	return nil
}

// restore puts a backup into the configured database.
func restore(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	b, err := backupArgs("restore", args, getenv)
	if err != nil {
		return err
	}
	err = store.Restore(ctx, b.address, b.file, b.replace)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: --replace does it nevertheless", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s has been restored into %s\n", b.file, b.database)
	return nil
}

// A backupJob is what the command line of backup or restore says.
type backupJob struct {
	address  string // of the database
	database string // what to call it: an address may hold a password
	file     string
	replace  bool
}

// backupArgs reads the command line of backup or restore, and the configuration that it names.
func backupArgs(verb string, args []string, getenv func(string) string) (b backupJob, err error) {
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	path := flags.String("config", "", "the configuration file")
	if verb == "restore" {
		flags.BoolVar(&b.replace, "replace", false, "empty the database first")
	}
	// The file is no flag, and stands last.
	if n := len(args); n > 0 && len(args[n-1]) > 0 && args[n-1][0] != '-' {
		b.file, args = args[n-1], args[:n-1]
	}
	if err = parseFlags(flags, args); err != nil {
		return b, err
	}
	if *path == "" || b.file == "" {
		return b, fmt.Errorf("%w: %s needs --config ngportal.yaml and a file", errUsage, verb)
	}
	cfg, err := loadConfig(*path, getenv)
	if err != nil {
		return b, fmt.Errorf("%s: %w", *path, err)
	}
	b.address = cfg.Store.URL
	b.database, err = store.Describe(b.address)
	return b, err
}
