package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

const versionHelp = `Prints the release, or the commit that was built, and what it was built with.`

func version(_ context.Context, p process, args []string) error {
	if _, err := newFlags(p, "version").parse(args); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "moorage %s (%s, %s/%s)\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// release is set by the linker: -X main.release=v1.2.3.
var release string

// buildVersion is the release, or the commit that was built.
func buildVersion() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "commit " + s.Value[:12]
		}
	}
	return "development"
}
