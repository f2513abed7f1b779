package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"moorage/disk"
)

// room guards the disks that deployments fill: that of the data folder, and
// that of the engine when it is on this machine and to be seen.
func (a *app) room() disk.Guard {
	return disk.Guard{Least: a.config.MinFree, Places: []disk.Place{
		{Name: "the data folder", Path: func(context.Context) (string, error) { return a.config.Data, nil }},
		{Name: "the engine", Path: a.engineFolder},
	}}
}

// engineFolder is where the engine keeps its images. The engine takes its time to
// say so, and the home page asks again and again; it does not change while the
// engine runs, and Moorage is started anew for another one.
func (a *app) engineFolder(ctx context.Context) (string, error) {
	if !strings.HasPrefix(a.config.DockerHost, "unix://") {
		return "", errors.New("the engine is elsewhere")
	}
	if known := a.images.Load(); known != nil {
		return *known, nil
	}
	host, err := a.docker.Host(ctx)
	if err == nil {
		a.images.Store(&host.Folder)
	}
	return host.Folder, err
}

// bytesOf reads 512MiB, 1.5GiB or 0.
func bytesOf(v string) (int64, error) {
	number, unit := v, 1.0
	for suffix, times := range map[string]float64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if rest, ok := strings.CutSuffix(v, suffix); ok {
			number, unit = rest, times
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(n >= 0 && n*unit <= 1<<50) || unit == 1 && n != 0 {
		return 0, fmt.Errorf("%q is no size such as 512MiB or 1GiB", v)
	}
	return int64(n * unit), nil
}
