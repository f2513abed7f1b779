package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

const (
	maxBinary = 45_000_000 // bytes
	maxImage  = 60_000_000
)

// sizes measures the program, and the image where there is one.
func sizes(ctx context.Context, b *bench) error {
	info, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	b.table.add("Binary", megabytes(info.Size()), "< "+megabytes(maxBinary), info.Size() < maxBinary)
	inspect := exec.CommandContext(ctx, "docker", "image", "inspect", "--format", "{{.Size}}", b.image)
	if b.imageEngine != "" {
		inspect.Env = append(os.Environ(), "DOCKER_HOST="+b.imageEngine)
	}
	out, err := inspect.Output()
	if err != nil {
		b.table.know("Image", "not found: make image, or name it with -image")
		return nil
	}
	size, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		return fmt.Errorf("the size of the image %s: %w", b.image, err)
	}
	b.table.add("Image", megabytes(size), "< "+megabytes(maxImage), size < maxImage)
	return nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
