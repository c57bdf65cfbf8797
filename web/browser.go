package main

import (
	"context"
	"os"
	"os/exec"
	"runtime"
)

// openBrowser shows url where there is a desktop to show it on. It is a courtesy: if it fails, the
// address has been printed.
func openBrowser(ctx context.Context, url string) {
	var name string
	switch {
	case runtime.GOOS == "darwin":
		name = "open"
	case os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "":
		name = "xdg-open"
	default:
		return
	}
	_ = exec.CommandContext(ctx, name, url).Start() //nolint:gosec // a fixed program and our own address
}
