// Command pack writes an example into the archive that Moorage carries. The
// program, most of an example's bytes, is a third of its size there.
//
//	pack <folder of the example> <its compiled program> <archive>
package main

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "Usage: pack <folder of the example> <its compiled program> <archive>")
		os.Exit(64)
	}
	if err := pack(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// pack writes the files of the folder, without what lies below it, and the
// program as dist/<name of the folder>.
func pack(folder, program, archive string) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	f, err := os.Create(archive)
	if err != nil {
		return err
	}
	w := zip.NewWriter(f)
	w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) { return flate.NewWriter(to, flate.BestCompression) })
	for _, file := range files {
		if file.Type().IsRegular() {
			err = errors.Join(err, add(w, file.Name(), filepath.Join(folder, file.Name())))
		}
	}
	err = errors.Join(err, add(w, "dist/"+filepath.Base(folder), program))
	return errors.Join(err, w.Close(), f.Close())
}

// add writes one file, without its time: the same files make the same archive.
func add(w *zip.Writer, name, from string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	to, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	_, err = to.Write(content)
	return err
}
