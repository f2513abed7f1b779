package docker

import (
	"context"
	"slices"
	"time"

	"moorage/runtime"
)

// Host says where the engine runs and how it is set up, for whoever looks
// after it. The error is that of Ping.
func (d *Docker) Host(ctx context.Context) (runtime.Host, error) {
	engine, err := d.Ping(ctx)
	if err != nil {
		return runtime.Host{}, err
	}
	info, err := d.engine.Info(ctx)
	if err != nil {
		return runtime.Host{}, d.translate("ask how the engine is set up", err)
	}
	clock, err := time.Parse(time.RFC3339Nano, info.SystemTime)
	if err != nil {
		clock = time.Time{} // it does not say
	}
	return runtime.Host{
		Engine: engine, Address: d.address(), Name: info.Name, System: info.OperatingSystem, Linux: info.OSType == "linux",
		Storage: info.Driver, Folder: info.DockerRootDir, Clock: clock,
		Rootless: slices.Contains(info.SecurityOptions, "name=rootless"), Limits: info.MemoryLimit && info.PidsLimit,
	}, nil
}
