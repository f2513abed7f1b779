package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/docker/docker/api/types/container"

	"moorage/runtime"
)

// Stats implements runtime.Container.
func (c *instance) Stats(ctx context.Context) (runtime.Stats, error) {
	answer, err := c.docker.engine.ContainerStatsOneShot(ctx, c.id)
	if err != nil {
		return runtime.Stats{}, c.docker.translate("read stats", err)
	}
	defer answer.Body.Close()
	var s container.StatsResponse
	if err := json.NewDecoder(answer.Body).Decode(&s); err != nil {
		return runtime.Stats{}, fmt.Errorf("read stats: %w", err)
	}
	return runtime.Stats{Memory: memoryOf(s.MemoryStats), CPU: time.Duration(s.CPUStats.CPUUsage.TotalUsage)}, nil
}

// memoryOf is what docker stats shows: without the inactive part of the file
// cache, which is named so by either version of control groups.
func memoryOf(m container.MemoryStats) int64 {
	cache := m.Stats["inactive_file"]
	if v1, ok := m.Stats["total_inactive_file"]; ok {
		cache = v1
	}
	return int64(m.Usage - min(cache, m.Usage))
}
