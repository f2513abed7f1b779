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

// sizes measures the program, and the image when one is named.
func sizes(ctx context.Context, b *bench) error {
	info, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	b.table.add("Binary", megabytes(info.Size()), "< "+megabytes(maxBinary), info.Size() < maxBinary)
	if b.image == "" {
		return nil
	}
	out, err := exec.CommandContext(ctx, "docker", "image", "inspect", "--format", "{{.Size}}", b.image).Output()
	if err != nil {
		return fmt.Errorf("look at the image %s: %w", b.image, err)
	}
	size, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		return err
	}
	b.table.add("Image", megabytes(size), "< "+megabytes(maxImage), size < maxImage)
	return nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
